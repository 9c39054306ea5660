"""Erasing: everything about a person goes, what was decided and counted stays.

A decision keeps which account, rule and rep it was about, its figures and its
place in the audit log; what says who the contact was is replaced. The address
and the external ids live on as keyed hashes only, by which later events of the
same person are recognised and kept out, until somebody lifts that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import JSON, Connection, LargeBinary, Table

from matching.normalize import normalize
from matching.types import Contact
from service.audit import log
from service.audit.chain import ERASED
from service.audit.log import Act
from service.db import erasures, event_keys, instance, inventory, waiting
from service.db.engine import Database
from service.db.erasures import Erasure
from service.db.inventory import Found, by_itself
from service.db.tables import contact, decision, delivery, idempotency, inbox, signal
from service.records.reserved import ERASED_PERSON

GONE = "[erased]"
_NAMES = ("first_name", "last_name", "phone", "external_id", "email")
_SHORTEST = 3
_WITHOUT_BOUNDARY = 5
_KEYS = {decision: "event_key", inbox: "dedupe_key", signal: "external_id"}
"""The column that names the event of a row, by table."""
_KEPT_OF_CONTACT = frozenset({"company", "country", "source", "motion", "occurred_at"})
_AT_ONCE = 200
ERASED_ITEM = "erased"
"""The state of an inbox item that had not been decided when its body was erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eraser:
    """Erases. ``now`` and ``new_id`` are the application's."""

    database: Database
    now: Callable[[], datetime]
    new_id: Callable[[], str]

    def erase(self, email: str, by: str) -> Erasure:
        """Erase everything about the person with this address, and keep them out from now on."""
        return self.database.transact(partial(self._erase, email=email, by=by))

    def forget_old(self, before: datetime) -> int:
        """Erase contacts of whom nothing was heard since; they may come in again. How many there were."""
        return self.database.transact(partial(self._forget_old, before=before))

    def _erase(self, connection: Connection, *, email: str, by: str) -> Erasure:
        now = self.now()
        found = inventory.find(connection, email)
        counts = wipe(connection, found, now)
        key = instance.key(connection, now)
        made = Erasure(id=self.new_id(), at=now, by=by, erased=counts, lifted_at=None, lifted_by=None)
        kept = erasures.add(connection, made, erasures.subject(key, found.email))
        erasures.add_ids(connection, {(erasures.known_by(key, each), kept) for each in _external_ids(found)})
        erasures.keep_out(connection, kept, next(iter(found.contacts), None), now)
        _note(connection, found, kept, by, now)
        return Erasure(id=kept, at=now, by=by, erased=counts, lifted_at=None, lifted_by=None)

    def _forget_old(self, connection: Connection, *, before: datetime) -> int:
        now = self.now()
        rows = waiting.idle_contacts(connection, before, _AT_ONCE)
        if rows:
            found = inventory.about(connection, "", rows, searched=False)
            wipe(connection, found, now)
            _note(connection, found, "retention", log.SYSTEM, now)
        return len(rows)


def wipe(connection: Connection, found: Found, now: datetime) -> dict[str, int]:
    """Take what is personal out of every row that was found; how many rows of each table."""
    said = _names(found)
    own, others = Scrubber(said), Scrubber(said, others=True)
    secret = instance.key(connection, now)
    for table, rows in found.rows.items():
        for row in rows:
            whole = found.concerns(table, row)
            scrub = own if whole else others
            hidden = _with_hidden_key(secret, table, row, scrub, whole=whole)
            _wipe_row(connection, table, hidden, scrub, now, whole=whole)
    waiting.settle(connection, list(found.contacts), by="erasure", now=now)
    return {table.name: len(rows) for table, rows in found.rows.items()}


class Scrubber:
    """Replaces what is personal in texts and JSON: anything in ``said``, and whatever custom fields hold.

    With ``others`` in what is about somebody else, whose own address may have the erased one as its end.
    """

    def __init__(self, said: Collection[str], *, others: bool = False) -> None:
        longest_first = sorted(said, key=len, reverse=True)
        self._said = [by_itself(each) if others and "@" in each else _pattern(each) for each in longest_first]

    def text(self, text: str) -> str:
        """The text without it."""
        for pattern in self._said:
            text = pattern.sub(GONE, text)
        return text

    def json(self, value: Any) -> Any:
        """The value without it; its shape stays."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.json(each) for each in value]
        if isinstance(value, dict):
            return {
                self.text(name): {} if name == "custom" else self.json(each) for name, each in value.items()
            }
        return value

    def contact(self, value: Any) -> Any:
        """What may stay of a contact: the company it was of, and how it came."""
        return {name: self.json(each) for name, each in value.items() if name in _KEPT_OF_CONTACT}


def _with_hidden_key(
    secret: str, table: Table, row: dict[str, Any], scrub: Scrubber, *, whole: bool
) -> dict[str, Any]:
    """The row with what stands for its event's key, where that is about the person or says who they are."""
    name = _KEYS.get(table)
    if name is None or (table is not inbox and not whole and scrub.text(row[name]) == row[name]):
        return row
    key = event_keys.hidden(secret, row[name])
    return row | {name: key} | ({"body": row["body"] | {name: key}} if table is decision else {})


def _wipe_row(
    connection: Connection, table: Table, row: dict[str, Any], scrub: Scrubber, now: datetime, *, whole: bool
) -> None:
    """Empty a row that is about the person; of one that mentions them (not ``whole``), that alone goes."""
    keys = [row[column.name] for column in table.primary_key]
    if table is idempotency or any(isinstance(key, str) and scrub.text(key) != key for key in keys):
        inventory.drop(connection, table, row)
        return
    values: dict[str, Any]
    if table is contact and not whole:
        values = {"data": scrub.json(row["data"]), "answers": scrub.json(row["answers"])}
    elif table is decision and not whole:
        values = {"body": scrub.json(row["body"]), "event_key": row["event_key"], "erased_at": now}
        values["company"] = _maybe(scrub, row["company"])
    elif table is contact:
        values = {
            "identity": f"x:{ERASED_PERSON}{row['id']}",
            "external_id": f"{ERASED_PERSON}{row['id']}",
            "email": None,
            "data": scrub.contact(row["data"]),
            "answers": {},
            "erased_at": now,
        }
    elif table is decision:
        body = scrub.json(row["body"])
        body["contact"] = scrub.contact(row["body"].get("contact", {}))
        values = {"body": body, "event_key": row["event_key"], "email": None, "erased_at": now}
        values["company"] = _maybe(scrub, row["company"])
    elif table is inbox:
        undecided = row["state"] != "decided"
        values = {"body": b"", "record": None, "notes": [], "problem": None, "dedupe_key": row["dedupe_key"]}
        values |= {"state": ERASED_ITEM} if undecided else {}
    elif table is delivery and whole:
        values = {"payload": {}, "last_error": _maybe(scrub, row["last_error"])}
    else:
        values = {column.name: _other(column, row[column.name], scrub) for column in _changing(table)}
        hidden = _KEYS.get(table)  # is another in the row already
        values = {name: value for name, value in values.items() if name == hidden or value != row[name]}
    if values:
        inventory.change(connection, table, row, values)


def _changing(table: Table) -> list[Any]:
    return [column for column in table.columns if not column.primary_key and not column.foreign_keys]


def _other(column: Any, value: Any, scrub: Scrubber) -> Any:
    if isinstance(column.type, LargeBinary) and value:
        return None if column.nullable else b""
    if isinstance(column.type, JSON):
        return scrub.json(value)
    return scrub.text(value) if isinstance(value, str) else value


def _maybe(scrub: Scrubber, text: str | None) -> str | None:
    return None if text is None else scrub.text(text)


def _names(found: Found) -> set[str]:
    said = {found.email}
    for each in found.said:
        said |= {value for name in _NAMES if isinstance(value := each.get(name), str)}
        said.add(" ".join(filter(None, (each.get("first_name"), each.get("last_name")))))
        known = normalize(
            Contact(phone=each.get("phone"), country=each.get("country"), email=each.get("email"))
        )
        said |= {value for value in (known.phone, known.email) if isinstance(value, str)}
    return {each for each in said if len(each) >= _SHORTEST and not each.startswith(ERASED_PERSON)}


def _external_ids(found: Found) -> set[str]:
    """What other systems call the person; not what an earlier erasure left."""
    ids = {value for each in found.said if isinstance(value := each.get("external_id"), str)}
    return {each for each in ids if not each.startswith(ERASED_PERSON)}


def _pattern(said: str) -> re.Pattern[str]:
    """Finds it in any case; what is short only as a word of its own."""
    edge = "" if len(said) >= _WITHOUT_BOUNDARY else r"\b"
    return re.compile(edge + re.escape(said) + edge, re.IGNORECASE)


def _note(connection: Connection, found: Found, subject: str, by: str, now: datetime) -> None:
    decisions = [row["id"] for row in found.rows.get(decision, ())]
    told = Act(actor=by, actor_id="", action="erase", subject=subject, detail={ERASED: decisions})
    log.note(connection, told, now)
