"""Contacts: which events are of one person, and what was last known of them.

A contact is known by its external id, else by its e-mail, else by a digest of
what little it says. `lock` makes the events of one contact take turns: two
events of one contact are never decided at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Connection, Row, bindparam, func, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from matching.types import Contact
from service.db.tables import contact as table

_STORED: TypeAdapter[Contact] = TypeAdapter(Contact)
_DESCRIBING = ("company", "website", "phone", "first_name", "last_name", "city", "country")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """How a contact is recognised. ``email`` is normalised; ``digest`` stands in when both are missing."""

    external_id: str | None
    email: str | None
    digest: str | None

    def names(self) -> tuple[str, ...]:
        """Every name this contact goes by, the strongest first."""
        named = (("x:", self.external_id), ("e:", self.email), ("f:", self.digest))
        return tuple(prefix + value for prefix, value in named if value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A contact that was decided before. ``identity`` is the name it was first known by."""

    row: int
    identity: str
    external_id: str | None
    email: str | None
    domain: str | None
    account: str | None  # matched by its latest decision
    contact: Contact
    answers: Mapping[str, str]  # by rule: what became of its question or hold
    occurred_at: datetime

    def names(self) -> tuple[str, ...]:
        """Every name this contact goes by; see `lock`."""
        digest = self.identity.removeprefix("f:") if self.identity.startswith("f:") else None
        return Identity(external_id=self.external_id, email=self.email, digest=digest).names()


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What is to be remembered of a contact. ``row`` is None for a contact seen the first time."""

    row: int | None
    identity: str
    email: str | None
    domain: str | None
    account: str | None
    contact: Contact
    answers: Mapping[str, str]
    occurred_at: datetime


def identify(contact: Contact, email: str | None) -> Identity:
    """The identity of a contact whose normalised e-mail is ``email`` (None: unusable)."""
    digest = None
    if not contact.external_id and not email:
        said = "\x1f".join((getattr(contact, name) or "").strip().casefold() for name in _DESCRIBING)
        digest = hashlib.sha256(said.encode()).hexdigest()
    return Identity(external_id=contact.external_id or None, email=email, digest=digest)


def merged(known: Contact, incoming: Contact) -> Contact:
    """What is known of a contact after an event: what the event leaves out stays as it was."""
    said = {f.name: value for f in fields(Contact) if (value := getattr(incoming, f.name)) is not None}
    said["custom"] = {**known.custom, **incoming.custom}
    return replace(known, **said)


def lock(connection: Connection, names: Iterable[str]) -> None:
    """Wait for, and keep out, every other transaction that holds one of these names.

    Names are those of `Identity.names`, or any other that must not be worked on twice at once.

    Locks are taken in one order everywhere, so they cannot deadlock among
    themselves. SQLite has one writer: there the transaction itself is the lock.
    """
    if connection.dialect.name != "postgresql":
        return
    numbers = sorted({_lock_number(name) for name in names})
    if numbers:
        wanted = func.unnest(literal(numbers, ARRAY(BigInteger))).column_valued("wanted")
        connection.execute(select(func.pg_advisory_xact_lock(wanted)))


def _lock_number(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


def by_rows(connection: Connection, rows: Iterable[int]) -> dict[int, Known]:
    """Stored contacts by their row."""
    found = connection.execute(select(table).where(table.c.id.in_(sorted(set(rows)))))
    return {row.id: _known(row) for row in found}


def find(connection: Connection, identities: Sequence[Identity]) -> list[Known | None]:
    """The stored contact of each identity, None where it is new.

    An external id finds its own contact, or one that so far had only the same
    e-mail. An e-mail alone finds the contact with it that was heard of last.
    """
    ids = {i.external_id for i in identities if i.external_id}
    emails = {i.email for i in identities if i.email}
    digests = {f"f:{i.digest}" for i in identities if i.digest}
    rows = connection.execute(
        select(table).where(
            or_(
                table.c.external_id.in_(sorted(ids)),
                table.c.email.in_(sorted(emails)),
                table.c.identity.in_(sorted(digests)),
            )
        )
    ).all()
    known = [_known(row) for row in rows]
    by_id = {k.external_id: k for k in known if k.external_id}
    by_digest = {k.identity: k for k in known}
    by_email: dict[str, list[Known]] = {}
    for candidate in sorted(known, key=lambda k: (k.occurred_at, k.row), reverse=True):
        if candidate.email:
            by_email.setdefault(candidate.email, []).append(candidate)
    return [_resolve(identity, by_id, by_email, by_digest) for identity in identities]


def _resolve(
    identity: Identity,
    by_id: dict[str, Known],
    by_email: dict[str, list[Known]],
    by_digest: dict[str, Known],
) -> Known | None:
    same_email = by_email.get(identity.email or "", [])
    if identity.external_id:
        unclaimed = (k for k in same_email if k.external_id is None)
        return by_id.get(identity.external_id) or next(unclaimed, None)
    if identity.email:
        return next(iter(same_email), None)
    return by_digest.get(f"f:{identity.digest}")


def _known(row: Row[Any]) -> Known:
    return Known(
        row=row.id,
        identity=row.identity,
        external_id=row.external_id,
        email=row.email,
        domain=row.domain,
        account=row.account,
        contact=_STORED.validate_python(row.data),
        answers=row.answers,
        occurred_at=row.occurred_at,
    )


def page(connection: Connection, *, after: int, limit: int, since: datetime | None = None) -> list[Known]:
    """Stored contacts in the order they first came, from behind a row; heard of at ``since`` or later."""
    query = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    if since is not None:
        query = query.where(table.c.occurred_at >= since)
    return [_known(row) for row in connection.execute(query)]


def count(connection: Connection, since: datetime | None = None) -> int:
    """How many contacts `page` gives in all."""
    query = select(func.count()).select_from(table)
    if since is not None:
        query = query.where(table.c.occurred_at >= since)
    return connection.execute(query).scalar_one()


def save(connection: Connection, contacts: Sequence[Saved], now: datetime) -> list[int]:
    """Store contacts; their row numbers, in the order given."""
    new = [(place, saved) for place, saved in enumerate(contacts) if saved.row is None]
    old = [saved for saved in contacts if saved.row is not None]
    rows = [saved.row or 0 for saved in contacts]
    if new:
        made = connection.execute(
            insert(table).returning(table.c.id, sort_by_parameter_order=True),
            [_values(saved, now) | {"created_at": now} for _, saved in new],
        ).scalars()
        for (place, _), row in zip(new, made, strict=True):
            rows[place] = row
    if old:
        connection.execute(
            update(table).where(table.c.id == bindparam("known_row")),
            [_values(saved, now) | {"known_row": saved.row} for saved in old],
        )
    return rows


def describe(connection: Connection, row: int, contact: Contact, now: datetime) -> None:
    """Put what is known of a stored contact in order; no event, so nothing else about it changes."""
    described = {"data": _STORED.dump_python(contact, mode="json"), "updated_at": now}
    connection.execute(update(table).where(table.c.id == row).values(described))


def forget_answers(connection: Connection, row: int) -> None:
    """Let answers and holds of a contact no longer count: the matter they were about is done."""
    connection.execute(update(table).where(table.c.id == row).values(answers={}))


def _values(saved: Saved, now: datetime) -> dict[str, Any]:
    return {
        "identity": saved.identity,
        "external_id": saved.contact.external_id,
        "email": saved.email,
        "domain": saved.domain,
        "account": saved.account,
        "data": _STORED.dump_python(saved.contact, mode="json"),
        "answers": dict(saved.answers),
        "occurred_at": saved.occurred_at,
        "updated_at": now,
    }
