"""Reviews of plans and focus sessions, each planned once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, func, select, update

from service.db.once import insert_once
from service.db.tables import program_meeting as table
from service.db.tables import program_plan
from service.program.core.agenda import Agenda

_AGENDA: TypeAdapter[Agenda] = TypeAdapter(Agenda)


class Kind(StrEnum):
    """What a meeting is."""

    REVIEW = "review"  # every two weeks
    FOCUS = "focus"  # a session on one account


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """An item of a checklist, and who did it when."""

    item: str
    done_at: datetime | None = None
    done_by: str | None = None


_CHECKS: TypeAdapter[tuple[Check, ...]] = TypeAdapter(tuple[Check, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A meeting about a plan. ``agenda`` is None until it is due; it is of what changed from ``since`` on."""

    id: str
    plan_id: str
    kind: Kind
    ordinal: int
    due_at: datetime
    since: datetime
    checklist: tuple[Check, ...]
    agenda: Agenda | None = None
    notes: str | None = None
    held_at: datetime | None = None
    held_by: str | None = None


def add(connection: Connection, made: Meeting) -> bool:
    """Store a meeting; False, and no change, when the plan has one of that kind and ordinal."""
    values = {name: getattr(made, name) for name in made.__slots__ if name not in ("checklist", "agenda")}
    return insert_once(connection, table, values | _documents(made))


def save(connection: Connection, changed: Meeting) -> None:
    """Store a meeting that this transaction has locked, as it is now."""
    plain = ("due_at", "since", "notes", "held_at", "held_by")
    values = {name: getattr(changed, name) for name in plain} | _documents(changed)
    connection.execute(update(table).where(table.c.id == changed.id).values(**values))


def get(connection: Connection, meeting_id: str, *, lock: bool = False) -> Meeting | None:
    """One meeting, or None."""
    query = select(table).where(table.c.id == meeting_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _meeting(row)


def numbered(connection: Connection, plan_id: str, kind: Kind, ordinal: int) -> Meeting | None:
    """A meeting of a plan by its number, locked."""
    query = select(table).where(table.c.plan_id == plan_id, table.c.kind == kind, table.c.ordinal == ordinal)
    row = connection.execute(query.with_for_update()).first()
    return None if row is None else _meeting(row)


def of_plan(connection: Connection, plan_id: str, limit: int = 100) -> Sequence[Meeting]:
    """The meetings of a plan, the last to be due first."""
    query = select(table).where(table.c.plan_id == plan_id)
    query = query.order_by(table.c.due_at.desc(), table.c.kind, table.c.ordinal.desc()).limit(limit)
    return [_meeting(row) for row in connection.execute(query)]


def open_until(connection: Connection, until: datetime, limit: int = 200) -> Sequence[Meeting]:
    """The meetings about open plans that are due by a moment and were not held, the first due first."""
    plan = program_plan.c
    query = select(table).join(program_plan, plan.id == table.c.plan_id)
    query = query.where(table.c.held_at.is_(None), table.c.due_at <= until, plan.ended_at.is_(None))
    return [
        _meeting(row) for row in connection.execute(query.order_by(table.c.due_at, table.c.id).limit(limit))
    ]


def last_number(connection: Connection, plan_id: str, kind: Kind) -> int:
    """The number of the last meeting of a kind; 0 when there was none."""
    query = select(func.max(table.c.ordinal)).where(table.c.plan_id == plan_id, table.c.kind == kind)
    return connection.execute(query).scalar() or 0


def _documents(each: Meeting) -> dict[str, Any]:
    agenda = None if each.agenda is None else _AGENDA.dump_python(each.agenda, mode="json")
    return {"checklist": _CHECKS.dump_python(each.checklist, mode="json"), "agenda": agenda}


def _meeting(row: Row[Any]) -> Meeting:
    plain = {
        name: getattr(row, name)
        for name in ("id", "plan_id", "ordinal", "due_at", "since", "notes", "held_at", "held_by")
    }
    return Meeting(
        **plain,
        kind=Kind(row.kind),
        checklist=_CHECKS.validate_python(row.checklist, strict=False),
        agenda=None if row.agenda is None else _AGENDA.validate_python(row.agenda, strict=False),
    )
