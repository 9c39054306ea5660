"""Fairness over all pools: expected against actual share of each rep, by pool and by part of the time.

What a gap is made of is worked out in `routing.rotation.fairness`; here it is read for many pools, for days,
weeks or months, and summed up for each rep.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from routing.rotation.fairness import Gap, MemberFairness, fairness_by
from routing.rotation.standings import share
from routing.types.people import RepId
from routing.types.pools import Choose, PoolName, PoolState
from service.db import ledger
from service.reports.period import Period

MOST_PARTS = 400
"""Parts of a time at most: a year of days, and some."""


class Each(StrEnum):
    """What a time is split into."""

    DAY = "day"
    WEEK = "week"  # from Monday
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolFairness:
    """One pool over a part of the time, half-open. The parts of each member's gap add up to it."""

    pool: PoolName
    choose: Choose
    since: datetime
    until: datetime
    turns: int
    members: Sequence[MemberFairness]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepFairness:
    """One rep over all pools and the whole time: turns drawn and expected, and what the gap is made of."""

    rep: RepId
    pools: Sequence[PoolName]
    turns: int
    expected: float
    gap: float
    gaps: Sequence[Gap]


@dataclass(frozen=True, slots=True, kw_only=True)
class FairnessReport:
    """Every pool by part of the time, and every rep over all of it."""

    since: datetime
    until: datetime
    zone: str
    pools: Sequence[PoolFairness]
    reps: Sequence[RepFairness]


def read(
    connection: Connection,
    states: Iterable[PoolState],
    period: Period,
    ends: Sequence[datetime],
    only: Collection[RepId] = (),
) -> FairnessReport:
    """How fair these pools were, in parts that end at ``ends``, which lie in order inside the period.

    With ``only`` the others are left out, after they were counted.
    """
    found = [part for state in states for part in _of_pool(connection, state, period, ends, only)]
    return FairnessReport(
        since=period.since, until=period.until, zone=period.zone, pools=found, reps=_summed(found)
    )


def _of_pool(
    connection: Connection,
    state: PoolState,
    period: Period,
    ends: Sequence[datetime],
    only: Collection[RepId],
) -> Iterable[PoolFairness]:
    now = {member.rep: share(member) for member in state.members}
    shares = ledger.shares_at(connection, state.name, period.since, now)
    entries = ledger.weighty(connection, state.name, period.since, period.until)
    choose = state.settings.choose
    bounds = [period.since, *ends, period.until]
    for place, part in enumerate(fairness_by(entries, shares, choose, ends)):
        yield PoolFairness(
            pool=state.name,
            choose=choose,
            since=bounds[place],
            until=bounds[place + 1],
            turns=part.turns,
            members=[member for member in part.members if not only or member.rep in only],
        )


def _summed(parts: Sequence[PoolFairness]) -> list[RepFairness]:
    """Each rep's figures together, by name; the largest parts of the gap first."""
    mine: dict[RepId, list[tuple[PoolName, MemberFairness]]] = defaultdict(list)
    for part in parts:
        for member in part.members:
            mine[member.rep].append((part.pool, member))
    return [
        RepFairness(
            rep=rep,
            pools=list(dict.fromkeys(pool for pool, _ in of_rep)),
            turns=sum(member.turns for _, member in of_rep),
            expected=sum(member.expected for _, member in of_rep),
            gap=sum(member.gap for _, member in of_rep),
            gaps=_merged(gap for _, member in of_rep for gap in member.gaps),
        )
        for rep, of_rep in sorted(mine.items())
    ]


def _merged(gaps: Iterable[Gap]) -> list[Gap]:
    by_reason: dict[str, list[Gap]] = defaultdict(list)
    for gap in gaps:
        by_reason[gap.reason].append(gap)
    merged = [
        Gap(
            reason=reason,
            turns=sum(gap.turns for gap in alike),
            times=sum(gap.times for gap in alike),
            first=min((gap.first for gap in alike if gap.first), default=None),
            last=max((gap.last for gap in alike if gap.last), default=None),
        )
        for reason, alike in by_reason.items()
    ]
    return sorted(merged, key=lambda each: (-abs(each.turns), each.reason))


def ends_of(period: Period, each: Each | None) -> list[datetime]:
    """The moments inside a period at which its days, weeks or months end, in its zone.

    Raises ValueError for more parts than `MOST_PARTS`.
    """
    if each is None:
        return []
    there = ZoneInfo(period.zone)
    day = period.since.astimezone(there).date()
    ends: list[datetime] = []
    while True:
        if each is Each.DAY:
            day += timedelta(days=1)
        elif each is Each.WEEK:
            day += timedelta(days=7 - day.weekday())
        else:
            day = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        end = datetime(day.year, day.month, day.day, tzinfo=there)
        if end >= period.until:
            return ends
        ends.append(end)
        if len(ends) >= MOST_PARTS:
            raise ValueError(f"splits the time into more than {MOST_PARTS} parts; ask for less at once")
