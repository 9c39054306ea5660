"""Decisions: stored once, read by event, by id and as a list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_json as to_bytes
from sqlalchemy import Connection, and_, bindparam, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from matching.types import AccountId, MatchOutcome
from routing.types.decision import RoutingOutcome
from routing.types.people import Hand
from service.db import event_keys
from service.db.tables import decision as table
from service.decision import Decision, from_json, to_json

_HAND: TypeAdapter[Hand] = TypeAdapter(Hand)


SHADOW = "shadow"
"""What the list has as the outcome of a decision that put nobody to work, see `service.db.shadow`."""
NOT_STANDING = (RoutingOutcome.SUPERSEDED.value, SHADOW)
"""Outcomes of decisions that changed nothing about who has the contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A decision to be stored, with the row of its contact."""

    decision: Decision
    contact_row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which decisions a reader wants; None leaves a field open."""

    match_outcome: str | None = None
    routing_outcome: str | None = None
    account: str | None = None
    rep: str | None = None
    rule: str | None = None
    email: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in the list of decisions: the last one seen. The next page is older."""

    at: datetime
    id: str


def by_event(connection: Connection, keys: Iterable[str]) -> dict[str, Decision]:
    """The decisions already taken on these events, by event key; also those whose key an erasure hid."""
    wanted = set(keys)
    plain = event_keys.by_hidden(connection, wanted)
    query = select(table.c.event_key, table.c.body).where(table.c.event_key.in_(sorted(wanted | set(plain))))
    return {plain.get(key, key): from_json(body) for key, body in connection.execute(query)}


def get(connection: Connection, decision_id: str) -> Decision | None:
    """One decision, or None."""
    body = connection.execute(select(table.c.body).where(table.c.id == decision_id)).scalar()
    return None if body is None else from_json(body)


def hands(connection: Connection, decision_ids: Sequence[str]) -> dict[str, Hand]:
    """Who took which of these decisions by hand, and why; those that rules took are left out."""
    if not decision_ids:
        return {}
    hand = table.c.body[("routing", "hand")].as_string()
    query = select(table.c.id, hand.label("hand")).where(table.c.id.in_(decision_ids), table.c.rule.is_(None))
    return {row.id: _HAND.validate_json(row.hand) for row in connection.execute(query) if row.hand}


def contact_row(connection: Connection, decision_id: str) -> int | None:
    """The row of the contact that a decision is about."""
    return connection.execute(select(table.c.contact_id).where(table.c.id == decision_id)).scalar()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a contact was matched by its latest decision. ``candidates`` are the accounts that were shown."""

    decision_id: str
    outcome: MatchOutcome
    account_id: AccountId | None
    score: float
    candidates: frozenset[str]


def latest(connection: Connection, contact_rows: Sequence[int]) -> dict[int, Standing]:
    """How each contact was matched last, by the contact's row; stale events decided nothing."""
    newest = func.row_number().over(
        partition_by=table.c.contact_id, order_by=(table.c.at.desc(), table.c.id.desc())
    )
    ranked = (
        select(table.c.id, newest.label("place"))
        .where(table.c.contact_id.in_(contact_rows), table.c.routing_outcome != RoutingOutcome.SUPERSEDED)
        .subquery()
    )
    query = select(
        table.c.id,
        table.c.contact_id,
        table.c.match_outcome,
        table.c.account,
        table.c.score,
        table.c.body[("match", "candidates")].as_string().label("candidates"),
    ).join(ranked, (ranked.c.id == table.c.id) & (ranked.c.place == 1))
    return {row.contact_id: _standing(row) for row in connection.execute(query)}


def _standing(row: Any) -> Standing:
    return Standing(
        decision_id=row.id,
        outcome=MatchOutcome(row.match_outcome),
        account_id=row.account,
        score=row.score,
        candidates=frozenset(each["account_id"] for each in json.loads(row.candidates)),
    )


def newest(connection: Connection, contact_row: int) -> Decision:
    """The decision that stands for a stored contact: its newest that was about who has it."""
    query = (
        select(table.c.body)
        .where(table.c.contact_id == contact_row, table.c.routing_outcome.not_in(NOT_STANDING))
        .order_by(table.c.at.desc(), table.c.id.desc())
        .limit(1)
    )
    return from_json(connection.execute(query).scalar_one())


def page(connection: Connection, wanted: Filter, after: Position | None, limit: int) -> list[Decision]:
    """Up to ``limit`` decisions, newest first, older than ``after``.

    New decisions appear only before the first page, so a reader that follows
    the cursor sees every older decision exactly once.
    """
    query = select(table.c.body).order_by(table.c.at.desc(), table.c.id.desc()).limit(limit)
    for condition in _conditions(wanted):
        query = query.where(condition)
    if after is not None:
        older = or_(table.c.at < after.at, and_(table.c.at == after.at, table.c.id < after.id))
        query = query.where(older)
    return [from_json(body) for body in connection.execute(query).scalars()]


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    exact = ("match_outcome", "routing_outcome", "account", "rep", "rule", "email")
    found = [table.c[name] == getattr(wanted, name) for name in exact if getattr(wanted, name) is not None]
    if wanted.since is not None:
        found.append(table.c.at >= wanted.since)
    if wanted.until is not None:
        found.append(table.c.at < wanted.until)
    return found


def store(connection: Connection, entries: Sequence[Entry]) -> None:
    """Store decisions. An event that was decided meanwhile breaks the unique key, and the transaction."""
    if entries:
        connection.execute(insert(table), [_row(entry) for entry in entries])


def _row(entry: Entry) -> dict[str, Any]:
    decision = entry.decision
    return {
        "id": decision.id,
        "event_key": decision.event_key,
        "event_digest": decision.event_digest,
        "contact_id": entry.contact_row,
        "at": decision.at,
        "source": decision.contact.source,
        "email": decision.normalized.email,
        "company": decision.contact.company,
        "match_outcome": decision.match.outcome,
        "account": decision.match.account_id,
        "score": decision.match.score,
        "routing_outcome": SHADOW if decision.shadow else decision.routing.outcome,
        "rule": decision.routing.rule,
        "rep": None if decision.shadow else decision.routing.assignee,
        "pool": decision.routing.pool,
        "queue": decision.routing.queue,
        "assignment_id": decision.assignment.id if decision.assignment else None,
        "policy_version": decision.versions.policy,
        "rulebook_version": decision.versions.rulebook,
        "body": (body := to_json(decision)),
        "mentions": mentions(body, decision.normalized.email),
    }


def look_for_mentions(connection: Connection, limit: int) -> int:
    """Look through decisions not known to mention an address or not; how many there were."""
    unknown = select(table.c.id, table.c.email, table.c.body).where(table.c.mentions.is_(None))
    rows = connection.execute(unknown.order_by(table.c.id).limit(limit)).all()
    if rows:
        found = [{"row": row.id, "said": mentions(row.body, row.email)} for row in rows]
        this = update(table).where(table.c.id == bindparam("row"))
        connection.execute(this.values(mentions=bindparam("said")), found)
    return len(rows)


_ADDRESS = re.compile(rb'[^\s"@\\]+@[^\s"@\\]+')


def mentions(body: Any, email: str | None) -> bool:
    """Whether an e-mail address, or what may be one, stands in a stored decision beside its contact's own.

    Who looks for somebody's data need not read those decisions in which none does.
    """
    own = (email or "").encode()
    return any(found.lower() != own for found in _ADDRESS.findall(to_bytes(body)))
