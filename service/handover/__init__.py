"""Hand-overs: what passes on when a rep leaves, goes on leave or moves; planned, applied, undone."""
