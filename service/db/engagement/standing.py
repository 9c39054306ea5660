"""How accounts stand: their sums, their people, and what was said of them last, for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from routing.types.facts import Engagement as Facts
from service.db.program import settings as stored
from service.db.statements import Statement, as_moment
from service.engagement.core.days import day_of
from service.engagement.core.score import Sum, score
from service.program.core.settings import Engagement

_SUMS = Statement(
    """
    SELECT k.account, k.kind, k.day, k.value, k.half_life, k.most_a_day
    FROM {accounts} CROSS JOIN signal_kind k WHERE k.account = accounts.external_id
    """,
    accounts={"external_id": "text"},
)

_PEOPLE = Statement(
    """
    SELECT p.account, count(DISTINCT p.person) FROM {accounts} CROSS JOIN signal_person_day p
    WHERE p.account = accounts.external_id AND p.day > {:after} GROUP BY p.account
    """,
    accounts={"external_id": "text"},
)

_SAID = Statement(
    """
    SELECT s.account, s.stage, s.source, s.at, NULL AS topic FROM {accounts} CROSS JOIN signal_stage s
    WHERE s.account = accounts.external_id
    UNION ALL
    SELECT a.account, NULL, NULL, a.last_at, a.topic FROM {accounts} CROSS JOIN signal_account a
    WHERE a.account = accounts.external_id
    """,
    accounts={"external_id": "text"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The buying stage that a source says an account is in, and when it said so last."""

    source: str
    stage: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Engaged:
    """How an account stands. ``stages`` has the one said last first; ``sums`` are by kind."""

    sums: tuple[Sum, ...]
    score: float
    people: int
    stages: tuple[Stage, ...]
    topic: str | None
    last_at: datetime

    @property
    def stage(self) -> str | None:
        """The buying stage said last, of any source."""
        return self.stages[0].stage if self.stages else None


def of_accounts(
    connection: Connection, accounts: Sequence[str], settings: Engagement, now: datetime
) -> dict[str, Engaged]:
    """How accounts stand at ``now``, which is not before their signals; those without any are left out."""
    if not accounts:
        return {}
    return _engaged(connection, accounts, _sums(connection, accounts), settings, now)


def facts(connection: Connection, accounts: Sequence[str], now: datetime) -> dict[str, Facts]:
    """What rules may ask of accounts; those without signals are left out."""
    sums = _sums(connection, accounts) if accounts else {}
    if not sums:
        return {}
    found = _engaged(connection, accounts, sums, stored.current(connection).engagement, now)
    return {account: as_facts(each) for account, each in found.items()}


def as_facts(each: Engaged) -> Facts:
    """How an account stands, as rules see it."""
    return Facts(score=each.score, people=each.people, stage=each.stage, topic=each.topic)


def _engaged(
    connection: Connection,
    accounts: Sequence[str],
    sums: Mapping[str, Sequence[Sum]],
    settings: Engagement,
    now: datetime,
) -> dict[str, Engaged]:
    wanted, day = sorted(set(accounts)), day_of(now)
    people = dict(map(tuple, _PEOPLE.run(connection, accounts=wanted, after=day - settings.people_days)))
    stages: dict[str, list[Stage]] = defaultdict(list)
    found: dict[str, Engaged] = {}
    rows = _SAID.run(connection, accounts=wanted)
    for account, stage, source, at, _ in rows:
        if stage is not None:
            stages[account].append(Stage(source=source, stage=stage, at=_at(at)))
    for account, stage, _, at, topic in rows:
        if stage is None:
            mine = tuple(sorted(sums.get(account, ()), key=lambda one: one.kind))
            found[account] = Engaged(
                sums=mine,
                score=score(mine, settings, day),
                people=people.get(account, 0),
                stages=tuple(sorted(stages[account], key=lambda one: (one.at, one.source), reverse=True)),
                topic=topic,
                last_at=_at(at),
            )
    return found


def _sums(connection: Connection, accounts: Sequence[str]) -> Mapping[str, Sequence[Sum]]:
    sums: dict[str, list[Sum]] = defaultdict(list)
    rows = _SUMS.run(connection, accounts=sorted(set(accounts)))
    for account, kind, day, value, half_life, most_a_day in rows:
        sums[account].append(Sum(kind=kind, day=day, value=value, half_life=half_life, most_a_day=most_a_day))
    return sums


def _at(value: datetime | str) -> datetime:
    moment = as_moment(value)
    assert moment is not None
    return moment
