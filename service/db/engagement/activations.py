"""Activations: one for an account and period, whoever finds it first; each leads to its decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select, tuple_, update

from routing.types.facts import Activation as Facts
from routing.types.facts import ActivationKind, ProgramTier
from service.db.once import insert_once
from service.db.tables import activation as table
from service.records.reserved import ACTIVATION


def of_person(external_id: ColumnElement[str | None]) -> ColumnElement[bool]:
    """Whether a contact with this external id is a person, not what stands in for one after an activation."""
    return or_(external_id.is_(None), ~external_id.startswith(ACTIVATION, autoescape=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One of the signals that an activation rests on, and what it counted then, in points."""

    signal: int
    kind: str
    at: datetime
    person: str | None
    topic: str | None
    stage: str | None
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """An account that was activated: what did it, how it stood, on what that rests, what was decided."""

    id: str
    account: str
    number: int
    kind: ActivationKind
    at: datetime
    until: datetime
    tier: ProgramTier | None
    score: float
    people: int
    topic: str | None
    stage: str | None
    why: tuple[Reason, ...]
    engaged: tuple[str, ...]
    settings: int
    decision_id: str | None = None
    decided_at: datetime | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which activations to list; None: any. ``since`` and ``until`` are of when they happened."""

    account: str | None = None
    kind: ActivationKind | None = None
    tier: ProgramTier | None = None
    since: datetime | None = None
    until: datetime | None = None


def last_of(connection: Connection, accounts: Sequence[str]) -> dict[str, Activation]:
    """The last activation of each account that had one."""
    if not accounts:
        return {}
    last = (
        select(table.c.account, func.max(table.c.number).label("number"))
        .where(table.c.account.in_(sorted(set(accounts))))
        .group_by(table.c.account)
        .subquery()
    )
    query = select(table).join(last, (table.c.account == last.c.account) & (table.c.number == last.c.number))
    return {row.account: _activation(row) for row in connection.execute(query)}


def add(connection: Connection, made: Activation) -> bool:
    """Store an activation; False, and no change, when the account has one of its number."""
    return insert_once(connection, table, _columns(made))


def get(connection: Connection, activation_id: str) -> Activation | None:
    """One activation."""
    row = connection.execute(select(table).where(table.c.id == activation_id)).first()
    return None if row is None else _activation(row)


def page(
    connection: Connection, wanted: Wanted, *, before: tuple[datetime, str] | None, limit: int
) -> list[Activation]:
    """Activations, the newest first, from behind one of a moment and id."""
    query = select(table)
    for name in ("account", "kind", "tier"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(table.c[name] == value)
    if wanted.since is not None:
        query = query.where(table.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(table.c.at < wanted.until)
    if before is not None:
        query = query.where(tuple_(table.c.at, table.c.id) < before)
    return [
        _activation(row)
        for row in connection.execute(query.order_by(table.c.at.desc(), table.c.id.desc()).limit(limit))
    ]


def undecided(connection: Connection, limit: int) -> list[Activation]:
    """Activations that wait to be decided, the oldest first."""
    query = select(table).where(table.c.decided_at.is_(None)).order_by(table.c.at, table.c.id)
    return [_activation(row) for row in connection.execute(query.limit(limit))]


def settle(connection: Connection, activation_id: str, decision_id: str, now: datetime) -> None:
    """Note what was decided; again: no change."""
    open_ = update(table).where(table.c.id == activation_id, table.c.decided_at.is_(None))
    connection.execute(open_.values(decision_id=decision_id, decided_at=now, problem=None))


def fail(connection: Connection, activation_id: str, problem: str) -> None:
    """Note why one could not be decided this time."""
    open_ = update(table).where(table.c.id == activation_id, table.c.decided_at.is_(None))
    connection.execute(open_.values(problem=problem[:500]))


def facts(connection: Connection, contacts: Sequence[str | None]) -> dict[str, Facts]:
    """What rules may ask of activations, by the external id of what stands in for a contact."""
    named = {each: each.removeprefix(ACTIVATION) for each in contacts if each and each.startswith(ACTIVATION)}
    found = last_of(connection, list(named.values()))
    return {
        contact: Facts(
            kind=each.kind, score=each.score, people=each.people, stage=each.stage, topic=each.topic
        )
        for contact, account in named.items()
        if (each := found.get(account)) is not None
    }


def _columns(made: Activation) -> dict[str, Any]:
    given = {column.name: getattr(made, column.name) for column in table.c if column.name != "document"}
    return {**given, "document": {"why": [_said(each) for each in made.why], "people": list(made.engaged)}}


def _said(each: Reason) -> dict[str, Any]:
    return {**{name: getattr(each, name) for name in Reason.__slots__}, "at": each.at.isoformat()}


def _activation(row: Row[Any]) -> Activation:
    given = {column.name: getattr(row, column.name) for column in table.c if column.name != "document"}
    why = tuple(Reason(**{**each, "at": datetime.fromisoformat(each["at"])}) for each in row.document["why"])
    return Activation(
        **{
            **given,
            "kind": ActivationKind(row.kind),
            "tier": ProgramTier(row.tier) if row.tier is not None else None,
        },
        why=why,
        engaged=tuple(row.document["people"]),
    )
