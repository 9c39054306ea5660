"""Whose data was erased: known by a keyed hash of the address, so that it can be recognised and not read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from matching.normalize import normalize
from matching.types import Contact
from service.db import instance
from service.db.keyring import mark
from service.db.tables import contact, inbox
from service.db.tables import erasure as table
from service.decision import Decision, Incoming

PREFIX = "erased:"
"""What the external id of a contact begins with whose data were erased."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """That somebody's data was erased: how many rows of what; lifted when the address may come in again."""

    id: str
    at: datetime
    by: str
    erased: dict[str, int]
    lifted_at: datetime | None
    lifted_by: str | None


def subject(key: str, email: str) -> str:
    """What stands for an address. ``key`` is the deployment's."""
    return mark(key, "erasure", email.strip().lower())


def add(connection: Connection, made: Erasure, hashed: str) -> str:
    """Store an erasure, or renew the one of the same person; the id that it has."""
    known = connection.execute(select(table.c.id).where(table.c.subject == hashed)).scalar()
    values = {"at": made.at, "by": made.by, "erased": made.erased, "lifted_at": None, "lifted_by": None}
    if known is not None:
        connection.execute(update(table).where(table.c.id == known).values(values))
        return str(known)
    connection.execute(insert(table).values(id=made.id, subject=hashed, **values))
    return made.id


def keep_out(connection: Connection, erasure_id: str, row: int | None, now: datetime) -> None:
    """Leave a contact with nothing in it, to which events of the person lead; ``row``: one that there is."""
    emptied = {
        "identity": f"x:{PREFIX}{erasure_id}",
        "external_id": PREFIX + erasure_id,
        "email": None,
        "domain": None,
        "data": {"external_id": PREFIX + erasure_id},
        "answers": {},
        "erased_at": now,
        "updated_at": now,
    }
    known = select(contact.c.id).where(contact.c.external_id == PREFIX + erasure_id)
    there = connection.execute(known).scalar()
    if there is not None or row is not None:
        which = there if there is not None else row
        connection.execute(update(contact).where(contact.c.id == which).values(emptied))
    else:
        connection.execute(insert(contact).values(**emptied, occurred_at=now, created_at=now))


def lift(connection: Connection, erasure_id: str, by: str, now: datetime) -> Erasure | None:
    """Take the person's contacts in again from now on; None when there is no such erasure."""
    open_ = update(table).where(table.c.id == erasure_id, table.c.lifted_at.is_(None))
    connection.execute(open_.values(lifted_at=now, lifted_by=by))
    row = connection.execute(select(table).where(table.c.id == erasure_id)).one_or_none()
    return None if row is None else _value(row)


def listed(connection: Connection) -> tuple[Erasure, ...]:
    """Every erasure, the newest first."""
    return tuple(
        _value(row) for row in connection.execute(select(table).order_by(table.c.at.desc(), table.c.id))
    )


def emptied(connection: Connection, arriving: Sequence[Incoming]) -> list[Incoming]:
    """The events, those of people whose data were erased without anything of theirs.

    Such an event leads to the empty contact that the erasure left, and is
    older than it: so it is decided as superseded, under its own key, and
    changes and keeps nothing.
    """
    emails = {place: email for place, each in enumerate(arriving) if (email := normalize(each.contact).email)}
    key = instance.known_key(connection) if emails else None
    if key is None:
        return list(arriving)
    hashed = {place: subject(key, email) for place, email in emails.items()}
    found = _standing(connection, hashed.values())
    return [
        _without(each, found[hashed[place]]) if hashed.get(place) in found else each
        for place, each in enumerate(arriving)
    ]


def was_kept_out(decision: Decision) -> bool:
    """Whether a decision is about an event of somebody whose data were erased."""
    return (decision.contact.external_id or "").startswith(PREFIX)


def empty_items(connection: Connection, items: Sequence[int]) -> None:
    """Delete the bodies of inbox items that were kept out."""
    if items:
        blank = update(inbox).where(inbox.c.id.in_(items))
        connection.execute(blank.values(body=b"", notes=[], problem=None))


def _standing(connection: Connection, hashed: Iterable[str]) -> dict[str, str]:
    query = select(table.c.subject, table.c.id)
    query = query.where(table.c.subject.in_(sorted(set(hashed))), table.c.lifted_at.is_(None))
    return {row.subject: row.id for row in connection.execute(query)}


def _without(incoming: Incoming, erasure_id: str) -> Incoming:
    return replace(incoming, contact=Contact(external_id=PREFIX + erasure_id), occurred_at=_LONG_AGO)


def _value(row: Row[Any]) -> Erasure:
    return Erasure(
        id=row.id,
        at=row.at,
        by=row.by,
        erased=row.erased,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
    )
