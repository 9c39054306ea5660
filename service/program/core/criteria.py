"""The criteria of a nomination, and what the records say of each.

One entry of `CRITERIA` is one criterion: its word, its definition, and how it is found
in what is recorded of the account. The five are those of a published account-based
program. A rep's word is a claim; the rows that bear it out are its evidence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from routing.types.facts import Activity, Opportunity
from service.program.core.settings import Criteria

MOST_ROWS = 20
ANSWERS = ("inbound", "both")
"""Directions of activities in which somebody of the account said something."""


class Criterion(StrEnum):
    """What speaks for an account."""

    CHAMPION = "champion"
    ENGAGEMENT = "engagement"
    OPPORTUNITY = "opportunity"
    MEETING = "meeting"
    RENEWAL = "renewal"


class RowKind(StrEnum):
    """What a row of evidence is."""

    CONTACT = "contact"
    ACTIVITY = "activity"
    OPPORTUNITY = "opportunity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A record that a criterion rests on. ``note`` is what of it counts: its kind, its stage."""

    kind: RowKind
    id: str
    at: datetime | None
    note: str
    rep: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the records say of a criterion. ``count`` is what was counted, ``needed`` how much it takes."""

    criterion: Criterion
    holds: bool
    count: int
    needed: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What is recorded of an account: ``champions`` are contacts whose own field says so."""

    champions: tuple[str, ...] = ()
    activities: tuple[Activity, ...] = ()
    opportunities: tuple[Opportunity, ...] = ()


Find = Callable[[Records, Criteria, datetime], Evidence]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A criterion: what it is called, what it means, and what the records must show."""

    criterion: Criterion
    title: str
    shown_by: str
    find: Find


def _champion(records: Records, settings: Criteria, now: datetime) -> Evidence:
    named = [
        Row(kind=RowKind.CONTACT, id=each, at=None, note="recorded as a champion")
        for each in sorted(records.champions)
    ]
    answers = _by_person(_answers(records, settings.engaged_days, now))
    needed = settings.champion_exchanges
    warm = [
        Row(
            kind=RowKind.CONTACT,
            id=person,
            at=max(each.at for each in found),
            note="answered once" if len(found) == 1 else f"answered {len(found)} times",
        )
        for person, found in sorted(answers.items())
        if len(found) >= needed
    ]
    most = needed if named else max((len(found) for found in answers.values()), default=0)
    return _evidence(Criterion.CHAMPION, most, needed, [*named, *warm])


def _engagement(records: Records, settings: Criteria, now: datetime) -> Evidence:
    answers = _by_person(_answers(records, settings.engaged_days, now))
    rows = [_newest(found) for _, found in sorted(answers.items())]
    return _evidence(Criterion.ENGAGEMENT, len(answers), settings.engaged_people, rows)


def _opportunity(records: Records, settings: Criteria, now: datetime) -> Evidence:
    since = now - timedelta(days=settings.communication_days)
    spoken = [each for each in records.activities if since <= each.at <= now]
    deals = [_deal(each) for each in _open(records)]
    rows = [*deals, *(_done(each) for each in spoken)] if deals and spoken else []
    return _evidence(Criterion.OPPORTUNITY, len(deals) if spoken else 0, 1, rows)


def _meeting(records: Records, settings: Criteria, now: datetime) -> Evidence:
    kinds = {kind.casefold() for kind in settings.meeting_kinds}
    meetings = [each for each in records.activities if each.kind.casefold() in kinds]
    since = now - timedelta(days=settings.meeting_days)
    held = [each for each in meetings if since <= each.at <= now]
    ahead = [each for each in meetings if each.at > now]
    rows = [_done(each) for each in (*held, *ahead)]
    return _evidence(Criterion.MEETING, bool(held) + bool(ahead), 2, rows)


def _renewal(records: Records, settings: Criteria, now: datetime) -> Evidence:
    kinds = {kind.casefold() for kind in settings.renewal_kinds}
    latest = now + timedelta(days=settings.renewal_days)
    rows = [
        _deal(each)
        for each in _open(records)
        if (each.kind or "").casefold() in kinds
        and (each.expected_close_at is None or each.expected_close_at <= latest)
    ]
    return _evidence(Criterion.RENEWAL, len(rows), 1, rows)


CRITERIA: Mapping[Criterion, Definition] = {
    each.criterion: each
    for each in (
        Definition(
            criterion=Criterion.CHAMPION,
            title="A champion who is willing to drive awareness",
            shown_by="a contact whose own field says so, or one person who answered several times lately",
            find=_champion,
        ),
        Definition(
            criterion=Criterion.ENGAGEMENT,
            title="Engagement and responsiveness from several people",
            shown_by="several people of the account who wrote or answered lately",
            find=_engagement,
        ),
        Definition(
            criterion=Criterion.OPPORTUNITY,
            title="A current opportunity with ongoing communication, at any stage",
            shown_by="an open opportunity, and activity on the account lately",
            find=_opportunity,
        ),
        Definition(
            criterion=Criterion.MEETING,
            title="An initial meeting held, with another on the calendar",
            shown_by="a meeting that was held lately, and one that is to come",
            find=_meeting,
        ),
        Definition(
            criterion=Criterion.RENEWAL,
            title="An upcoming renewal that needs expansion support",
            shown_by="an open opportunity whose kind is a renewal, due soon where its date is known",
            find=_renewal,
        ),
    )
}
"""Every criterion, in the order it is asked for."""


def examined(records: Records, settings: Criteria, now: datetime) -> tuple[Evidence, ...]:
    """What the records say of each criterion."""
    return tuple(each.find(records, settings, now) for each in CRITERIA.values())


def counting(
    claimed: Iterable[Criterion], evidence: Sequence[Evidence], settings: Criteria
) -> list[Criterion]:
    """The criteria that count: those that hold and, unless evidence is required, those that are claimed."""
    counts = {each.criterion for each in evidence if each.holds}
    if not settings.evidence_required:
        counts |= set(claimed)
    return [each for each in CRITERIA if each in counts]


def _answers(records: Records, days: int, now: datetime) -> list[Activity]:
    since = now - timedelta(days=days)
    return [each for each in records.activities if each.direction in ANSWERS and since <= each.at <= now]


def _by_person(activities: Iterable[Activity]) -> dict[str, list[Activity]]:
    found: dict[str, list[Activity]] = defaultdict(list)
    for each in activities:
        if each.contact_id is not None:
            found[each.contact_id].append(each)
    return found


def _open(records: Records) -> list[Opportunity]:
    return [each for each in records.opportunities if each.closed_at is None]


def _newest(activities: Sequence[Activity]) -> Row:
    return _done(max(activities, key=lambda each: (each.at, each.id)))


def _done(each: Activity) -> Row:
    return Row(kind=RowKind.ACTIVITY, id=each.id, at=each.at, note=each.kind, rep=each.rep)


def _deal(each: Opportunity) -> Row:
    note = each.stage or each.kind or "open"
    return Row(kind=RowKind.OPPORTUNITY, id=each.id, at=each.opened_at, note=note, rep=each.owner)


def _evidence(criterion: Criterion, count: int, needed: int, rows: Sequence[Row]) -> Evidence:
    holds = count >= needed
    newest = sorted(rows, key=lambda row: (row.kind is RowKind.ACTIVITY, row.at is None))
    return Evidence(
        criterion=criterion, holds=holds, count=count, needed=needed, rows=tuple(newest[:MOST_ROWS])
    )
