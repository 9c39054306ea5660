"""The organisation of tests/cases/handover: Dan, and what he has."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from matching.types import Contact
from routing.types.people import RepId
from service.db import accounts, activities, opportunities, pools, reps
from service.db.engine import Database
from service.db.tables import assignment, contact
from service.handover.handovers import Handovers
from service.handover.plan import Item
from service.records.accounts import AccountRecord
from service.records.activities import ActivityRecord
from service.records.opportunities import OpportunityRecord
from service.records.pools import PoolRecord
from service.records.reps import RepRecord
from tests.service.organisation import MONDAY, Organisation, organisation

ACCOUNTS: tuple[dict[str, Any], ...] = (
    {
        "external_id": "A-1",
        "name": "Northwind Robotics GmbH",
        "country": "DE",
        "segment": "enterprise",
        "owner": "dan",
    },
    {"external_id": "A-2", "name": "Harbour Logistics Ltd", "owner": "eve", "team": {"AE": "dan"}},
    {
        "external_id": "A-3",
        "name": "Lyon Optique SA",
        "domains": ["lyon-optique.fr"],
        "country": "FR",
        "segment": "smb",
        "owner": "dan",
    },
    {
        "external_id": "A-4",
        "name": "Bremer Kaffee AG",
        "domains": ["bremer-kaffee.de"],
        "country": "DE",
        "segment": "smb",
        "owner": "dan",
    },
)


def world(database: Database) -> tuple[Organisation, Handovers]:
    """The organisation as the cases tell it."""
    org = organisation(database)
    now = MONDAY
    with database.write() as connection:
        people: tuple[dict[str, Any], ...] = (
            {"external_id": "meg", "name": "Meg"},
            {"external_id": "eve", "name": "Eve", "absences": [_away("2026-03-02", "2026-03-06", "dan")]},
            {"external_id": "finn", "name": "Finn", "manager": "dan"},
            {"external_id": "gone", "name": "Gone", "active": False},
            {"external_id": "dan", "name": "Dan", "manager": "meg"},
        )
        reps.upsert(connection, [RepRecord.model_validate(each) for each in people], now)
        accounts.upsert(connection, [AccountRecord.model_validate(each) for each in ACCOUNTS], now)
        deal = {"external_id": "D-1", "account_id": "A-1", "owner": "dan", "stage": "proposal"}
        opportunities.upsert(connection, [OpportunityRecord.model_validate(deal)], now)
        call = {
            "external_id": "call",
            "rep": "dan",
            "account_id": "A-3",
            "kind": "call",
            "direction": "outbound",
            "at": (now - timedelta(days=7)).isoformat(),
        }
        activities.upsert(connection, [ActivityRecord.model_validate(call)], now)
        members = [{"rep": "ana", "weight": 2}, {"rep": "bo"}, {"rep": "dan"}]
        both = [{"name": "inbound", "members": members}, {"name": "south", "members": [{"rep": "dan"}]}]
        pools.upsert(connection, [PoolRecord.model_validate(each) for each in both], now)
        pools.upsert(connection, [PoolRecord.model_validate({"name": "south", "members": []})], now)
    for name, domain in (("u1", "northwind-robotics.com"), ("w1", "northwind-robotics.com")):
        org.decide(Contact(email=f"{name}@{domain}"), name)
    org.clock.forward(seconds=1)
    org.decide(Contact(email="u2@bremer-kaffee.de"), "u2")
    org.decide(Contact(email="q1@northwind-robotics.com", source="event"), "q1")
    lone = org.decide(Contact(email="s1@nobody.example"), "s1")
    assert lone.assignment is not None
    if lone.assignment.rep != "dan":
        org.desk.reassign(lone.assignment.id, RepId("dan"), "his", "lead")
    org.desk.accept(number_of(org, "w1"))
    org.clock.forward(seconds=1)
    handovers = Handovers(database, org.flow, org.desk, clock=org.clock, new_id=_ids())
    return org, handovers


def _away(start: str, until: str, cover: str) -> dict[str, Any]:
    return {"from": f"{start}T00:00:00Z", "until": f"{until}T00:00:00Z", "cover": cover}


def _ids() -> Any:
    numbers = iter(range(1, 1000))
    return lambda: f"h-{next(numbers)}"


def number_of(org: Organisation, name: str) -> str:
    """The active assignment of the contact whose e-mail begins so."""
    return holder_of(org, name)[0]


def holder_of(org: Organisation, name: str) -> tuple[str, str]:
    """The active assignment of the contact whose e-mail begins so, and whose it is."""
    with org.database.read() as connection:
        row = connection.execute(
            select(assignment.c.id, assignment.c.rep)
            .join(contact, contact.c.id == assignment.c.contact_id)
            .where(contact.c.email.like(f"{name}@%"), assignment.c.ended_at.is_(None))
        ).one()
    return row.id, row.rep


def told(item: Item) -> str:
    """An item in a line, as the cases have it."""
    draft = item.draft
    ref = draft.label.split("@")[0] if draft.kind == "assignment" and draft.label else draft.ref
    named = f" {ref}" if draft.kind not in ("cover", "matter") else ""
    role = f" ({draft.role})" if draft.role else ""
    to = f" -> {draft.to}" if draft.to else ""
    until = f" until {draft.until:%Y-%m-%d}" if draft.until and draft.action != "keep" else ""
    return f"{draft.kind}{named}{role}, {draft.status}: {draft.action}{to}{until}"
