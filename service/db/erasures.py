"""Whose data was erased: known by keyed hashes of the address and of the external ids.

So they can be recognised, and not read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, insert, select, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from matching.normalize import normalize
from matching.types import Contact
from service.db import event_keys, instance
from service.db.keyring import mark
from service.db.tables import contact, erased_id, inbox
from service.db.tables import erasure as table
from service.decision import Decision, Incoming
from service.records.reserved import ERASED_PERSON

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


def known_by(key: str, external_id: str) -> str:
    """What stands for what another system calls somebody. ``key`` is the deployment's."""
    return mark(key, "erased external id", external_id)


def add(connection: Connection, made: Erasure, hashed: str) -> str:
    """Store an erasure, or renew the one of the same person; the id that it has."""
    known = connection.execute(select(table.c.id).where(table.c.subject == hashed)).scalar()
    values = {"at": made.at, "by": made.by, "erased": made.erased, "lifted_at": None, "lifted_by": None}
    if known is not None:
        connection.execute(update(table).where(table.c.id == known).values(values))
        return str(known)
    connection.execute(insert(table).values(id=made.id, subject=hashed, **values))
    return made.id


def add_ids(connection: Connection, hashed: Collection[tuple[str, str]]) -> None:
    """Let events under these ids be of the person of an erasure: pairs of `known_by` and erasure."""
    if hashed:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        rows = [{"subject": each, "erasure_id": erasure_id} for each, erasure_id in sorted(hashed)]
        connection.execute(dialect.insert(erased_id).values(rows).on_conflict_do_nothing())


def keep_out(connection: Connection, erasure_id: str, row: int | None, now: datetime) -> None:
    """Leave a contact with nothing in it, to which events of the person lead; ``row``: one that there is."""
    emptied = {
        "identity": f"x:{ERASED_PERSON}{erasure_id}",
        "external_id": ERASED_PERSON + erasure_id,
        "email": None,
        "domain": None,
        "data": {"external_id": ERASED_PERSON + erasure_id},
        "answers": {},
        "erased_at": now,
        "updated_at": now,
    }
    known = select(contact.c.id).where(contact.c.external_id == ERASED_PERSON + erasure_id)
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
    older than it: so it is decided as superseded, under what stands for its
    own key, and changes and keeps nothing.
    """
    key = instance.known_key(connection)
    if key is None:
        return list(arriving)
    hashed = [_hashes(key, each.contact) for each in arriving]
    found = _standing(connection, {each for hashes in hashed for each in hashes})
    kept_out = [next((found[each] for each in hashes if each in found), None) for hashes in hashed]
    by_place = list(zip(arriving, kept_out, strict=True))
    add_ids(connection, _not_known_yet(key, by_place, found))
    return [each if erasure_id is None else _without(key, each, erasure_id) for each, erasure_id in by_place]


def erased(connection: Connection, people: Sequence[Contact]) -> list[bool]:
    """Whether the data of each of these people were erased."""
    key = instance.known_key(connection)
    if key is None:
        return [False] * len(people)
    hashed = [_hashes(key, each) for each in people]
    found = _standing(connection, {each for hashes in hashed for each in hashes})
    return [any(each in found for each in hashes) for hashes in hashed]


def was_kept_out(decision: Decision) -> bool:
    """Whether a decision is about an event of somebody whose data were erased."""
    return (decision.contact.external_id or "").startswith(ERASED_PERSON)


def empty_items(connection: Connection, items: Mapping[int, str]) -> None:
    """Delete the bodies of inbox items that were kept out, and hide their keys; ``items``: key by row."""
    if not items:
        return
    blank = update(inbox).where(inbox.c.id.in_(items))
    connection.execute(blank.values(body=b"", notes=[], record=None, problem=None))
    hidden = {key: form for form, key in event_keys.by_hidden(connection, items.values()).items()}
    rows = [{"row": row, "form": hidden[key]} for row, key in sorted(items.items()) if key in hidden]
    if rows:
        other = inbox.alias()
        taken = exists().where(other.c.source == inbox.c.source, other.c.dedupe_key == bindparam("form"))
        mine = update(inbox).where(inbox.c.id == bindparam("row"), ~taken)
        connection.execute(mine.values(dedupe_key=bindparam("form")), rows)


def _hashes(key: str, said: Contact) -> list[str]:
    """What an erasure may know the person by. Some systems call people by their address: that is one too."""
    email, external_id = normalize(said).email, said.external_id
    addresses = (email, external_id if external_id and "@" in external_id else None)
    hashes = [subject(key, each) for each in addresses if each]
    return [*hashes, known_by(key, external_id)] if external_id else hashes


def _not_known_yet(
    key: str, arriving: Sequence[tuple[Incoming, str | None]], found: Collection[str]
) -> set[tuple[str, str]]:
    """The ids under which people come who were known by their address: the next event may give no more."""
    return {
        (hashed, erasure_id)
        for each, erasure_id in arriving
        if erasure_id is not None and each.contact.external_id is not None
        if (hashed := known_by(key, each.contact.external_id)) not in found
    }


def _standing(connection: Connection, hashed: Collection[str]) -> dict[str, str]:
    """The erasures that are not lifted, by those of the hashes that they know somebody by."""
    if not hashed:
        return {}
    wanted = sorted(hashed)
    by_address = select(table.c.subject, table.c.id).where(table.c.subject.in_(wanted))
    by_id = select(erased_id.c.subject, table.c.id).join(table, table.c.id == erased_id.c.erasure_id)
    found = union_all(
        by_address.where(table.c.lifted_at.is_(None)),
        by_id.where(erased_id.c.subject.in_(wanted), table.c.lifted_at.is_(None)),
    )
    return dict(sorted((row.subject, row.id) for row in connection.execute(found)))


def _without(key: str, incoming: Incoming, erasure_id: str) -> Incoming:
    return replace(
        incoming,
        contact=Contact(external_id=ERASED_PERSON + erasure_id),
        event_key=event_keys.hidden(key, incoming.event_key),
        occurred_at=_LONG_AGO,
    )


def _value(row: Row[Any]) -> Erasure:
    return Erasure(
        id=row.id,
        at=row.at,
        by=row.by,
        erased=row.erased,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
    )
