"""What is not settled yet: contacts held, questions asked, matches that a person should confirm."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, or_, select, union, update

from matching.memory import CompanyKey
from service.db.tables import ACTIVE, assignment, contact, decision
from service.db.tables import waiting as table


class Kind(StrEnum):
    """What is being waited for."""

    HELD = "held"  # a time, or someone to become available
    ASKED = "asked"  # a person's answer to a rule's question
    REVIEW = "review"  # a person's word on an uncertain match


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One open matter of one decision. ``due_at``: when the worker looks again, None for never.

    ``company`` is the company name and domain that an uncertain match is about.
    """

    decision_id: str
    contact_row: int
    kind: Kind
    due_at: datetime | None
    company: CompanyKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How a matter ended: by whom, when, with which answer. By "decision": a newer one took its place."""

    by: str
    at: datetime
    answer: Any


def add(connection: Connection, waits: Sequence[Wait]) -> None:
    """Note that these matters are open."""
    if waits:
        connection.execute(
            insert(table),
            [
                {
                    "decision_id": w.decision_id,
                    "contact_id": w.contact_row,
                    "kind": w.kind,
                    "due_at": w.due_at,
                    "company_name": w.company.name if w.company else None,
                    "company_domain": w.company.domain if w.company else None,
                }
                for w in waits
            ],
        )


def stand_for(connection: Connection, decision_id: str, former_id: str, kind: Kind) -> None:
    """Put an open matter in the place of a settled one, of which it is the same question again.

    The queue is in the order of the rows, so the two exchange theirs. No change where either is not there.
    """
    of = (table.c.decision_id.in_((decision_id, former_id)), table.c.kind == kind)
    rows = dict(connection.execute(select(table.c.decision_id, table.c.id).where(*of)).all())
    here, place = rows.get(decision_id), rows.get(former_id)
    if here is None or place is None or here < place:
        return
    for row, moved in ((place, -place), (here, place), (-place, here)):
        connection.execute(update(table).where(table.c.id == row).values(id=moved))


def settle(connection: Connection, contact_rows: Sequence[int], by: str, now: datetime) -> None:
    """Close every open matter of these contacts: a newer decision stands in their place."""
    connection.execute(
        update(table)
        .where(table.c.contact_id.in_(contact_rows), table.c.settled_at.is_(None))
        .values(settled_at=now, settled_by=by)
    )


def running(connection: Connection, contact_rows: Sequence[int]) -> dict[int, dict[str, datetime]]:
    """Until when these contacts wait already, by the rule that holds them or asked."""
    if not contact_rows:
        return {}
    found = connection.execute(
        select(table.c.contact_id, decision.c.rule, table.c.due_at)
        .join(decision, decision.c.id == table.c.decision_id)
        .where(
            table.c.contact_id.in_(contact_rows),
            table.c.settled_at.is_(None),
            table.c.kind.in_([Kind.HELD, Kind.ASKED]),
            table.c.due_at.is_not(None),
            decision.c.rule.is_not(None),
        )
    )
    waits: dict[int, dict[str, datetime]] = {}
    for row in found:
        waits.setdefault(row.contact_id, {})[row.rule] = row.due_at
    return waits


def answer(connection: Connection, decision_id: str, kind: Kind, by: str, given: Any, now: datetime) -> bool:
    """Close an open matter with a person's answer; False when it is not open."""
    done = connection.execute(
        update(table)
        .where(table.c.decision_id == decision_id, table.c.kind == kind, table.c.settled_at.is_(None))
        .values(settled_at=now, settled_by=by, answer=given)
    )
    return done.rowcount == 1


def in_mind(connection: Connection, contact_rows: Collection[int], since: datetime) -> set[int]:
    """Of these contacts those whose answers still count: somebody has them, or something about them is open
    or was settled at ``since`` or later.
    """
    recent = select(table.c.contact_id).where(
        table.c.contact_id.in_(contact_rows),
        or_(table.c.settled_at.is_(None), table.c.settled_at >= since),
    )
    at_work = select(assignment.c.contact_id).where(assignment.c.contact_id.in_(contact_rows), ACTIVE)
    return set(connection.execute(union(recent, at_work)).scalars())


def settled(connection: Connection, decision_id: str, kind: Kind) -> Settled | None:
    """How a matter ended, None while it is open or when there is none."""
    query = select(table).where(
        table.c.decision_id == decision_id, table.c.kind == kind, table.c.settled_at.is_not(None)
    )
    row = connection.execute(query).first()
    return None if row is None else Settled(by=row.settled_by, at=row.settled_at, answer=row.answer)


def answers(
    connection: Connection, kind: Kind, *, after: int = 0, limit: int = 500
) -> list[tuple[int, str, Any]]:
    """Up to ``limit`` settled matters of a kind, the oldest first: row, decision, answer."""
    query = (
        select(table.c.id, table.c.decision_id, table.c.answer)
        .where(table.c.kind == kind, table.c.settled_at.is_not(None), table.c.id > after)
        .order_by(table.c.id)
        .limit(limit)
    )
    return [(row.id, row.decision_id, row.answer) for row in connection.execute(query)]


def settled_with(connection: Connection, decision_id: str, kind: Kind) -> list[str]:
    """The decision, and those of the same company that one answer settled with it; none while it is open.

    What the same person answered in the same words about the company at that time or later is one answer.
    """
    query = select(table).where(table.c.decision_id == decision_id, table.c.kind == kind)
    row = connection.execute(query).first()
    if row is None or row.settled_at is None or row.answer is None:
        return []
    alike = select(table.c.decision_id, table.c.answer).where(
        table.c.kind == kind,
        table.c.company_name == row.company_name,
        table.c.company_domain == row.company_domain,
        table.c.settled_by == row.settled_by,
        table.c.settled_at >= row.settled_at,
        table.c.decision_id != decision_id,
    )
    also = [each.decision_id for each in connection.execute(alike) if each.answer == row.answer]
    return [decision_id, *also]


def of_company(connection: Connection, company: CompanyKey, *, still_open: bool) -> list[Wait]:
    """The uncertain matches of a company that are open, or those that were settled; the oldest first."""
    ended = table.c.settled_at.is_not(None)
    query = select(table).where(
        table.c.company_name == company.name,
        table.c.company_domain == company.domain,
        table.c.kind == Kind.REVIEW,
        ~ended if still_open else ended,
    )
    return [_wait(row) for row in connection.execute(query.order_by(table.c.id))]


def due(connection: Connection, now: datetime, limit: int) -> list[Wait]:
    """Up to ``limit`` open matters whose time has come, the longest overdue first."""
    query = (
        select(table)
        .where(table.c.settled_at.is_(None), table.c.due_at <= now)
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
    )
    return [_wait(row) for row in connection.execute(query)]


def postpone(connection: Connection, decision_ids: Sequence[str], kind: Kind, due_at: datetime) -> None:
    """Look at these open matters again at ``due_at``, not before."""
    connection.execute(
        update(table)
        .where(table.c.decision_id.in_(decision_ids), table.c.kind == kind, table.c.settled_at.is_(None))
        .values(due_at=due_at)
    )


def open_of(connection: Connection, decision_id: str) -> list[Wait]:
    """The open matters of a decision."""
    query = select(table).where(table.c.decision_id == decision_id, table.c.settled_at.is_(None))
    return [_wait(row) for row in connection.execute(query)]


def page(
    connection: Connection, kinds: Sequence[Kind], after: int | None, limit: int
) -> list[tuple[int, Wait, Any]]:
    """Up to ``limit`` open matters of these kinds, the oldest first: row, matter, stored decision.

    A matter is settled, not moved, so following the rows misses none that was open from start to end.
    """
    query = (
        select(table, decision.c.body)
        .join(decision, decision.c.id == table.c.decision_id)
        .where(table.c.kind.in_(kinds), table.c.settled_at.is_(None), table.c.id > (after or 0))
        .order_by(table.c.id)
        .limit(limit)
    )
    return [(row.id, _wait(row), row.body) for row in connection.execute(query)]


def _wait(row: Row[Any]) -> Wait:
    company = None
    if row.company_name is not None:
        company = CompanyKey(name=row.company_name, domain=row.company_domain)
    return Wait(
        decision_id=row.decision_id,
        contact_row=row.contact_id,
        kind=Kind(row.kind),
        due_at=row.due_at,
        company=company,
    )


def idle_contacts(connection: Connection, before: datetime, limit: int) -> list[int]:
    """Contacts of whom nothing was heard since, who wait for nothing and whom nobody has, not erased yet."""
    mine = contact.c.id
    waits = exists().where(table.c.contact_id == mine, table.c.settled_at.is_(None))
    held = exists().where(assignment.c.contact_id == mine, assignment.c.ended_at.is_(None))
    idle = select(mine).where(contact.c.occurred_at < before, contact.c.erased_at.is_(None), ~waits, ~held)
    return list(connection.execute(idle.order_by(mine).limit(limit)).scalars())
