"""Decisions read again in the order they were taken, for a replay.

Only the parts that a replay needs leave the database, as text that is decoded
once. Chunks have short transactions of their own: a replay of a month holds
neither a lock nor a snapshot for its whole length, and two chunks in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, and_, func, or_, select

from routing.types.decision import RoutingOutcome
from routing.types.facts import RoutingFacts
from routing.types.pools import PoolName
from service.db.engine import Database
from service.db.tables import decision as table
from service.decision import Decision, from_json
from service.rulebook.comparison import Placement

CHUNK = 500
"""Decisions in memory at once."""

_FACTS: TypeAdapter[RoutingFacts] = TypeAdapter(RoutingFacts)
_PARTS = (
    table.c.id,
    table.c.at,
    table.c.rulebook_version,
    table.c.rule,
    table.c.pool,
    table.c.queue,
    table.c.body[("routing", "outcome")].as_string().label("decided"),
    table.c.body[("routing", "assignee")].as_string().label("assignee"),
    table.c.body[("routing", "code")].as_string().label("code"),
    table.c.body[("routing", "asked")].as_string().label("asked"),
    table.c.body[("routing", "move", "tried", 0)].as_string().label("asked_pool"),
    table.c.body["facts"].as_string().label("facts"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a decision was taken on, and where it put the contact.

    ``asked_pool`` is the pool that the rules asked for a turn; the turn may
    have come from one that it overflows to.
    """

    id: str
    at: datetime
    rulebook: str
    facts: RoutingFacts
    placement: Placement
    asked_pool: PoolName | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The decisions from ``since`` up to, not including, ``until``; at most the last ``limit`` of them."""

    since: datetime
    until: datetime
    limit: int | None = None


_Position = tuple[datetime, str]


def recorded(database: Database, span: Span) -> Iterator[Recorded]:
    """The decisions that rules took, oldest first.

    Left out are events too old to decide anything, and what people decided by
    hand: no rulebook has a say in that.
    """
    for row in _rows(database, span, _PARTS):
        if row.rule is None:
            continue
        yield Recorded(
            id=row.id,
            at=row.at,
            rulebook=row.rulebook_version,
            facts=_FACTS.validate_json(row.facts),
            placement=Placement(
                outcome=RoutingOutcome(row.decided),
                rule=row.rule,
                assignee=row.assignee,
                pool=row.pool,
                queue=row.queue,
                code=row.code,
                asked=row.asked,
            ),
            asked_pool=row.asked_pool,
        )


def whole(database: Database, span: Span) -> Iterator[Decision]:
    """The decisions of a span with everything they hold, oldest first, those left out as in `recorded`."""
    for row in _rows(database, span, (table.c.id, table.c.at, table.c.body)):
        yield from_json(row.body)


def _rows(database: Database, span: Span, parts: tuple[Any, ...]) -> Iterator[Row[Any]]:
    """The rows, a chunk ahead: the next one is read while this one is being worked on."""
    with ThreadPoolExecutor(1, thread_name_prefix="recorded") as reader:
        ahead = reader.submit(_chunk, database, span, parts, None)
        while True:
            rows = ahead.result()
            last = len(rows) < CHUNK
            if not last:
                ahead = reader.submit(_chunk, database, span, parts, (rows[-1].at, rows[-1].id))
            yield from rows
            if last:
                return


def _chunk(
    database: Database, span: Span, parts: tuple[Any, ...], after: _Position | None
) -> Sequence[Row[Any]]:
    with database.read() as connection:
        after = after or _start(connection, span)
        query = select(*parts).where(*_within(span, after)).order_by(table.c.at, table.c.id).limit(CHUNK)
        return connection.execute(query).all()


def _within(span: Span, after: _Position) -> tuple[Any, ...]:
    at, decision_id = after
    return (
        or_(table.c.at > at, and_(table.c.at == at, table.c.id > decision_id)),
        table.c.at >= at,  # said again alone: SQLite then starts in the index at this time
        table.c.at < span.until,
        table.c.routing_outcome != RoutingOutcome.SUPERSEDED,
        table.c.erased_at.is_(None),  # without its facts it cannot be taken again
    )


def _start(connection: Connection, span: Span) -> _Position:
    """The position before the first decision that is wanted."""
    if span.limit is not None:
        newest_first = (
            select(table.c.at, table.c.id)
            .where(*_within(span, (span.since, "")))
            .order_by(table.c.at.desc(), table.c.id.desc())
        )
        row = connection.execute(newest_first.offset(span.limit).limit(1)).first()
        if row is not None:
            return row.at, row.id
    return span.since, ""


def count(connection: Connection, span: Span) -> int:
    """How many decisions `recorded` gives for this span."""
    query = select(func.count()).select_from(table).where(*_within(span, (span.since, "")))
    found = connection.execute(query).scalar_one()
    return found if span.limit is None else min(found, span.limit)
