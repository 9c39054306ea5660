"""The people who sign in: who they are, how they show it, and their sessions."""
