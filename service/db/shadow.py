"""Contacts that are decided beside another system: the mode, and for each contact both owners.

A shadow decision is stored like any other, so that it explains itself and can be
tried under a draft. In the list of decisions its outcome is `SHADOW` and it names
no rep, for nobody has the contact by it; its body holds what was decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, case, delete, exists, func, insert, or_, select, update

from matching.types import Contact
from service.db.tables import contact, decision, pool, pool_member, rep, shadow_mode
from service.db.tables import shadow_case as table
from service.decision import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """Whose contacts are decided beside another system, and where they carry its owner.

    ``sources`` None means everyone's. ``owner_field`` is a custom field of the contact.
    """

    sources: frozenset[str] | None
    owner_field: str
    since: datetime
    author: str

    def hides(self, arriving: Contact) -> bool:
        """Whether what is decided about this contact is only recorded."""
        return self.sources is None or arriving.source in self.sources

    def incumbent(self, known: Contact) -> str | None:
        """Whom the other system gave the contact to, as the contact says."""
        value = known.custom.get(self.owner_field)
        return str(value).strip() or None if value is not None else None


class Verdict(StrEnum):
    """How the two owners of a contact compare."""

    AGREES = "agrees"  # the same rep
    SAME_POOL = "same_pool"  # another rep of the pool that was asked: whose turn it is differs, no rule
    DIFFERS = "differs"  # another rep
    UNASSIGNED = "unassigned"  # the other system has an owner; by the rules nobody would have it yet
    UNKNOWN = "unknown"  # the other system's owner is not known


DISAGREEMENTS = (Verdict.DIFFERS, Verdict.UNASSIGNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One contact with both owners."""

    contact_row: int
    decision_id: str
    contact_id: str | None
    email: str | None
    company: str | None
    at: datetime
    rule: str | None
    outcome: str
    rep: str | None
    pool: str | None
    incumbent: str | None
    verdict: Verdict


def mode(connection: Connection) -> Mode | None:
    """The mode in this transaction; None when every decision counts."""
    row = connection.execute(select(shadow_mode).where(shadow_mode.c.id == 1)).first()
    if row is None:
        return None
    sources = frozenset(row.sources) if row.sources is not None else None
    return Mode(sources=sources, owner_field=row.owner_field, since=row.since, author=row.author)


def switch(connection: Connection, wanted: Mode | None) -> None:
    """Decide beside another system from now on; None: for real."""
    connection.execute(delete(shadow_mode))
    if wanted is not None:
        sources = sorted(wanted.sources) if wanted.sources is not None else None
        values = {"owner_field": wanted.owner_field, "since": wanted.since, "author": wanted.author}
        connection.execute(insert(shadow_mode).values(id=1, sources=sources, **values))


def record(connection: Connection, settled: Sequence[tuple[int, Decision]]) -> None:
    """Keep the latest decision on each contact, given with its row, beside the other system's owner."""
    if not settled:
        return
    owners = _known_as(connection, {each.incumbent for _, each in settled if each.incumbent})
    connection.execute(delete(table).where(table.c.contact_id.in_([row for row, _ in settled])))
    latest = dict(settled)
    connection.execute(
        insert(table),
        [
            {
                "contact_id": row,
                "decision_id": each.id,
                "at": each.at,
                "rule": each.routing.rule,
                "outcome": each.routing.outcome,
                "rep": each.routing.assignee,
                "pool": each.routing.pool,
                "incumbent": owners.get(each.incumbent, each.incumbent) if each.incumbent else None,
            }
            for row, each in latest.items()
        ],
    )


def report_owners(connection: Connection, owners: Mapping[str, str]) -> int:
    """Note the other system's owners, by the contact's external id; how many contacts were found."""
    known = _known_as(connection, set(owners.values()))
    rows = connection.execute(
        select(contact.c.id, contact.c.external_id)
        .join(table, table.c.contact_id == contact.c.id)
        .where(contact.c.external_id.in_(list(owners)))
    ).all()
    for row in rows:
        owner = owners[row.external_id]
        ours = update(table).where(table.c.contact_id == row.id)
        connection.execute(ours.values(incumbent=known.get(owner, owner)))
    return len(rows)


def by_rule(connection: Connection, since: datetime) -> list[tuple[str | None, Verdict, int]]:
    """How many contacts decided since then compare how, by the rule."""
    found = _compared(since).subquery()
    query = select(found.c.rule, found.c.verdict, func.count()).group_by(found.c.rule, found.c.verdict)
    return [(rule, Verdict(verdict), count) for rule, verdict, count in connection.execute(query)]


def by_day(connection: Connection, since: datetime) -> list[tuple[str, Verdict, int]]:
    """How many contacts decided since then compare how, by the day in UTC."""
    found = _compared(since).subquery()
    day = func.date(found.c.at)
    query = select(day, found.c.verdict, func.count()).group_by(day, found.c.verdict).order_by(day)
    return [(str(at), Verdict(verdict), count) for at, verdict, count in connection.execute(query)]


def page(
    connection: Connection,
    since: datetime,
    verdicts: Sequence[Verdict],
    *,
    rule: str | None,
    after: tuple[datetime, int] | None,
    limit: int,
) -> list[Beside]:
    """Up to ``limit`` contacts that compare so, the newest decision first, older than ``after``."""
    found = _compared(since).subquery()
    query = (
        select(found, contact.c.external_id, decision.c.email, decision.c.company)
        .join(contact, contact.c.id == found.c.contact_id)
        .join(decision, decision.c.id == found.c.decision_id)
        .where(found.c.verdict.in_([verdict.value for verdict in verdicts]))
        .order_by(found.c.at.desc(), found.c.contact_id.desc())
        .limit(limit)
    )
    if rule is not None:
        query = query.where(found.c.rule == rule)
    if after is not None:
        at, row = after
        query = query.where(or_(found.c.at < at, (found.c.at == at) & (found.c.contact_id < row)))
    return [_row(each) for each in connection.execute(query)]


def _compared(since: datetime) -> Select[Any]:
    member = exists().where(
        pool.c.name == table.c.pool,
        pool_member.c.pool_id == pool.c.id,
        pool_member.c.rep == table.c.incumbent,
    )
    verdict = case(
        (table.c.incumbent.is_(None), Verdict.UNKNOWN.value),
        (table.c.rep.is_(None), Verdict.UNASSIGNED.value),
        (table.c.rep == table.c.incumbent, Verdict.AGREES.value),
        (member, Verdict.SAME_POOL.value),
        else_=Verdict.DIFFERS.value,
    )
    return select(table, verdict.label("verdict")).where(table.c.at >= since)


def _known_as(connection: Connection, names: set[str]) -> dict[str, str]:
    """The reps that the other system's owners are: by their id, or by their e-mail in any case."""
    if not names:
        return {}
    lowered = {name.lower(): name for name in names}
    query = select(rep.c.external_id, func.lower(rep.c.email).label("email")).where(
        func.lower(rep.c.email).in_(list(lowered))
    )
    return {lowered[row.email]: row.external_id for row in connection.execute(query)}


def _row(row: Row[Any]) -> Beside:
    return Beside(
        contact_row=row.contact_id,
        decision_id=row.decision_id,
        contact_id=row.external_id,
        email=row.email,
        company=row.company,
        at=row.at,
        rule=row.rule,
        outcome=row.outcome,
        rep=row.rep,
        pool=row.pool,
        incumbent=row.incumbent,
        verdict=Verdict(row.verdict),
    )
