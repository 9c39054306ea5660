"""Reports on accounts between rows and values: what they are made of, and those that were made."""
