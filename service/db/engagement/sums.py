"""What an account's signals add up to, kept in the transaction of the signals.

Whoever changes it has the account's row locked (`lock`), accounts in one order: so two that add to an
account do it one after the other, and each sees what the other wrote.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from service.db.engagement.signals import Signal
from service.db.statements import Statement
from service.db.tables import signal as signals
from service.db.tables import signal_account, signal_day, signal_kind, signal_person_day, signal_stage
from service.engagement.core.days import day_of
from service.engagement.core.score import Sum, summed
from service.program.core.settings import Engagement

_DAYS = Statement(
    """
    INSERT INTO signal_day (account, kind, day, signals, weight)
    SELECT account, kind, day, signals, weight FROM {sums} WHERE true
    ON CONFLICT (account, kind, day) DO UPDATE SET
    signals = signal_day.signals + excluded.signals, weight = signal_day.weight + excluded.weight
    """,
    sums={"account": "text", "kind": "text", "day": "integer", "signals": "integer", "weight": "bigint"},
)

_PEOPLE = Statement(
    """
    INSERT INTO signal_person_day (account, day, person, signals)
    SELECT account, day, person, signals FROM {sums} WHERE true
    ON CONFLICT (account, day, person) DO UPDATE SET signals = signal_person_day.signals + excluded.signals
    """,
    sums={"account": "text", "day": "integer", "person": "text", "signals": "integer"},
)

_WEIGHTS = Statement(
    """
    SELECT d.account, d.kind, d.day, d.weight FROM {pairs} CROSS JOIN signal_day d
    WHERE d.account = pairs.account AND d.kind = pairs.kind
    """,
    pairs={"account": "text", "kind": "text"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Daily:
    """What the signals of a kind on a day add up to; the day counts from 1970."""

    day: int
    kind: str
    signals: int
    weight: int


def lock(connection: Connection, heard: Sequence[Signal]) -> None:
    """Lock the accounts of signals, and count the signals on them. Every signal has its account."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    by_account: dict[str, list[Signal]] = defaultdict(list)
    for each in heard:
        by_account[each.account or ""].append(each)
    fresh = dialect.insert(signal_account)
    known, new = signal_account.c, fresh.excluded
    earlier, later = (func.least, func.greatest) if dialect is postgresql else (func.min, func.max)
    again = fresh.on_conflict_do_update(
        index_elements=["account"],
        set_={
            "signals": known.signals + new.signals,
            "first_at": earlier(known.first_at, new.first_at),
            "last_at": later(known.last_at, new.last_at),
        },
    )
    rows = [
        {
            "account": account,
            "signals": len(mine),
            "first_at": min(each.at for each in mine),
            "last_at": max(each.at for each in mine),
        }
        for account, mine in sorted(by_account.items())
    ]
    if rows:
        connection.execute(again, rows)


def hold(connection: Connection, accounts: Iterable[str]) -> None:
    """Lock accounts that have signals, and change nothing of them."""
    query = select(signal_account.c.account).where(signal_account.c.account.in_(sorted(set(accounts))))
    connection.execute(query.order_by(signal_account.c.account).with_for_update()).all()


def add(connection: Connection, heard: Sequence[Signal], settings: Engagement) -> None:
    """Add signals to the sums of their accounts, which are locked."""
    _count(connection, heard, 1)
    _say(connection, heard)
    refresh(connection, {(each.account or "", each.kind) for each in heard}, settings)


def take(connection: Connection, gone: Signal, settings: Engagement) -> None:
    """Take a signal out of the sums of the account that it was on, which is locked, as if never heard."""
    account = gone.account or ""
    _count(connection, [gone], -1)
    connection.execute(delete(signal_day).where(signal_day.c.account == account, signal_day.c.signals <= 0))
    empty = (signal_person_day.c.account == account, signal_person_day.c.signals <= 0)
    connection.execute(delete(signal_person_day).where(*empty))
    connection.execute(delete(signal_stage).where(signal_stage.c.account == account))
    _retell(connection, account)
    refresh(connection, {(account, gone.kind)}, settings)


def refresh(connection: Connection, pairs: Iterable[tuple[str, str]], settings: Engagement) -> None:
    """Make the decayed sums of accounts and kinds anew from their days."""
    wanted = sorted(pairs)
    weights: dict[tuple[str, str], dict[int, int]] = {pair: {} for pair in wanted}
    for account, kind, day, weight in _WEIGHTS.run(connection, pairs=wanted) if wanted else ():
        weights[account, kind][day] = weight
    made = {
        (account, kind): summed(kind, days, settings.rule(kind)) for (account, kind), days in weights.items()
    }
    for account, kind in (pair for pair, one in made.items() if one is None):
        connection.execute(
            delete(signal_kind).where(signal_kind.c.account == account, signal_kind.c.kind == kind)
        )
    rows = [_kind_row(account, one) for (account, _), one in made.items() if one is not None]
    if rows:
        dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
        fresh = dialect.insert(signal_kind)
        changed = {name: fresh.excluded[name] for name in ("day", "value", "half_life", "most_a_day")}
        connection.execute(
            fresh.on_conflict_do_update(index_elements=["account", "kind"], set_=changed), rows
        )


def stale(connection: Connection, settings: Engagement, limit: int) -> list[tuple[str, str]]:
    """Accounts and kinds whose sums were made by another rule than that in force."""
    kinds = connection.execute(
        select(signal_kind.c.kind, signal_kind.c.half_life, signal_kind.c.most_a_day).distinct()
    ).all()
    found: list[tuple[str, str]] = []
    for kind, half_life, most_a_day in sorted(map(tuple, kinds)):
        rule = settings.rule(kind)
        if (half_life, most_a_day) != (rule.half_life, rule.most_a_day):
            query = select(signal_kind.c.account).where(
                signal_kind.c.kind == kind,
                signal_kind.c.half_life == half_life,
                signal_kind.c.most_a_day == most_a_day,
            )
            some = connection.execute(query.order_by(signal_kind.c.account).limit(limit - len(found)))
            found += [(account, kind) for account in some.scalars()]
    return found[:limit]


def by_day(connection: Connection, account: str, after: int, until: int) -> list[Daily]:
    """What is kept of each day and kind, of the days behind ``after`` up to and with ``until``, in order."""
    table = signal_day.c
    query = select(signal_day).where(table.account == account, table.day > after, table.day <= until)
    rows = connection.execute(query.order_by(table.day, table.kind))
    return [Daily(day=row.day, kind=row.kind, signals=row.signals, weight=row.weight) for row in rows]


def _count(connection: Connection, heard: Sequence[Signal], sign: int) -> None:
    days: Counter[tuple[str, str, int]] = Counter()
    weights: Counter[tuple[str, str, int]] = Counter()
    people: Counter[tuple[str, int, str]] = Counter()
    for each in heard:
        account, day = each.account or "", day_of(each.at)
        days[account, each.kind, day] += sign
        weights[account, each.kind, day] += sign * each.weight
        if each.person is not None:
            people[account, day, each.person] += sign
    _DAYS.run(connection, sums=[(*key, days[key], weights[key]) for key in sorted(days)])
    if people:
        _PEOPLE.run(connection, sums=[(*key, people[key]) for key in sorted(people)])


def _say(connection: Connection, heard: Sequence[Signal]) -> None:
    """Keep the stage that each source said last, and the topic of the newest signal that names one."""
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    in_order = sorted(heard, key=lambda each: (each.at, each.id))
    stages = {(each.account, each.source): each for each in in_order if each.stage is not None}
    rows = [
        {"account": account, "source": source, "stage": each.stage, "at": each.at}
        for (account, source), each in sorted(stages.items())
    ]
    if rows:
        fresh = dialect.insert(signal_stage)
        newer = fresh.on_conflict_do_update(
            index_elements=["account", "source"],
            set_={"stage": fresh.excluded.stage, "at": fresh.excluded.at},
            where=fresh.excluded.at >= signal_stage.c.at,
        )
        connection.execute(newer, rows)
    topics = {each.account: each for each in in_order if each.topic is not None}
    for account, each in sorted(topics.items()):
        known = signal_account.c
        newer_topic = (known.topic_at.is_(None)) | (known.topic_at <= each.at)
        connection.execute(
            signal_account.update()
            .where(known.account == account, newer_topic)
            .values(topic=each.topic, topic_at=each.at)
        )


def _retell(connection: Connection, account: str) -> None:
    """Tell anew what an account's signals say last, from the signals themselves: one was taken away."""
    mine = select(signals).where(signals.c.account == account)
    whole = connection.execute(
        select(func.count(), func.min(signals.c.at), func.max(signals.c.at)).where(
            signals.c.account == account
        )
    ).one()
    if not whole[0]:
        connection.execute(delete(signal_account).where(signal_account.c.account == account))
        return
    newest = (
        mine.where(signals.c.topic.is_not(None)).order_by(signals.c.at.desc(), signals.c.id.desc()).limit(1)
    )
    topic = connection.execute(newest).first()
    connection.execute(
        signal_account.update()
        .where(signal_account.c.account == account)
        .values(
            signals=whole[0],
            first_at=whole[1],
            last_at=whole[2],
            topic=topic.topic if topic else None,
            topic_at=topic.at if topic else None,
        )
    )
    last: dict[str, Any] = {}
    staged = mine.where(signals.c.stage.is_not(None)).order_by(signals.c.at, signals.c.id)
    for row in connection.execute(staged):
        last[row.source] = {"account": account, "source": row.source, "stage": row.stage, "at": row.at}
    if last:
        connection.execute(signal_stage.insert(), [last[source] for source in sorted(last)])


def _kind_row(account: str, one: Sum) -> dict[str, Any]:
    return {
        "account": account,
        "kind": one.kind,
        "day": one.day,
        "value": one.value,
        "half_life": one.half_life,
        "most_a_day": one.most_a_day,
    }
