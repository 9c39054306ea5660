"""The shadow: what the rules would have done beside another system, and where the two differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service.db import shadow
from service.db.shadow import Mode, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How many contacts compare how, for one rule or one day.

    ``rate`` is the share of those that disagree among those whose owner in the
    other system is known; None when there are none of these.
    """

    name: str
    contacts: int
    verdicts: Mapping[Verdict, int]
    rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowReport:
    """The contacts decided beside another system since a time, each by its latest decision.

    ``by_rule`` has the rules with the most disagreements first, ``by_day`` the
    days in order.
    """

    mode: Mode | None
    since: datetime
    total: Compared
    by_rule: Sequence[Compared]
    by_day: Sequence[Compared]


def report(connection: Connection, since: datetime) -> ShadowReport:
    """Count how the rules and the other system compare."""
    rules: dict[str, Counter[Verdict]] = {}
    days: dict[str, Counter[Verdict]] = {}
    total: Counter[Verdict] = Counter()
    for rule, verdict, count in shadow.by_rule(connection, since):
        rules.setdefault(rule or "none", Counter())[verdict] += count
        total[verdict] += count
    for day, verdict, count in shadow.by_day(connection, since):
        days.setdefault(day, Counter())[verdict] += count
    by_rule = [_compared(name, counts) for name, counts in rules.items()]
    return ShadowReport(
        mode=shadow.mode(connection),
        since=since,
        total=_compared("all", total),
        by_rule=sorted(by_rule, key=lambda each: (-_disagreeing(each.verdicts), each.name)),
        by_day=[_compared(name, counts) for name, counts in days.items()],
    )


def _compared(name: str, counts: Counter[Verdict]) -> Compared:
    known = counts.total() - counts[Verdict.UNKNOWN]
    return Compared(
        name=name,
        contacts=counts.total(),
        verdicts={verdict: counts[verdict] for verdict in Verdict},
        rate=round(_disagreeing(counts) / known, 4) if known else None,
    )


def _disagreeing(verdicts: Mapping[Verdict, int]) -> int:
    return sum(verdicts.get(verdict, 0) for verdict in shadow.DISAGREEMENTS)
