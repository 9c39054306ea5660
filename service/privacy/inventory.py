"""Where somebody's data are: the rows about their contacts, and every other row that holds the address.

The tables are asked what they have: a column `contact_id` or `decision_id`
leads to the person, and every text, JSON and body is searched for the address.
So a table that is added tomorrow is searched without being named here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, Column, Connection, LargeBinary, String, Table, Text, cast, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from matching.normalize import normalize
from matching.types import Contact
from service.db.tables import contact, decision, metadata
from service.db.tables.decisions import MENTIONING

STAFF = frozenset(
    {
        *("person", "rep", "rep_absence", "rep_busy", "rep_calendar", "api_key", "session", "one_time"),
        *("audit", "audit_head", "erasure", "instance"),
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
    said: tuple[dict[str, Any], ...]
    rows: dict[Table, list[dict[str, Any]]] = field(default_factory=dict)


def address(email: str) -> str:
    """An address as contacts are known by it."""
    return normalize(Contact(email=email)).email or email.strip().lower()


def find(connection: Connection, email: str) -> Found:
    """Everything that is stored about the person with this address."""
    wanted = address(email)
    return about(connection, wanted, _contacts(connection, wanted), searched=True)


def about(connection: Connection, email: str, rows: Collection[int], *, searched: bool) -> Found:
    """Everything about these contacts; with ``searched`` also every row that holds the address."""
    said = connection.execute(select(contact.c.data).where(contact.c.id.in_(rows))).scalars().all()
    decisions = list(
        connection.execute(select(decision.c.id).where(decision.c.contact_id.in_(rows))).scalars()
    )
    found: dict[Table, list[dict[str, Any]]] = defaultdict(list)
    for table in metadata.sorted_tables:
        if table.name in STAFF:
            continue
        leading, texts = list(_leading(table, rows, decisions)), list[ColumnElement[bool]]()
        if searched:
            texts = [_holds(connection, column, email) for column in _texts(table)]
        if table is decision:
            found[table] += _decisions(connection, email, leading, texts)
        elif leading or texts:
            hits = connection.execute(select(table).where(or_(*leading, *texts)))
            found[table] += [dict(row._mapping) for row in hits]
    return Found(
        email=email,
        contacts=tuple(rows),
        said=tuple(dict(each) for each in said),
        rows={table: rows for table, rows in found.items() if rows},
    )


def _decisions(
    connection: Connection,
    email: str,
    leading: Sequence[ColumnElement[bool]],
    texts: Sequence[ColumnElement[bool]],
) -> list[dict[str, Any]]:
    """Decisions about the contacts or the address, and of the others those that mention an address."""
    searches: list[list[Any]] = [[each] for each in leading]
    if texts:
        searches += [[decision.c.email == email], [MENTIONING, or_(*texts)]]
    hits: dict[str, dict[str, Any]] = {}
    for conditions in searches:
        for row in connection.execute(select(decision).where(*conditions)):
            hits[row.id] = dict(row._mapping)
    return [hits[key] for key in sorted(hits)]


def _contacts(connection: Connection, email: str) -> list[int]:
    return list(connection.execute(select(contact.c.id).where(contact.c.email == email)).scalars())


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
