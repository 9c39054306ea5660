"""service/db/measures/engaged.py: the measure and the report say the same of who engaged."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import Connection, insert

from service.account_report.parts import people
from service.account_report.parts.asked import Asked as Reported
from service.account_report.values import Section
from service.db.engine import Database
from service.db.tables import (
    account,
    activity,
    contact,
    program_campaign,
    program_member,
    program_placement,
    program_plan,
    signal_person_day,
)
from service.engagement.core.days import day_of
from service.measures.answering import answered
from service.measures.asking import Asked
from service.program.core.plans import BuyingRole, Plan
from service.program.core.settings import ProgramSettings

START, AT = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 1, 9, tzinfo=UTC)
UNTIL, NOW = datetime(2024, 4, 1, tzinfo=UTC), datetime(2024, 5, 1, tzinfo=UTC)
ROLES = {
    "answered": "yes",  # a campaign that knows her by her address
    "listed": "no",  # answered a campaign that never began
    "early": "yes",  # answered before it began: then
    "visited": "yes",  # a signal of her address
    "clicked": "yes",  # a signal of her id
    "met": "yes",
    "written": "no",  # we wrote, she did not
    "unknown": "yes",  # wrote, though she never came in here
    "silent": "no",
}
MADE = {"made_by": "m", "made_at": START, "updated_at": START}


def test_the_measure_and_the_report_agree(database: Database) -> None:
    database.transact(_store)
    asked = Asked(since=START, until=UNTIL, only={"account": "A"}, measures=("coverage", "engagement"))
    with database.read() as connection:
        measured = answered(connection, asked, NOW).total.figures
        settings = ProgramSettings()
        of = Reported(
            connection=connection, account="A", since=START, until=UNTIL, now=NOW, settings=settings
        )
        told = people.part(of)
    assert isinstance(told, Section)
    figures = {each.name: each.value for each in told.figures}
    reached = [role for role, shown in ROLES.items() if shown == "yes"]
    assert {str(row[0]): row[2] for row in told.tables[0].rows} == ROLES
    assert figures["roles_reached"] == figures["reached"] == len(reached)
    share = (Decimal(len(reached)) / len(ROLES)).quantize(Decimal("0.000001"))
    assert [measured[name].value for name in ("coverage", "engagement")] == [Decimal(1), share]


def _store(connection: Connection) -> None:
    stored = {"created_at": START, "updated_at": START}
    connection.execute(insert(account).values(external_id="A", name="Company", custom={}, **stored))
    placed = {"reason": "r", "decided_by": "d", "decided_at": START}
    connection.execute(
        insert(program_placement).values(account="A", tier="strategic", starts=START, **placed)
    )
    group = tuple(BuyingRole(role=name, contact=name) for name in ROLES)
    document = Plan(buying_group=group).model_dump(mode="json")
    connection.execute(
        insert(program_plan).values(id="plan", account="A", revision=1, document=document, **MADE)
    )
    known = {"account": "A", "data": {}, "answers": {}, "occurred_at": START, **stored}
    connection.execute(
        insert(contact),
        [
            known | {"identity": f"x:{name}", "external_id": name, "email": f"{name}@made.example"}
            for name in ROLES
            if name != "unknown"
        ],
    )
    campaign = {"personalised": False, "document": {}, **MADE}
    connection.execute(
        insert(program_campaign),
        [
            campaign | {"id": "C1", "name": "Ran", "state": "done", "began_at": AT},
            campaign | {"id": "C2", "name": "Planned", "state": "planned", "began_at": None},
        ],
    )
    joined = {"joined_at": START, "updated_at": START}
    connection.execute(
        insert(program_member),
        [
            joined | _by_address("C1", "answered") | {"responded_at": AT},
            joined | _by_address("C2", "listed") | {"responded_at": AT},
            joined | _by_address("C1", "early") | {"responded_at": datetime(2023, 12, 1, tzinfo=UTC)},
        ],
    )
    heard = {"account": "A", "day": day_of(AT), "signals": 1}
    persons = ("email:visited@made.example", "id:clicked")
    connection.execute(insert(signal_person_day), [heard | {"person": person} for person in persons])
    done = {"rep": "R", "at": AT}
    connection.execute(
        insert(activity),
        [
            done | {"external_id": "1", "contact": "met", "kind": "Meeting", "direction": "outbound"},
            done | {"external_id": "2", "contact": "written", "kind": "email", "direction": "outbound"},
            done | {"external_id": "3", "contact": "unknown", "kind": "email", "direction": "inbound"},
        ],
    )


def _by_address(campaign: str, name: str) -> dict[str, str]:
    email = f"{name}@made.example"
    return {"campaign_id": campaign, "person": f"email:{email}", "email": email}
