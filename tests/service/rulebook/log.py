"""Decision logs for tests, and for measuring: rows that say when, by which rule and with what outcome."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from matching.types import MatchOutcome
from routing.types.decision import Claim, RoutingOutcome
from service.db.decisions import Entry, store
from service.db.tables import contact
from service.db.tables import decision as table
from service.decision import Versions
from tests.service.deciding import decided

Row = tuple[datetime, str, RoutingOutcome, MatchOutcome]


def log(connection: Connection, version: str, rows: Iterable[Row], *, claims: tuple[Claim, ...] = ()) -> None:
    """Store a decision under ``version`` for each row."""
    first = connection.execute(select(func.count()).select_from(table)).scalar_one()
    made = {"identity": f"x:log-{first}", "data": {}, "answers": {}}
    moments = dict.fromkeys(
        ("occurred_at", "created_at", "updated_at"), datetime.fromisoformat("2026-01-01T00Z")
    )
    row = connection.execute(insert(contact).values(**made, **moments).returning(contact.c.id)).scalar_one()
    entries = []
    for place, (at, rule, outcome, match) in enumerate(rows, first):
        taken = decided(f"log-{place:07d}", outcome=outcome, match=match)
        routing = replace(taken.routing, rule=rule, claims=claims or taken.routing.claims)
        versions = Versions(policy="p1", rulebook=version)
        whole = replace(taken, routing=routing, versions=versions, at=at, occurred_at=at, assignment=None)
        entries.append(Entry(decision=whole, contact_row=row))
    store(connection, entries)
