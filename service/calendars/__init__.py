"""Calendars of reps: iCalendar, sent or read from an address: when a rep is away or in a meeting."""
