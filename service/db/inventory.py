"""Where somebody's data are: the rows about their contacts, and every other row that holds the address.

The tables are asked what they have: a column `contact_id` or `decision_id`
leads to the person, and every text, JSON and body is searched for the address.
So a table that is added tomorrow is searched without being named here. What the
database finds is looked at once more: anna@example.com is no part of
hanna@example.com, nor of anna@example.com.au.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    LargeBinary,
    String,
    Table,
    Text,
    and_,
    cast,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from matching.normalize import normalize
from matching.types import Contact
from service.db.tables import contact, decision, metadata
from service.db.tables.decisions import MENTIONING

STAFF = frozenset(
    {
        *("person", "rep", "rep_absence", "rep_busy", "rep_calendar", "api_key", "session", "one_time"),
        *("audit", "audit_head", "erasure", "erased_id", "instance"),
        *("rulebook", "rulebook_state", "publication", "policy", "policy_activation"),
        *("account_key", "hot_key", "corpus"),
        *("program_state", "program_settings", "program_play", "program_quarter", "program_verdict"),
    }
)
"""Tables about those who work with Muster and how it is set up: never searched, never erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The rows with somebody's data, by table, and what their contacts say of them."""

    email: str
    contacts: tuple[int, ...]
    decisions: frozenset[str]
    said: tuple[dict[str, Any], ...]
    rows: dict[Table, list[dict[str, Any]]] = field(default_factory=dict)

    def concerns(self, table: Table, row: Mapping[str, Any]) -> bool:
        """Whether a row is about the person; else it is about somebody else, and mentions the address."""
        if table is contact:
            return row["id"] in self.contacts
        if table is decision:
            return row["id"] in self.decisions
        return row.get("contact_id") in self.contacts or row.get("decision_id") in self.decisions


def address(email: str) -> str:
    """An address as contacts are known by it."""
    return normalize(Contact(email=email)).email or email.strip().lower()


def find(connection: Connection, email: str) -> Found:
    """Everything that is stored about the person with this address."""
    wanted = address(email)
    return about(connection, wanted, _contacts(connection, {wanted, email.strip()}), searched=True)


def about(connection: Connection, email: str, rows: Collection[int], *, searched: bool) -> Found:
    """Everything about these contacts; with ``searched`` also every row that holds the address."""
    said = connection.execute(select(contact.c.data).where(contact.c.id.in_(rows))).scalars().all()
    theirs: ColumnElement[bool] = decision.c.contact_id.in_(rows)
    if searched:  # also those of a contact that has given the address up
        theirs = or_(theirs, decision.c.email == email)
    decisions = list(connection.execute(select(decision.c.id).where(theirs)).scalars())
    whole = Found(
        email=email,
        contacts=tuple(rows),
        decisions=frozenset(decisions),
        said=tuple(dict(each) for each in said),
    )
    found: dict[Table, list[dict[str, Any]]] = defaultdict(list)
    for table in metadata.sorted_tables:
        if table.name in STAFF:
            continue
        leading, texts = list(_leading(table, rows, decisions)), list[ColumnElement[bool]]()
        if searched:
            texts = [_holds(connection, column, email) for column in _texts(table)]
        if table is decision:
            hits = _decisions(connection, decision.c.id.in_(decisions), texts)
        elif leading or texts:
            query = select(table).where(or_(*leading, *texts))
            hits = [dict(row._mapping) for row in connection.execute(query)]
        else:
            continue
        found[table] += [row for row in hits if whole.concerns(table, row) or mentioned(email, row)]
    return replace(whole, rows={table: rows for table, rows in found.items() if rows})


def drop(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Delete a row that was found."""
    connection.execute(delete(table).where(_this(table, row)))


def change(connection: Connection, table: Table, row: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Let a row that was found say something else."""
    connection.execute(update(table).where(_this(table, row)).values(values))


def _this(table: Table, row: Mapping[str, Any]) -> ColumnElement[bool]:
    return and_(*(column == row[column.name] for column in table.primary_key))


def mentioned(email: str, row: Mapping[str, Any]) -> bool:
    """Whether the address stands in a row as an address of its own, and not as a part of another."""
    wanted = by_itself(email)
    return any(wanted.search(_said(value)) for value in row.values())


def by_itself(email: str) -> re.Pattern[str]:
    """Finds an address that is no part of a longer one, in any case."""
    return re.compile(_BEFORE + re.escape(email) + _AFTER, re.IGNORECASE)


_BEFORE = r"(?:(?<![\w.+-])|(?<=\\[bfnrt])|(?<=\\u[0-9a-fA-F]{4}))"
"""No address goes on to the left; a letter there may be the end of an escape in a JSON body."""
_AFTER = r"(?![^\W_])(?!-[\w-]*\.\w)(?!\.[^\W\d_])"
"""No domain goes on to the right."""


def _said(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _decisions(
    connection: Connection, theirs: ColumnElement[bool], texts: Sequence[ColumnElement[bool]]
) -> list[dict[str, Any]]:
    """Decisions about the person, and of the others those that mention an address."""
    searches: list[list[Any]] = [[theirs]]
    if texts:
        searches += [[MENTIONING, or_(*texts)]]
    hits: dict[str, dict[str, Any]] = {}
    for conditions in searches:
        for row in connection.execute(select(decision).where(*conditions)):
            hits[row.id] = dict(row._mapping)
    return [hits[key] for key in sorted(hits)]


def _contacts(connection: Connection, known_by: Collection[str]) -> list[int]:
    """The contacts of an address, also those that a system knows by it as their id."""
    theirs = or_(contact.c.email.in_(known_by), contact.c.external_id.in_(known_by))
    return list(connection.execute(select(contact.c.id).where(theirs).order_by(contact.c.id)).scalars())


def _leading(
    table: Table, rows: Collection[int], decisions: Collection[str]
) -> Iterator[ColumnElement[bool]]:
    if table is contact:
        yield contact.c.id.in_(rows)
    if "contact_id" in table.c:
        yield table.c.contact_id.in_(rows)
    if "decision_id" in table.c and decisions:
        yield table.c.decision_id.in_(decisions)


def _texts(table: Table) -> Iterator[Column[Any]]:
    for column in table.columns:
        if isinstance(column.type, JSON | LargeBinary | Text) or (
            isinstance(column.type, String) and (column.type.length or 0) > 64
        ):
            yield column


def _holds(connection: Connection, column: Column[Any], email: str) -> ColumnElement[bool]:
    if isinstance(column.type, LargeBinary) and connection.dialect.name == "postgresql":
        return func.encode(column, "escape").icontains(email, autoescape=True)
    return cast(column, Text).icontains(email, autoescape=True)
