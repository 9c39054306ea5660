"""When a failed message is tried again.

Ten attempts over more than 75 hours, the schedule that the Standard Webhooks
specification recommends (spec/standard-webhooks.md, "Retry schedule"): a
receiver that is down on Friday night is tried again on Monday morning.
"""

from __future__ import annotations

from datetime import timedelta

_AFTER_FAILURE = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
ATTEMPTS = len(_AFTER_FAILURE) + 1

JITTER = 0.2  # up to a fifth longer, never shorter: ten attempts always span the 75 hours

LONGEST_ASKED = timedelta(hours=24)  # a receiver's Retry-After beyond this is cut


def wait_after(attempts: int, chance: float, asked: timedelta | None = None) -> timedelta | None:
    """How long to wait after a failure, or None when the message is given up.

    ``attempts`` (1 or more) counts the attempts made, the failed one included.
    ``chance`` (0 to 1, random) spreads the retries of many messages.
    ``asked`` is the receiver's Retry-After: it may lengthen the wait, up to a
    day, and never shortens it.
    """
    if attempts >= ATTEMPTS:
        return None
    planned = _AFTER_FAILURE[attempts - 1] * (1 + JITTER * chance)
    return planned if asked is None else max(planned, min(asked, LONGEST_ASKED))
