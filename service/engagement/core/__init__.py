"""What signals count and when they activate: pure functions of what was heard, the settings and the day."""
