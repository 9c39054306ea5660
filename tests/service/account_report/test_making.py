"""service/account_report/making.py: made when a quarter begins, after the first campaign, and on demand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from matching.types import Contact
from service.account_report.making import AccountReports, Wish
from service.account_report.values import Reason, Report
from service.db import activities, opportunities
from service.db.account_reports import stored
from service.db.engine import Database
from service.db.tables import contact, delivery, signal_day
from service.doctor import examine
from service.engagement.core.days import day_of
from service.privacy.erase import Eraser
from service.problems import Invalid, NotFound
from service.program.campaigns import Campaigns, Joining, Wanted
from service.program.core.plans import BuyingRole, CampaignState, Plan
from service.program.parts import Actor
from service.program.plans import Plans
from service.records.activities import ActivityRecord
from service.records.opportunities import OpportunityRecord
from tests.service.organisation import listen
from tests.service.program.story import ACTS, Program

PIA = Actor(name="pia", id="pia")


@pytest.fixture
def program(database: Database) -> Program:
    """A company near the end of a quarter: A-1 and A-2 are strategic in the next one."""
    program = Program(database, 2, strategic_cap=8)
    program.at("2026-03-20T09:00")
    program.settings.change(program.chosen, None, "pia", None)
    listen(database)
    return program


def told(program: Program) -> list[dict[str, Any]]:
    query = select(delivery.c.payload).where(delivery.c.type == "program.report_made").order_by(delivery.c.id)
    with program.database.read() as connection:
        return [payload["data"] for payload in connection.execute(query).scalars()]


def kept(program: Program, account: str) -> list[tuple[Reason, str]]:
    with program.database.read() as connection:
        return [(each.reason, each.subject) for each in stored.newest(connection, account)]


def figures(report: Report, section: str) -> dict[str, Any]:
    found = report.section(section)
    assert found is not None, [each.why for each in report.absent if each.name == section]
    return {
        f"{each.name} {each.currency}" if each.currency else each.name: each.value for each in found.figures
    }


def test_made_once_at_the_start_of_a_quarter_and_after_the_first_campaign(program: Program) -> None:
    with program.database.read() as connection:
        assert stored.newest(connection, "A-1") == []
    for account in ("A-1", "A-2"):
        ACTS["nominate"](program, f"{account} by dan champion")
    ACTS["approve"](program, ["A-1"])
    program.at("2026-04-01T00:00")
    program.work()
    assert kept(program, "A-1") == [(Reason.QUARTER, "FY2026-Q2")]
    assert kept(program, "A-2") == [], "it had no place"
    [message] = told(program)
    assert (message["account"], message["reason"], message["quarter"]) == ("A-1", "quarter", "FY2026-Q2")
    assert set(message["notify"]) == {"dan", "pia", "eve"}
    report = AccountReports(program.parts).read(message["report_id"])
    assert message["path"] == f"/program/reports/{message['report_id']}"
    assert report.sections == () and {each.name for each in report.absent} >= {
        "engagement",
        "signals",
        "changes",
    }

    campaigns = Campaigns(program.parts)
    for name in ("C-1", "C-2"):
        campaigns.put(name, Wanted(name=name, play="direct_mail", account="A-1"), PIA)
        campaigns.turn(name, CampaignState.ACTIVE)
        campaigns.join(name, [Joining(contact="ann", responded_at=program.clock())])
        program.clock.forward(days=3)
        campaigns.turn(name, CampaignState.DONE)
        program.work()
    assert kept(program, "A-1")[0] == (Reason.CAMPAIGN, "term of 2026-04-01") and len(told(program)) == 2
    after = AccountReports(program.parts).read(told(program)[1]["report_id"])
    assert figures(after, "campaigns") == {"campaigns": 1, "running": 0, "people": 1, "responded": 1}
    program.at("2026-07-01T00:00")
    program.work()
    assert len(kept(program, "A-1")) == 2, "it is strategic no more"
    assert list(examine(program.database, program.clock())) == []


def test_the_values_are_those_of_the_rows_and_what_changed_is_told(program: Program) -> None:
    program.at("2026-04-10T09:00")
    now = program.clock()
    reports = AccountReports(program.parts)
    with program.database.write() as connection:
        for number, (name, since) in enumerate(
            {"ann": 80, "ben": 40, "old": 400, "activation:A-1": 1}.items()
        ):
            at = now - timedelta(days=since)
            data = Contact(first_name=name.title(), last_name="Lee", title="COO", email=f"{name}@a.example")
            row = {"identity": f"x:{name}", "external_id": name, "email": data.email, "account": "A-1"}
            said = {"first_name": data.first_name, "last_name": data.last_name, "title": data.title}
            times = dict.fromkeys(("occurred_at", "created_at", "updated_at"), at)
            connection.execute(insert(contact).values(id=number + 1, data=said, answers={}, **row, **times))
        for day, count in ((day_of(now) - 1, 3), (day_of(now) - 20, 2), (day_of(now) - 200, 50)):
            connection.execute(
                insert(signal_day).values(account="A-1", kind="intent", day=day, signals=count, weight=count)
            )
        spoken = {
            "external_id": "t-1",
            "account_id": "A-1",
            "contact_id": "ann",
            "kind": "email",
            "rep": "dan",
        }
        at = (now - timedelta(days=2)).isoformat()
        activities.upsert(
            connection, [ActivityRecord.model_validate(spoken | {"direction": "inbound", "at": at})], now
        )
        deals = [
            {"external_id": "O-1", "amount": "1000.10", "opened_at": (now - timedelta(days=9)).isoformat()},
            {"external_id": "O-2", "amount": "5.05", "currency": "USD", "opened_at": "2025-01-01T00:00:00Z"},
            {"external_id": "O-3", "amount": "70", "opened_at": "2025-01-01T00:00:00Z"}
            | {"closed_at": (now - timedelta(days=3)).isoformat(), "won": True},
            {"external_id": "O-4", "amount": "9", "closed_at": "2025-02-01T00:00:00Z", "won": True},
        ]
        records = [OpportunityRecord.model_validate(each | {"account_id": "A-1"}) for each in deals]
        opportunities.upsert(connection, records, now)
    ACTS["place"](program, "A-1 strategic")
    plan = Plan(buying_group=(BuyingRole(role="Champion", contact="ann"), BuyingRole(role="Buyer")))
    Plans(program.parts).write("A-1", plan, None, PIA)

    report = reports.now(Wish(account="A-1"), "pia")
    assert figures(report, "engagement") == {"signals": 5, "answers": 1}
    series = report.section("engagement").series  # type: ignore[union-attr]
    assert series is not None and len(series.points) == 13
    assert [point.values for point in series.points if any(point.values)] == [(2, 0), (3, 1)]
    people = {
        "contacts": 3,
        "new_contacts": 2,
        "reached": 1,
        "roles": 2,
        "roles_known": 1,
        "roles_reached": 1,
    }
    assert figures(report, "people") == people
    group, known = report.section("people").tables  # type: ignore[union-attr]
    assert group.rows == (("Champion", "Ann Lee, COO", "yes"), ("Buyer", None, "no"))
    assert [row[:2] for row in known.rows] == [
        ("Ben Lee, COO", "no"),
        ("Ann Lee, COO", "yes"),
        ("Old Lee, COO", "no"),
    ]
    amounts = {"open_amount EUR": "1000.10", "open_amount USD": "5.05", "won_amount EUR": "70.00"}
    assert figures(report, "opportunities") == {"open": 2, "opened": 1, "won": 1, "lost": 0} | amounts
    assert figures(report, "measures")["revenue EUR"] == "70.00"
    assert {each.name for each in report.absent} == {"campaigns", "promises", "changes"}

    first = reports.make(Wish(account="A-1"), "pia")
    assert kept(program, "A-1") == [(Reason.ASKED, first.id)]
    program.clock.forward(days=1)
    with program.database.write() as connection:
        won = {
            "external_id": "O-1",
            "account_id": "A-1",
            "closed_at": now.isoformat(),
            "won": True,
            "stage": "Won",
        }
        opportunities.upsert(connection, [OpportunityRecord.model_validate(won | {"amount": "1000.10"})], now)
    campaigns = Campaigns(program.parts)
    ann, stranger = Joining(email="ann@a.example"), Joining(email="x@b.example")
    answered, long_ago = program.clock(), now - timedelta(days=99)
    for name, account, joining in (
        ("C-1", "A-1", [Joining(contact="ann"), ann, stranger]),
        ("C-2", None, [replace(ann, responded_at=answered), stranger]),
        ("C-3", None, [Joining(contact="ben", responded_at=long_ago)]),
    ):
        campaigns.put(name, Wanted(name=name, play="direct_mail", account=account), PIA)
        campaigns.turn(name, CampaignState.ACTIVE)
        campaigns.join(name, joining)
    program.clock.forward(days=1)
    later = reports.now(Wish(account="A-1"), "pia")
    once = {"campaigns": 3, "running": 3, "people": 3, "responded": 1}
    assert figures(later, "campaigns") == once, "people are counted, each once, and not how often"
    [ran] = later.section("campaigns").tables  # type: ignore[union-attr]
    assert sorted((row[0], *row[6:]) for row in ran.rows) == [("C-1", 2, 0), ("C-2", 1, 1), ("C-3", 1, 0)]
    [deals_then] = reports.now(Wish(account="A-1", until=now), "pia").section("opportunities").tables  # type: ignore[union-attr]
    assert ("O-1", "open", None) in [row[:3] for row in deals_then.rows], "its stage is that of later"
    changed = later.section("changes")
    assert changed is not None and ("Opportunities", "Won", 1, 2, 1.0) in changed.tables[0].rows
    assert ("Opportunities", "Won amount, EUR", "70.00", "1070.10", "1000.10") in changed.tables[0].rows

    erasing = Eraser(database=program.database, now=program.clock, new_id=program.parts.new_id)
    erasing.erase("ben@a.example", "pia")
    _, left = reports.read(first.id).section("people").tables  # type: ignore[union-attr]
    assert [row[0] for row in left.rows] == ["ben", "Ann Lee, COO", "Old Lee, COO"]

    with pytest.raises(NotFound):
        reports.now(Wish(account="nobody"), "pia")
    with pytest.raises(NotFound):
        reports.read("nothing")
    with pytest.raises(Invalid):
        reports.now(Wish(account="A-1", since=now, until=now - timedelta(days=1)), "pia")
