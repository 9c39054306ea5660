"""What people answered about matches: remembered for a company name and domain, with who and when.

One answer stands for a company and an account at a time. What a newer answer
contradicts ends with it; nothing is deleted, so that the history can be read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from matching.memory import CompanyKey
from matching.types import AccountId, Remembered
from service.db import contacts
from service.db.statements import Statement, as_moment
from service.db.tables import match_memory as table

_RECALL = Statement(
    """
    SELECT asked.place, m.account, m.same, m.said_by, m.said_at
    FROM {asked} CROSS JOIN match_memory m
    WHERE m.name = asked.name AND m.domain = asked.domain AND m.undone_at IS NULL
    AND (m.name <> '' OR (
        SELECT count(*) FROM (
            SELECT DISTINCT d.account_id FROM account_domain d
            WHERE d.domain = m.domain AND NOT d.quarantined LIMIT 2
        ) AS few
    ) < 2)
    """,
    asked={"place": "bigint", "name": "text", "domain": "text"},
)

_SHARED = Statement(
    """
    SELECT count(*) FROM (
        SELECT DISTINCT d.account_id FROM account_domain d
        WHERE d.domain = {:domain} AND NOT d.quarantined LIMIT 2
    ) AS few
    """
)


class Answer(StrEnum):
    """What a person says of an uncertain match."""

    ACCOUNT = "account"  # it is this account
    NEVER = "never"  # it is never this account
    NONE = "none"  # it is none of the accounts shown
    NEW_ACCOUNT = "new_account"  # it is none of them: the account is new, or is yet to be created


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """One answer as it is kept. ``same``: contacts of this company are on the account; else they never are.

    ``name`` is the company name without its legal form, empty where the contact
    gave none; ``domain`` is empty where its address is on free-mail and the like.
    ``undone_at`` is set when it no longer counts.
    """

    id: int
    name: str
    domain: str
    account_id: AccountId
    same: bool
    answer: Answer
    decision_id: str
    by: str
    at: datetime
    undone_at: datetime | None
    undone_by: str | None

    @property
    def company(self) -> CompanyKey:
        """What it is remembered for."""
        return CompanyKey(name=self.name, domain=self.domain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which answers a reader wants; None leaves a field open. ``standing``: those that count."""

    name: str | None = None
    domain: str | None = None
    account_id: str | None = None
    answer: Answer | None = None
    standing: bool | None = None


def recall(connection: Connection, asked: Sequence[CompanyKey | None]) -> list[tuple[Remembered, ...]]:
    """What is remembered for each company, by account id.

    For a domain without a name nothing is, while several accounts have the domain.
    """
    rows = [(place, key.name, key.domain) for place, key in enumerate(asked) if key is not None]
    found: list[list[Remembered]] = [[] for _ in asked]
    for place, account, same, by, at in _RECALL.read(connection, asked=rows) if rows else ():
        said_at = as_moment(at)
        assert said_at is not None, "an answer has its time"
        found[place].append(Remembered(account_id=AccountId(account), same=bool(same), by=by, at=said_at))
    return [tuple(sorted(each, key=lambda item: item.account_id)) for each in found]


def holds(connection: Connection, company: CompanyKey) -> bool:
    """Whether an answer about one contact of this company can stand for the others.

    A domain without a name stands for a company only while it is at most one account's.
    """
    return bool(company.name) or _SHARED.read(connection, domain=company.domain)[0][0] < 2


def remember(
    connection: Connection,
    company: CompanyKey,
    said: Sequence[Remembered],
    answer: Answer,
    decision_id: str,
    now: datetime,
) -> None:
    """Keep what was said of a company. Said before: no change. What it contradicts ends."""
    contacts.lock(connection, [f"company:{company.name}\x1f{company.domain}"])
    standing = {memory.account_id: memory for memory in _standing(connection, company)}
    for each in said:
        against = [memory for memory in standing.values() if _contradicts(each, memory)]
        for memory in against:
            undo(connection, memory.id, each.by, now)
        if each.account_id in standing and standing[each.account_id] not in against:
            continue
        row = {
            "name": company.name,
            "domain": company.domain,
            "account": each.account_id,
            "same": each.same,
            "answer": answer,
            "decision_id": decision_id,
            "said_by": each.by,
            "said_at": each.at,
        }
        connection.execute(insert(table).values(row))


def _contradicts(said: Remembered, memory: Memory) -> bool:
    if said.account_id == memory.account_id:
        return said.same != memory.same
    return said.same and memory.same


def _standing(connection: Connection, company: CompanyKey) -> list[Memory]:
    query = select(table).where(
        table.c.name == company.name, table.c.domain == company.domain, table.c.undone_at.is_(None)
    )
    return [_memory(row) for row in connection.execute(query)]


def get(connection: Connection, memory_id: int) -> Memory | None:
    """One answer, or None."""
    row = connection.execute(select(table).where(table.c.id == memory_id)).first()
    return None if row is None else _memory(row)


def of_decision(connection: Connection, decision_id: str) -> list[Memory]:
    """What the answer about one decision left behind, undone or not."""
    return [
        _memory(row) for row in connection.execute(select(table).where(table.c.decision_id == decision_id))
    ]


def undo(connection: Connection, memory_id: int, by: str, now: datetime) -> bool:
    """Let an answer no longer count; False when it did not any more."""
    done = connection.execute(
        update(table)
        .where(table.c.id == memory_id, table.c.undone_at.is_(None))
        .values(undone_at=now, undone_by=by)
    )
    return done.rowcount == 1


def page(connection: Connection, wanted: Filter, before: int | None, limit: int) -> list[Memory]:
    """Up to ``limit`` answers, newest first, from before the one with the id ``before``."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    exact = {
        "name": wanted.name,
        "domain": wanted.domain,
        "account": wanted.account_id,
        "answer": wanted.answer,
    }
    for column, value in exact.items():
        if value is not None:
            query = query.where(table.c[column] == value)
    if wanted.standing is not None:
        stands = table.c.undone_at.is_(None)
        query = query.where(stands if wanted.standing else ~stands)
    if before is not None:
        query = query.where(table.c.id < before)
    return [_memory(row) for row in connection.execute(query)]


def _memory(row: Row[Any]) -> Memory:
    return Memory(
        id=row.id,
        name=row.name,
        domain=row.domain,
        account_id=AccountId(row.account),
        same=row.same,
        answer=Answer(row.answer),
        decision_id=row.decision_id,
        by=row.said_by,
        at=row.said_at,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
    )
