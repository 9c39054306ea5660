"""Whether a rep can take a contact at a moment, why not, until when, and how the days ahead look.

What counts, in this order: the rep is active; is not absent; is switched online.
Where working hours are respected: it is no holiday, it is in the hours, and the
rep is in no meeting that counts. Working time itself is `routing.working`.

Times passed in are aware; times returned are in UTC. Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from routing.types.people import Absence, Offline, Rep, RepId
from routing.types.rotation import SkipReason
from routing.working import (
    HORIZON_DAYS,
    Span,
    away_times,
    holiday_on,
    in_hours,
    local_day,
    spans_on,
    working_spans,
)

_FAR = timedelta(days=HORIZON_DAYS + 1)
CLOCKS_APART = timedelta(minutes=1)
"""By so much at most may two processes' readings of one clock differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Whether a rep can take a contact: ``reason`` is None when so.

    ``until`` is when the reason ends by itself (None: it does not, or not within
    `HORIZON_DAYS`), ``next`` when the rep can take one again, which may be later.
    ``detail`` is the reason of the absence or of the switch, or the holiday's name;
    ``cover`` who stands in.
    """

    reason: SkipReason | None
    until: datetime | None = None
    next: datetime | None = None
    detail: str | None = None
    cover: RepId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A part of a day's hours: worked, or (``reason``) not."""

    start: datetime
    until: datetime
    reason: SkipReason | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One date of the rep's own calendar. A ``holiday`` has no stretches, its name is given instead."""

    day: date
    holiday: str | None
    stretches: tuple[Stretch, ...]


def absence_at(rep: Rep, now: datetime) -> Absence | None:
    """Return the absence in which the rep is at that moment.

    Of several, one with a cover is preferred, then the one that ends last.
    """
    gone = [absence for absence in rep.absences if absence.start <= now < absence.until]
    return max(gone, key=lambda away: (away.cover is not None, away.until), default=None)


def is_absent(rep: Rep, now: datetime) -> bool:
    """Whether the rep is on leave at that moment; hours, meetings and the switch do not count here."""
    return any(absence.start <= now < absence.until for absence in rep.absences)


def cover_at(reps: Mapping[RepId, Rep], rep: Rep, now: datetime) -> RepId | None:
    """Follow the covers from a rep to the first who is there: the rep who is not absent, or None.

    A cover may be covered in turn; a circle, somebody unknown or inactive ends it with None.
    """
    seen = {rep.id}
    current = rep
    while (away := absence_at(current, now)) is not None:
        if away.cover is None or away.cover in seen:
            return None
        following = reps.get(away.cover)
        if following is None or not following.active:
            return None
        seen.add(following.id)
        current = following
    return current.id


def covers_in_circle(reps: Mapping[RepId, Rep], rep: Rep) -> tuple[RepId, ...]:
    """Return the reps of a circle of covers that begins and ends with ``rep``; empty when there is none.

    A circle is one at a moment: the absences of all of them overlap in it.
    """
    return next((path for away in rep.absences if (path := _circle(reps, rep.id, away, (rep.id,)))), ())


def _circle(
    reps: Mapping[RepId, Rep], first: RepId, away: Absence, path: tuple[RepId, ...]
) -> tuple[RepId, ...]:
    if away.cover == first:
        return (*path, first)
    following = reps.get(away.cover) if away.cover is not None else None
    if following is None or following.id in path:
        return ()
    for theirs in following.absences:
        start, until = max(away.start, theirs.start), min(away.until, theirs.until)
        if start < until:
            overlap = Absence(start=start, until=until, cover=theirs.cover)
            if found := _circle(reps, first, overlap, (*path, following.id)):
                return found
    return ()


def why_unavailable(rep: Rep, now: datetime, *, respect_hours: bool) -> SkipReason | None:
    """Return why a rep cannot take a contact at ``now``; None when the rep can.

    Hours, holidays and meetings count only with ``respect_hours``.
    """
    if not rep.active:
        return SkipReason.INACTIVE
    if rep.absences and is_absent(rep, now):
        return SkipReason.ABSENT
    if rep.offline is not None and _is_offline(rep, now):
        return SkipReason.OFFLINE
    if not respect_hours:
        return None
    if not in_hours(rep, now):
        return SkipReason.HOLIDAY if holiday_on(rep, local_day(rep, now)) else SkipReason.OFF_HOURS
    if any(meeting.start <= now < meeting.until for meeting in rep.busy):
        return SkipReason.BUSY
    return None


def presence(rep: Rep, now: datetime, *, respect_hours: bool = True) -> Presence:
    """Return whether a rep can take a contact, and if not why, until when, and when again."""
    reason = why_unavailable(rep, now, respect_hours=respect_hours)
    if reason is None:
        return Presence(reason=None)
    ahead = next_available(rep, now, respect_hours=respect_hours)
    until, detail, cover = ahead, None, None
    if reason is SkipReason.ABSENT and (away := absence_at(rep, now)) is not None:
        until, detail, cover = away.until.astimezone(UTC), away.reason, away.cover
    elif reason is SkipReason.OFFLINE and rep.offline is not None:
        until, detail = rep.offline.until, rep.offline.reason
    elif reason is SkipReason.BUSY:
        until = max(meeting.until for meeting in rep.busy if meeting.start <= now < meeting.until)
    elif reason is SkipReason.HOLIDAY:
        detail = holiday_on(rep, local_day(rep, now))
    return Presence(reason=reason, until=until, next=ahead, detail=detail, cover=cover)


def next_available(
    rep: Rep, now: datetime, *, respect_hours: bool = True, horizon_days: int = HORIZON_DAYS
) -> datetime | None:
    """Return the first moment from ``now`` on at which the rep can take a contact.

    None for an inactive rep and when there is no such moment within ``horizon_days``.
    """
    if not rep.active:
        return None
    start = now.astimezone(UTC)
    end = start + timedelta(days=horizon_days)
    away = _not_there(rep, start, respect_hours)
    if not respect_hours:
        position = start
        for leaves, returns in away:
            if position < leaves:
                break
            position = max(position, returns)
        return position if position < end else None
    spans = working_spans(rep, start, end, away=away)
    return next((begin for begin, _ in spans), None)


def week(rep: Rep, first: date, days: int = 7) -> tuple[Day, ...]:
    """Return the rep's days from ``first`` on: the hours of each, and what of them is not worked."""
    return tuple(_day(rep, first + timedelta(days=number)) for number in range(days))


def _day(rep: Rep, day: date) -> Day:
    holiday = holiday_on(rep, day)
    reasons = _reasons(rep)
    stretches = [part for begin, until in spans_on(rep, day) for part in _parts(begin, until, reasons)]
    return Day(day=day, holiday=holiday, stretches=tuple(stretches))


def _parts(
    begin: datetime, until: datetime, reasons: Sequence[tuple[Span, SkipReason, str | None]]
) -> list[Stretch]:
    """Cut a block where what holds of it changes; the first reason that holds counts."""
    edges = {begin, until}
    for (leaves, returns), _, _ in reasons:
        edges |= {edge for edge in (leaves, returns) if begin < edge < until}
    parts: list[Stretch] = []
    ordered = sorted(edges)
    for start, end in pairwise(ordered):
        holds = ((why, said) for (leaves, returns), why, said in reasons if leaves <= start < returns)
        why, said = next(holds, (None, None))
        if parts and (parts[-1].reason, parts[-1].detail) == (why, said):
            start = parts.pop().start
        parts.append(Stretch(start=start, until=end, reason=why, detail=said))
    return parts


def _reasons(rep: Rep) -> list[tuple[Span, SkipReason, str | None]]:
    found: list[tuple[Span, SkipReason, str | None]] = [
        ((away.start.astimezone(UTC), away.until.astimezone(UTC)), SkipReason.ABSENT, away.reason)
        for away in rep.absences
    ]
    if rep.offline is not None:
        since = _switched(rep.offline)
        until = rep.offline.until.astimezone(UTC) if rep.offline.until else since + _FAR
        found.append(((since, until), SkipReason.OFFLINE, rep.offline.reason))
    found += [
        ((meeting.start.astimezone(UTC), meeting.until.astimezone(UTC)), SkipReason.BUSY, None)
        for meeting in rep.busy
    ]
    return found


def _is_offline(rep: Rep, now: datetime) -> bool:
    off = rep.offline
    return off is not None and _switched(off) <= now and (off.until is None or now < off.until)


def _switched(off: Offline) -> datetime:
    """Return from when on a switch holds: whoever reads it finds it done, whichever clock is ahead."""
    return off.since.astimezone(UTC) - CLOCKS_APART


def _not_there(rep: Rep, start: datetime, respect_hours: bool) -> list[Span]:
    """Return when a rep is away, by absence, switch and (with hours) meeting, by the beginning."""
    away = away_times(rep.absences)
    if rep.offline is not None and (rep.offline.until is None or rep.offline.until > start):
        until = rep.offline.until.astimezone(UTC) if rep.offline.until else start + _FAR
        away.append((_switched(rep.offline), until))
    if respect_hours:
        away += [(meeting.start.astimezone(UTC), meeting.until.astimezone(UTC)) for meeting in rep.busy]
    return sorted(away)
