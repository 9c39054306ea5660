"""The people whom signals name, as far as they came in as contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from service.db.statements import Statement
from service.db.tables import signal_person_day

_FOUND = Statement(
    """
    SELECT people.place, 1, c.email, c.account FROM {people} CROSS JOIN contact c
    WHERE c.external_id = people.external_id
    UNION ALL
    SELECT people.place, 2, c.email, c.account FROM {people} CROSS JOIN contact c WHERE c.email = people.email
    """,
    people={"place": "bigint", "email": "text", "external_id": "text"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A contact that came in: the address, and the account it was matched to."""

    email: str | None
    account: str | None


def find(connection: Connection, asked: Sequence[tuple[str | None, str | None]]) -> list[Person | None]:
    """The contact of each address and external id; where they are of two, that of the id."""
    rows = [(place, email, external) for place, (email, external) in enumerate(asked) if email or external]
    found: dict[int, Person] = {}
    for place, _, email, account in sorted(_FOUND.run(connection, people=rows), reverse=True, key=_order):
        found[place] = Person(email=email, account=account)
    return [found.get(place) for place in range(len(asked))]


def engaged(connection: Connection, account: str, after: int, limit: int) -> list[str]:
    """The people of an account who engaged after a day, by their keys."""
    table = signal_person_day.c
    query = select(table.person).where(table.account == account, table.day > after).distinct()
    return list(connection.execute(query.order_by(table.person).limit(limit)).scalars())


def _order(row: Sequence[object]) -> tuple[object, object]:
    return row[0], row[1]
