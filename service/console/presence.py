"""Whether a rep is there, as a chip, for the pages of reps and of pools."""

from __future__ import annotations

from routing.types.rotation import SkipReason

PRESENCE: dict[SkipReason | None, tuple[str, str]] = {
    None: ("At work", "good"),
    SkipReason.ABSENT: ("On leave", "warn"),
    SkipReason.OFF_HOURS: ("Off hours", "quiet"),
    SkipReason.HOLIDAY: ("Holiday", "quiet"),
    SkipReason.OFFLINE: ("Offline", "warn"),
    SkipReason.BUSY: ("In a meeting", "quiet"),
    SkipReason.INACTIVE: ("Inactive", "bad"),
    SkipReason.UNKNOWN: ("Not known", "bad"),
}
"""A chip's words and tone."""
