"""Reviews of a plan: every two weeks by a timer, once, with an agenda of what changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from matching.types import Contact
from routing.types.facts import ProgramTier
from service.db import activities, opportunities
from service.db.engine import Database
from service.db.program import meetings as db
from service.db.program import plans as plans_db
from service.db.tables import delivery
from service.program.core.agenda import Topic
from service.program.core.plans import Plan
from service.program.handlers import handlers
from service.program.parts import Actor, Parts
from service.program.plans import Plans
from service.program.targets import Placing, Targets
from service.records.activities import ActivityRecord
from service.records.opportunities import OpportunityRecord
from service.worker.timers import Timers
from tests.service.organisation import Organisation, listen, organisation

OPS = Actor(name="ops", id="ops")


def told(database: Database) -> list[dict[str, Any]]:
    query = select(delivery.c.payload).where(delivery.c.type == "program.review_due").order_by(delivery.c.id)
    with database.read() as connection:
        return [payload["data"] for payload in connection.execute(query).scalars()]


def happen(org: Organisation, at: datetime) -> None:
    """A contact comes in, somebody answers, and a deal is opened."""
    org.decide(Contact(email="ann@northwind-robotics.com", external_id="ann", title="CFO"), f"e{at}")
    call: dict[str, Any] = {
        "external_id": f"call-{at}",
        "account_id": "A-1",
        "contact_id": "ann",
        "kind": "call",
    }
    deal: dict[str, Any] = {"external_id": f"deal-{at}", "account_id": "A-1", "stage": "first talk"}
    with org.database.write() as connection:
        records = [ActivityRecord.model_validate({**call, "direction": "both", "at": at.isoformat()})]
        activities.upsert(connection, records, org.clock())
        deals = [OpportunityRecord.model_validate({**deal, "opened_at": at.isoformat()})]
        opportunities.upsert(connection, deals, org.clock())


def test_reviews_are_due_every_two_weeks_with_what_changed(database: Database) -> None:
    org = organisation(database)
    listen(database)
    parts = Parts(database=database, clock=org.clock, new_id=org.new_id)
    timers, others = (Timers(database, handlers(parts), org.clock) for _ in range(2))
    until = org.clock() + timedelta(days=100)
    Targets(parts).place(
        Placing(account="A-1", tier=ProgramTier.STRATEGIC, reason="as agreed", until=until), "pia"
    )
    plan, _ = Plans(parts).write("A-1", Plan(goals=("A pilot",)), None, OPS)
    org.clock.forward(days=3)
    happen(org, org.clock())
    org.clock.forward(days=11)
    timers.run()
    others.run()
    [first] = told(database)
    topics = (Topic.OPENED, Topic.NEW_CONTACTS, Topic.ENGAGEMENT, Topic.NO_CAMPAIGN, Topic.NOT_AGREED)
    assert first["agenda"] == dict.fromkeys(topics, 1)
    assert first["notify"] == ["dan"], "the owner; the account has no team"
    org.clock.forward(days=13)
    timers.run()
    assert len(told(database)) == 1
    org.clock.forward(days=1)
    timers.run()
    [_, second] = told(database)
    assert second["agenda"] == {Topic.SILENT: 1, Topic.NO_CAMPAIGN: 1, Topic.NOT_AGREED: 1}
    with database.read() as connection:
        [ahead, *held] = db.of_plan(connection, plan.id)
    assert (ahead.ordinal, ahead.agenda, len(held)) == (3, None, 2)
    assert held[1].agenda is not None
    rows = {item.topic: item.rows for item in held[1].agenda.items}
    assert [(row["external_id"], row["title"]) for row in rows[Topic.NEW_CONTACTS]] == [("ann", "CFO")]

    # when the account leaves the tier the plan ends, and no review follows
    org.clock.forward(days=90)
    while timers.run():
        pass
    with database.read() as connection:
        ended = plans_db.get(connection, plan.id)
    assert ended is not None and ended.end_reason == "The account left the strategic tier"
    count = len(told(database))
    org.clock.forward(days=30)
    while timers.run():
        pass
    assert len(told(database)) == count
