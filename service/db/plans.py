"""Drafts tried on the past in the background: how far each plan is, what came of it, and every change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from service.db.recorded import Span
from service.db.tables import plan as table
from service.db.tables import plan_change as change
from service.rulebook.comparison import Compared, Comparison

LEASE = timedelta(minutes=2)
KEPT = timedelta(days=30)
"""How long a plan is kept."""

_RESULT = TypeAdapter(Comparison)
_CHANGE = TypeAdapter(Compared)


class State(StrEnum):
    """How far a plan is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (State.WAITING, State.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A draft tried on the past: ``done`` of ``total`` contacts are routed; ``result`` comes at the end."""

    id: str
    state: State
    before_version: str
    after_version: str
    since: datetime
    until: datetime
    limit: int | None
    author: str
    created_at: datetime
    finished_at: datetime | None
    done: int
    total: int
    result: Comparison | None
    problem: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A plan about to be made."""

    id: str
    before_version: str
    after_version: str
    after_text: str
    span: Span
    author: str
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A plan that this worker runs now."""

    id: str
    before_version: str
    after_text: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which changes a reader wants; None leaves a field open. A rule, rep or pool may be on either side."""

    rule: str | None = None
    before_rule: str | None = None
    after_rule: str | None = None
    rep: str | None = None
    pool: str | None = None
    outcome: str | None = None  # after
    country: str | None = None
    region: str | None = None
    tier: str | None = None


def add(connection: Connection, wanted: Wanted, now: datetime) -> None:
    """Store a plan for a worker to run."""
    connection.execute(
        insert(table).values(
            id=wanted.id,
            state=State.WAITING,
            before_version=wanted.before_version,
            after_version=wanted.after_version,
            after_text=wanted.after_text,
            since=wanted.span.since,
            until=wanted.span.until,
            limit=wanted.span.limit,
            author=wanted.author,
            created_at=now,
            done=0,
            total=wanted.total,
        )
    )


def get(connection: Connection, plan_id: str) -> Plan | None:
    """One plan, or None."""
    row = connection.execute(select(table).where(table.c.id == plan_id)).first()
    return None if row is None else _plan(row)


def text_of(connection: Connection, plan_id: str) -> str | None:
    """The draft that a plan tries."""
    return connection.execute(select(table.c.after_text).where(table.c.id == plan_id)).scalar()


def newest(connection: Connection, limit: int) -> list[Plan]:
    """The newest plans."""
    query = select(table).order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit)
    return [_plan(row) for row in connection.execute(query)]


def claim(connection: Connection, now: datetime) -> Claimed | None:
    """Take the oldest plan that nobody runs, or whose worker is gone; it begins anew."""
    abandoned = and_(table.c.state == State.RUNNING, table.c.lease_until < now)
    row = connection.execute(
        select(table)
        .where(or_(table.c.state == State.WAITING, abandoned))
        .order_by(table.c.created_at, table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    connection.execute(delete(change).where(change.c.plan_id == row.id))
    ours = update(table).where(table.c.id == row.id)
    connection.execute(ours.values(state=State.RUNNING, lease_until=now + LEASE, done=0))
    span = Span(since=row.since, until=row.until, limit=row.limit)
    return Claimed(id=row.id, before_version=row.before_version, after_text=row.after_text, span=span)


def advance(
    connection: Connection, plan_id: str, done: int, changes: Sequence[tuple[int, Compared]], now: datetime
) -> bool:
    """Note progress and the changes found, with their places; False when the plan was cancelled."""
    running = (table.c.id == plan_id, table.c.state == State.RUNNING)
    noted = update(table).where(*running).values(done=done, lease_until=now + LEASE)
    if connection.execute(noted).rowcount != 1:
        return False
    if changes:
        connection.execute(insert(change), [_change(plan_id, place, each) for place, each in changes])
    return True


def finish(
    connection: Connection, plan_id: str, result: Comparison | None, problem: str | None, now: datetime
) -> None:
    """Note how a plan ended, unless it was cancelled."""
    connection.execute(
        update(table)
        .where(table.c.id == plan_id, table.c.state == State.RUNNING)
        .values(
            state=State.DONE if result is not None else State.FAILED,
            result=_RESULT.dump_python(result, mode="json") if result is not None else None,
            problem=problem,
            finished_at=now,
            lease_until=None,
        )
    )


def cancel(connection: Connection, plan_id: str, now: datetime) -> None:
    """Stop a plan that is not done; one that is stays as it is."""
    connection.execute(
        update(table)
        .where(table.c.id == plan_id, table.c.state.in_(OPEN))
        .values(state=State.CANCELLED, finished_at=now, lease_until=None)
    )


def forget(connection: Connection, now: datetime) -> None:
    """Delete plans that are old, with their changes."""
    old = select(table.c.id).where(table.c.created_at < now - KEPT, table.c.state.not_in(OPEN))
    connection.execute(delete(change).where(change.c.plan_id.in_(old)))
    connection.execute(delete(table).where(table.c.id.in_(old)))


def changes(
    connection: Connection, plan_id: str, wanted: Filter, *, after: int | None, limit: int
) -> list[tuple[int, Compared]]:
    """Up to ``limit`` changes with their places, in the order of time, behind the place ``after``."""
    query = (
        select(change.c.place, change.c.body)
        .where(change.c.plan_id == plan_id, *_conditions(wanted))
        .order_by(change.c.place)
        .limit(limit)
    )
    if after is not None:
        query = query.where(change.c.place > after)
    return [(place, _CHANGE.validate_python(body, strict=False)) for place, body in connection.execute(query)]


def count(connection: Connection, plan_id: str, wanted: Filter) -> int:
    """How many changes fit."""
    query = select(func.count()).where(change.c.plan_id == plan_id, *_conditions(wanted))
    return connection.execute(query).scalar_one()


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for name in ("rule", "rep", "pool"):
        value = getattr(wanted, name)
        if value is not None:
            found.append(or_(change.c[f"before_{name}"] == value, change.c[f"after_{name}"] == value))
    for name in ("before_rule", "after_rule", "country", "region", "tier"):
        if getattr(wanted, name) is not None:
            found.append(change.c[name] == getattr(wanted, name))
    if wanted.outcome is not None:
        found.append(change.c.after_outcome == wanted.outcome)
    return found


def _change(plan_id: str, place: int, found: Compared) -> dict[str, Any]:
    return {
        "plan_id": plan_id,
        "place": place,
        "decision_id": found.decision_id,
        "before_rule": found.before.rule,
        "after_rule": found.after.rule,
        "before_rep": found.before.assignee,
        "after_rep": found.after.assignee,
        "before_pool": found.before.pool,
        "after_pool": found.after.pool,
        "before_outcome": found.before.outcome,
        "after_outcome": found.after.outcome,
        "country": found.country,
        "region": found.region[:200] if found.region else None,
        "tier": found.tier,
        "body": _CHANGE.dump_python(found, mode="json"),
    }


def _plan(row: Row[Any]) -> Plan:
    return Plan(
        id=row.id,
        state=State(row.state),
        before_version=row.before_version,
        after_version=row.after_version,
        since=row.since,
        until=row.until,
        limit=row.limit,
        author=row.author,
        created_at=row.created_at,
        finished_at=row.finished_at,
        done=row.done,
        total=row.total,
        result=_RESULT.validate_python(row.result, strict=False) if row.result is not None else None,
        problem=row.problem,
    )
