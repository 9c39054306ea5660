"""The life of a rulebook whose text is good: approved, scheduled, planned, watched, in the shadow."""
