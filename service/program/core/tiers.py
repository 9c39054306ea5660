"""Tiers in time: what an approval, a decision or its withdrawal makes of an account's placements.

The placements of an account are spans that do not overlap. Putting one in cuts what
held before; when it ends by itself, what it interrupted goes on, so an account that
leaves the strategic tier is programmatic again from that moment, without anybody
doing anything. What has begun is history: only its end may still change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from routing.types.facts import ProgramTier


class PastStays(ValueError):
    """A change would rewrite what has already been; it can begin now at the earliest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """What accounts of a programmatic tier have in common. What is None makes no difference."""

    segment: str | None = None
    region: str | None = None
    vertical: str | None = None
    persona: str | None = None

    @property
    def name(self) -> str | None:
        """The group's name, such as ``enterprise / EMEA / fintech``; None when nothing is said."""
        parts = (self.segment, self.region, self.vertical, self.persona)
        return " / ".join(part for part in parts if part) or None


NO_GROUP = Group()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """An account in a tier, from ``starts`` up to, not including, ``until`` (None: until changed).

    ``id`` is None until it is stored; ``nomination`` names the approval it comes from.
    ``ended_by`` and ``end_reason`` are set when somebody cut it short.
    """

    account: str
    tier: ProgramTier
    group: Group
    starts: datetime
    until: datetime | None
    reason: str
    decided_by: str
    decided_at: datetime
    nomination: str | None = None
    ended_by: str | None = None
    end_reason: str | None = None
    id: int | None = None

    def holds(self, at: datetime) -> bool:
        """Whether the account is in the tier at that moment."""
        return self.starts <= at and (self.until is None or at < self.until)

    def meets(self, starts: datetime, until: datetime | None) -> bool:
        """Whether it holds at some moment between two others."""
        return (until is None or self.starts < until) and (self.until is None or starts < self.until)


Timeline = tuple[Placement, ...]


def in_force(timeline: Iterable[Placement], at: datetime) -> Placement | None:
    """The placement that holds at a moment."""
    return next((each for each in timeline if each.holds(at)), None)


def placed(timeline: Timeline, new: Placement, now: datetime) -> Timeline:
    """The timeline with ``new`` in it. Raises PastStays when it would change what was before ``now``."""
    pieces = [new]
    for each in timeline:
        if not each.meets(new.starts, new.until):
            pieces.append(each)
            continue
        if new.starts < now and each.starts < now:
            raise PastStays
        if each.starts < new.starts:
            cut = replace(each, until=new.starts, ended_by=new.decided_by, end_reason=new.reason[:500])
            pieces.append(cut)
        if new.until is not None and (each.until is None or each.until > new.until):
            resumes = each.starts >= new.starts
            pieces.append(replace(each, starts=new.until, id=each.id if resumes else None))
    return _in_order(pieces)


def approved(timeline: Timeline, new: Placement, after: Placement, now: datetime) -> Timeline:
    """The timeline with a strategic term in it, and ``after`` from its end where nothing else is planned.

    ``new`` has an end; the times of ``after`` are those of the gap it fills.
    """
    assert new.until is not None
    found = placed(timeline, new, now)
    planned = min((each.starts for each in found if each.starts >= new.until), default=None)
    if planned == new.until:
        return found
    return _in_order([*found, replace(after, starts=new.until, until=planned)])


def withdrawn(timeline: Timeline, nomination: str, now: datetime) -> Timeline:
    """The timeline as if an approval that has not begun had not been given.

    What was cut for it goes on; what was to follow it begins where it would have, if it
    was there before. A term that has begun is left as it is.
    """
    term = next((each for each in timeline if _is_term(each, nomination) and each.starts >= now), None)
    if term is None:
        return timeline
    before = next((each for each in timeline if each.until == term.starts), None)
    after = next((each for each in timeline if each.starts == term.until), None)
    others = [each for each in timeline if each not in (term, before, after)]
    return _in_order([*others, *_healed(before, term, after)])


def _healed(before: Placement | None, term: Placement, after: Placement | None) -> list[Placement]:
    """What stands around a term when it is taken out."""
    following = [after] if after is not None else []
    if before is None:
        return [each for each in following if each.nomination != term.nomination]
    if before.tier is ProgramTier.STRATEGIC:
        return [before, *(replace(each, starts=term.starts) for each in following)]
    joined = after is not None and (after.tier, after.group) == (before.tier, before.group)
    until = after.until if joined and after is not None else term.until
    goes_on = replace(before, until=until, ended_by=None, end_reason=None)
    return [goes_on] if joined else [goes_on, *following]


def released(timeline: Timeline, at: datetime, by: str, reason: str) -> Timeline:
    """The timeline of an account that leaves the program at a moment: nothing holds from then on."""
    return tuple(
        replace(each, until=at, ended_by=by, end_reason=reason)
        if each.until is None or each.until > at
        else each
        for each in timeline
        if each.starts < at
    )


def most_at_once(terms: Iterable[Placement], starts: datetime, until: datetime | None) -> int:
    """How many of ``terms`` hold at once, at the fullest moment between two others."""
    met = [each for each in terms if each.meets(starts, until)]
    moments = {starts} | {each.starts for each in met if each.starts > starts}
    return max((sum(each.holds(moment) for each in met) for moment in moments), default=0)


def _is_term(each: Placement, nomination: str) -> bool:
    return each.nomination == nomination and each.tier is ProgramTier.STRATEGIC


def _in_order(pieces: Iterable[Placement]) -> Timeline:
    return tuple(sorted(pieces, key=lambda each: each.starts))
