"""What lint found out about texts: asked for, worked out by a worker, and kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, or_, select, update

from routing.problems import Problem
from routing.types.pools import PoolName
from service.db.once import insert_once
from service.db.tables import lint_result as table

LEASE = timedelta(minutes=10)
"""How long a worker may reason about one text before another takes it over."""

FRESH = timedelta(minutes=10)
"""How long after it was last asked for a text is worth the work: an editor asks about many, and goes on."""

KEPT = timedelta(days=30)
TRIES = 3

_FINDINGS = TypeAdapter(tuple[Problem, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How far a text is: ``findings`` is None until they are known; ``given_up`` that they will not be."""

    findings: tuple[Problem, ...] | None
    given_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A text, the moment as of which it is looked at, and the pools that leave contacts to the next rule."""

    digest: str
    text: str
    moment: datetime
    passing: frozenset[PoolName]


def get(connection: Connection, digest: str) -> Result | None:
    """What is known of a question; None for one that was never asked."""
    row = connection.execute(
        select(table.c.findings, table.c.tries, table.c.lease_until).where(table.c.digest == digest)
    ).first()
    if row is None:
        return None
    findings = _FINDINGS.validate_python(row.findings) if row.findings is not None else None
    return Result(findings=findings, given_up=row.tries >= TRIES and row.lease_until is None)


def ask(connection: Connection, question: Question, now: datetime) -> None:
    """Have a worker find out, unless it is known; asked again, it stays worth the work."""
    again = update(table).where(table.c.digest == question.digest).values(asked_at=now)
    if connection.execute(again).rowcount == 0:
        insert_once(connection, table, _row(question) | {"asked_at": now, "tries": 0})


def claim(connection: Connection, now: datetime) -> Question | None:
    """Take the question asked last that nobody works on, or whose worker is gone."""
    row = connection.execute(
        select(table)
        .where(
            table.c.found_at.is_(None),
            table.c.asked_at > now - FRESH,
            table.c.tries < TRIES,
            or_(table.c.lease_until.is_(None), table.c.lease_until < now),
        )
        .order_by(table.c.asked_at.desc(), table.c.digest)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if row is None:
        return None
    ours = update(table).where(table.c.digest == row.digest)
    connection.execute(ours.values(lease_until=now + LEASE, tries=table.c.tries + 1))
    return Question(digest=row.digest, text=row.text, moment=row.moment, passing=frozenset(row.passing))


def keep(connection: Connection, question: Question, findings: Sequence[Problem], now: datetime) -> None:
    """Note what was found, whoever asked."""
    found = _FINDINGS.dump_python(tuple(findings), mode="json")
    done = {"text": None, "findings": found, "found_at": now, "lease_until": None}
    known = update(table).where(table.c.digest == question.digest).values(done)
    if connection.execute(known).rowcount == 0:
        insert_once(connection, table, _row(question) | done | {"asked_at": now, "tries": 1})


def give_back(connection: Connection, digest: str) -> None:
    """Leave a question to the next worker: this one could not find out."""
    connection.execute(update(table).where(table.c.digest == digest).values(lease_until=None))


def forget(connection: Connection, now: datetime) -> None:
    """Delete what nobody has asked for in a long time."""
    connection.execute(delete(table).where(table.c.asked_at < now - KEPT))


def _row(question: Question) -> dict[str, object]:
    passing: Collection[str] = sorted(question.passing)
    return {
        "digest": question.digest,
        "text": question.text,
        "moment": question.moment,
        "passing": passing,
    }
