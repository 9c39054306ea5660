"""The audit log: rows <-> values. Entries are added and sealed; nothing here changes or deletes one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from service.db import contacts
from service.db.tables import audit as table
from service.db.tables import audit_head as head_table
from service.db.tables import decision

_CHAIN = "audit"
_READ_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An entry as it is written: who did what to what, when."""

    at: datetime
    actor: str
    actor_id: str
    action: str
    subject: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A stored entry. ``seq`` is its place in the chain, ``seal`` what holds it there; None until sealed.

    ``digest`` is of the decision that it tells of, as it was when sealed.
    """

    id: int
    at: datetime
    actor: str
    actor_id: str
    action: str
    subject: str
    detail: dict[str, Any]
    seq: int | None
    digest: str | None
    seal: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the chain ends. ``proof`` is keyed: whoever lacks the key cannot move the end."""

    seq: int
    seal: str
    proof: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries a reader wants; None leaves a field open. ``before``: with smaller row numbers."""

    actor: str | None = None
    actions: Collection[str] | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    decisions: bool = True
    before: int | None = None


def write(connection: Connection, entries: Sequence[Written]) -> None:
    """Add entries, not sealed yet."""
    if entries:
        connection.execute(insert(table), [asdict(entry) for entry in entries])


def lock(connection: Connection) -> None:
    """Let one transaction at a time lengthen the chain."""
    contacts.lock(connection, [_CHAIN])


def unsealed(connection: Connection, limit: int) -> list[Entry]:
    """Entries that are not in the chain yet, the oldest first."""
    query = select(table).where(table.c.seq.is_(None)).order_by(table.c.id).limit(limit)
    return [_entry(row) for row in connection.execute(query)]


def seal(connection: Connection, sealed: Sequence[Entry]) -> None:
    """Put entries in their places of the chain."""
    placed = update(table).where(table.c.id == bindparam("row"), table.c.seq.is_(None))
    values: dict[str, Any] = {
        "seq": bindparam("place"),
        "digest": bindparam("told"),
        "seal": bindparam("held"),
    }
    rows = [{"row": e.id, "place": e.seq, "told": e.digest, "held": e.seal} for e in sealed]
    connection.execute(placed.values(values), rows)


def head(connection: Connection) -> Head | None:
    """Where the chain ends; None before the first entry was sealed."""
    row = connection.execute(select(head_table)).one_or_none()
    return None if row is None else Head(seq=row.seq, seal=row.seal, proof=row.proof, at=row.at)


def move_head(connection: Connection, moved: Head) -> None:
    """Note where the chain ends from now on."""
    values = asdict(moved)
    if not connection.execute(update(head_table).values(values)).rowcount:
        connection.execute(insert(head_table).values(id=1, **values))


def chain(connection: Connection) -> Iterator[Entry]:
    """The sealed entries, in the order of the chain."""
    last = -1
    while True:
        query = select(table).where(table.c.seq > last).order_by(table.c.seq, table.c.id).limit(_READ_AT_ONCE)
        rows = connection.execute(query).all()
        for row in rows:
            yield _entry(row)
        if len(rows) < _READ_AT_ONCE:
            return
        last = rows[-1].seq


def decided(connection: Connection, decision_ids: Sequence[str]) -> dict[str, Any]:
    """The rows of decisions, whole, by id."""
    rows = connection.execute(select(decision).where(decision.c.id.in_(decision_ids)))
    return {row.id: row._mapping for row in rows}


def waiting(connection: Connection) -> int:
    """How many entries are not in the chain yet."""
    query = select(func.count()).select_from(table).where(table.c.seq.is_(None))
    return connection.execute(query).scalar_one()


def oldest_unsealed(connection: Connection) -> datetime | None:
    """Since when the oldest entry waits that is not in the chain."""
    return connection.execute(select(func.min(table.c.at)).where(table.c.seq.is_(None))).scalar()


def page(connection: Connection, wanted: Wanted, limit: int) -> list[Entry]:
    """Up to ``limit`` entries, the newest first."""
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    for name in ("actor", "subject"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(table.c[name] == value)
    if wanted.actions is not None:
        query = query.where(table.c.action.in_(wanted.actions))
    if wanted.since is not None:
        query = query.where(table.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(table.c.at < wanted.until)
    if not wanted.decisions:
        query = query.where(table.c.action != "decision")
    if wanted.before is not None:
        query = query.where(table.c.id < wanted.before)
    return [_entry(row) for row in connection.execute(query)]


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        actor=row.actor,
        actor_id=row.actor_id,
        action=row.action,
        subject=row.subject,
        detail=row.detail,
        seq=row.seq,
        digest=row.digest,
        seal=row.seal,
    )
