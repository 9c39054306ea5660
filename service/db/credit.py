"""Credit: an append-only account for each contact and kind, which never holds more than one whole.

Shares are in millionths. What is taken back is a row of its own with a
negative share, so the sum of a rep's rows is what the rep has. The contact is
locked by whoever decides about it, so two cannot give the same share; a cause
(a decision or a dispute) writes each of its rows once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from routing.types.decision import Credit
from routing.types.people import RepId
from service.db.assignments import Status
from service.db.tables import assignment
from service.db.tables import credit as table

WHOLE = 1_000_000
"""All of the credit of one kind for one contact."""


class Reason(StrEnum):
    """Why a row was written."""

    EARNED = "earned"  # a decision started an assignment
    PASSED_ON = "passed_on"  # the assignment ended without being completed: taken back
    TAKEN = "taken"  # a dispute took it back
    AWARDED = "awarded"  # a dispute gave it


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """What a decision earns, for the contact of a row."""

    contact_row: int
    decision_id: str
    opportunity: str | None
    credits: tuple[Credit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a rep has of one kind for a contact, by the decision that earned it; ``share`` in millionths."""

    contact_row: int
    kind: str
    rep: RepId
    share: int
    decision_id: str
    opportunity: str | None
    rule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row. ``share`` is 0 to 1, negative for what is taken back."""

    id: int
    kind: str
    rep: RepId
    share: float
    decision_id: str
    opportunity: str | None
    rule: str | None
    reason: Reason
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which rows a reader wants; None leaves a field open."""

    rep: str | None = None
    kind: str | None = None
    decision_id: str | None = None
    contact_row: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What a rep has of one kind, over a time: whole contacts and parts of them, and how many contacts."""

    rep: RepId
    kind: str
    credit: float
    contacts: int


def follow(connection: Connection, earned: Sequence[Earned], now: datetime) -> None:
    """Take back what ended assignments had earned, and give what the new ones earn, once."""
    before = standing(connection, [each.contact_row for each in earned])
    lost = _lost(connection, {each.decision_id for held in before.values() for each in held})
    rows = []
    for each in earned:
        held = before.get(each.contact_row, [])
        back = [share for share in held if share.decision_id in lost]
        rows += [_back(share, each.decision_id, Reason.PASSED_ON, now) for share in back]
        left = _sums(share for share in held if share not in back)
        rows += _given(each, left, now)
    if rows:
        connection.execute(insert(table), rows)


def award(
    connection: Connection,
    contact_row: int,
    shares: Sequence[Credit],
    decision_id: str,
    cause: str,
    now: datetime,
) -> None:
    """Write what a dispute decided: of each kind named, all is taken back and given as said."""
    kinds = {each.kind for each in shares}
    held = [each for each in standing(connection, [contact_row]).get(contact_row, []) if each.kind in kinds]
    rows = [_back(each, cause, Reason.TAKEN, now) for each in held]
    deal = next((each.opportunity for each in held), None)
    rows += [
        _row(contact_row, each, decision_id, deal, cause, Reason.AWARDED, now)
        for each in shares
        if each.share
    ]
    if rows:
        connection.execute(insert(table), rows)


def standing(connection: Connection, contact_rows: Sequence[int]) -> dict[int, list[Standing]]:
    """What reps have for these contacts, by contact; what was taken back is gone."""
    if not contact_rows:
        return {}
    parts = (table.c.contact_id, table.c.kind, table.c.rep, table.c.decision_id)
    held = func.sum(table.c.share)
    query = (
        select(
            *parts,
            held.label("held"),
            func.max(table.c.opportunity).label("deal"),
            func.max(table.c.rule).label("rule"),
        )
        .where(table.c.contact_id.in_(contact_rows))
        .group_by(*parts)
        .having(held != 0)
        .order_by(*parts)
    )
    found: dict[int, list[Standing]] = {}
    for row in connection.execute(query):
        each = Standing(
            contact_row=row.contact_id,
            kind=row.kind,
            rep=RepId(row.rep),
            share=int(row.held),
            decision_id=row.decision_id,
            opportunity=row.deal,
            rule=row.rule,
        )
        found.setdefault(row.contact_id, []).append(each)
    return found


def page(connection: Connection, wanted: Filter, after: int, limit: int) -> list[Line]:
    """Up to ``limit`` rows from behind the row ``after``, in the order in which they were written."""
    query = select(table).where(table.c.id > after, *_conditions(wanted)).order_by(table.c.id).limit(limit)
    return [_line(row) for row in connection.execute(query)]


def totals(connection: Connection, wanted: Filter) -> list[Total]:
    """What each rep has of each kind, of the rows that are wanted."""
    share, contacts = func.sum(table.c.share), func.count(table.c.contact_id.distinct())
    query = (
        select(table.c.rep, table.c.kind, share.label("share"), contacts.label("contacts"))
        .where(*_conditions(wanted))
        .group_by(table.c.rep, table.c.kind)
        .having(share != 0)
        .order_by(table.c.rep, table.c.kind)
    )
    return [
        Total(rep=RepId(row.rep), kind=row.kind, credit=int(row.share) / WHOLE, contacts=row.contacts)
        for row in connection.execute(query)
    ]


def _lost(connection: Connection, decision_ids: Iterable[str]) -> set[str]:
    """Those of the decisions whose assignment has ended, but was not completed."""
    wanted = sorted(decision_ids)
    if not wanted:
        return set()
    query = select(assignment.c.decision_id).where(
        assignment.c.decision_id.in_(wanted),
        assignment.c.ended_at.is_not(None),
        assignment.c.status != Status.COMPLETED,
    )
    return set(connection.execute(query).scalars())


def _sums(held: Iterable[Standing]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for each in held:
        sums[each.kind] = sums.get(each.kind, 0) + each.share
    return sums


def _given(earned: Earned, left: Mapping[str, int], now: datetime) -> list[dict[str, Any]]:
    """The rows of a decision's credits, but for kinds that somebody has already."""
    return [
        _row(
            earned.contact_row,
            each,
            earned.decision_id,
            earned.opportunity,
            earned.decision_id,
            Reason.EARNED,
            now,
        )
        for each in earned.credits
        if not left.get(each.kind)
    ]


def _row(
    contact_row: int,
    credit: Credit,
    decision_id: str,
    opportunity: str | None,
    cause: str,
    reason: Reason,
    now: datetime,
) -> dict[str, Any]:
    return {
        "contact_id": contact_row,
        "opportunity": opportunity,
        "kind": credit.kind,
        "rep": credit.rep,
        "share": int(round(credit.share * WHOLE, 3)),  # rounded down: shares never add up to more than one
        "decision_id": decision_id,
        "rule": credit.rule,
        "reason": reason,
        "cause": cause,
        "at": now,
    }


def _back(held: Standing, cause: str, reason: Reason, now: datetime) -> dict[str, Any]:
    return {
        "contact_id": held.contact_row,
        "opportunity": held.opportunity,
        "kind": held.kind,
        "rep": held.rep,
        "share": -held.share,
        "decision_id": held.decision_id,
        "rule": held.rule,
        "reason": reason,
        "cause": cause,
        "at": now,
    }


def _conditions(wanted: Filter) -> list[Any]:
    exact = {
        "rep": table.c.rep,
        "kind": table.c.kind,
        "decision_id": table.c.decision_id,
        "contact_row": table.c.contact_id,
    }
    found = [
        column == value for name, column in exact.items() if (value := getattr(wanted, name)) is not None
    ]
    if wanted.since is not None:
        found.append(table.c.at >= wanted.since)
    if wanted.until is not None:
        found.append(table.c.at < wanted.until)
    return found


def _line(row: Row[Any]) -> Line:
    return Line(
        id=row.id,
        kind=row.kind,
        rep=RepId(row.rep),
        share=row.share / WHOLE,
        decision_id=row.decision_id,
        opportunity=row.opportunity,
        rule=row.rule,
        reason=Reason(row.reason),
        at=row.at,
    )
