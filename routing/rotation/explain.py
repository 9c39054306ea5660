"""A turn in sentences: who was passed over, and why the one who got it was next. Computes nothing."""

from __future__ import annotations

from routing.saying import Names, called, written
from routing.types.pools import Choose
from routing.types.rotation import RotationMove, Skip, SkipReason

SKIPS: dict[SkipReason, str] = {
    SkipReason.INACTIVE: "{rep} is inactive",
    SkipReason.ABSENT: "{rep} is absent",
    SkipReason.OFF_HOURS: "{rep} is outside working hours",
    SkipReason.HOLIDAY: "{rep} has a holiday",
    SkipReason.OFFLINE: "{rep} is switched offline",
    SkipReason.BUSY: "{rep} is in a meeting",
    SkipReason.PAUSED: "{rep} is paused in the pool",
    SkipReason.EXCLUDED: "{rep} has rejected this contact",
    SkipReason.UNKNOWN: "{rep} is no rep we know",
    SkipReason.NOT_YET: "{rep} is a member from a later date on",
    SkipReason.ENDED: "{rep}'s time in the pool is over",
    SkipReason.RAMPING: "{rep} is new and takes no turns yet",
    SkipReason.NOT_ELIGIBLE: "{rep} lacks what the pool requires",
    SkipReason.CAPPED: "{rep} has had as many as may be ({detail})",
    SkipReason.POOL_CAPPED: "the pool has given out as many as it may ({detail})",
    SkipReason.FULL: "{rep} has as much work open as may be ({detail})",
    SkipReason.HAD_IT: "{rep} had this before",
    SkipReason.NO_FIT: "{rep} lacks a quality that is asked for ({detail})",
    SkipReason.LESS_FIT: "others fit better than {rep} ({detail})",
}
"""Why a member of a pool was passed over."""


def explain_move(move: RotationMove, names: Names, *, again: bool = False) -> list[str]:
    """Return in sentences who was passed over in a draw, and why the one who got it was next.

    ``again``: whoever uses no turn had the contact before, and not any more.
    """
    told = [skip_sentence(skip, names) for skip in move.skipped]
    if len(move.tried) > 1:
        told.append(f"Pools asked, in order: {', '.join(move.tried)}.")
    if move.rep is None:
        return told
    who = called(move.rep, names)
    if move.kept:
        why = "had this contact not long ago" if again else "already works this contact"
        told.append(f"{who} {why}, so no turn was used.")
    else:
        told += [f"Fits: {each}." for each in move.fits]
        told.append(f"It was turn {move.turn} of the pool '{move.pool}' and {who} was next{_next_by(move)}.")
    if move.ahead is not None:
        told.append(f"Nobody was available; {who} is the first to be, at {written(move.ahead)}.")
    if move.anyway:
        told.append("Nobody was available; the pool assigns all the same.")
    return told


def _next_by(move: RotationMove) -> str:
    """What the pool's choice went by."""
    if move.choose is Choose.LEAST_OPEN:
        return f" with {move.open or 0} contacts open"
    if move.choose is Choose.LONGEST_IDLE:
        idle = f"since {written(move.idle_since)}" if move.idle_since is not None else "ever"
        return f", without a contact {idle}"
    return f" with {move.level:g} turns for each unit of weight so far" if move.level is not None else ""


def skip_sentence(skip: Skip, names: Names) -> str:
    """Return why a member was passed over, in one sentence."""
    pool = f" in the pool '{skip.pool}'" if skip.pool is not None else ""
    why = SKIPS[skip.reason].format(rep=called(skip.rep, names), detail=skip.detail)
    return f"Passed over{pool}: {why}."
