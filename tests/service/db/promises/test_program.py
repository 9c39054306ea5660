"""The checker checked: each promise of the program is broken in the rows, and the doctor names them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text, update

from routing.types.facts import ProgramTier
from service.db import tables
from service.db.engine import Database
from service.db.promises.program import findings
from service.doctor import examine
from service.program.campaigns import Campaigns, Joining, Wanted
from service.program.core.plans import Plan
from service.program.core.settings import ProgramSettings
from service.program.parts import Actor, Parts
from service.program.plans import Plans
from service.program.settings import Settings
from service.program.targets import Placing, Targets
from tests.service.organisation import MONDAY, Organisation, organisation

PIA = Actor(name="pia", id="pia")
NOW = MONDAY + timedelta(days=2)


@pytest.fixture
def org(database: Database) -> Organisation:
    """An organisation with a small program: A-1 is strategic, with a plan and a campaign."""
    org = organisation(database)
    org.clock.now = NOW - timedelta(days=2)
    parts = Parts(database=database, clock=org.clock, new_id=org.new_id)
    Settings(parts).change(ProgramSettings(strategic_cap=1), None, "pia", None)
    Targets(parts).place(placing("A-1", ProgramTier.STRATEGIC), "pia")
    Targets(parts).place(placing("A-2", ProgramTier.ONE_TO_FEW), "pia")
    Plans(parts).write("A-1", Plan(), None, PIA)
    Campaigns(parts).put("C-1", Wanted(name="Parcel", account="A-1", until=NOW + timedelta(days=5)), PIA)
    Campaigns(parts).join("C-1", [Joining(contact="ann"), Joining(email="ben@a.example")])
    org.clock.now = NOW
    return org


def placing(account: str, tier: ProgramTier) -> Placing:
    return Placing(account=account, tier=tier, reason="as agreed", until=NOW + timedelta(days=40))


def drop(connection: Connection, index: str) -> None:
    connection.execute(text(f"DROP INDEX {index}"))


def a_nomination(connection: Connection, name: str, state: str, starts: datetime, **said: Any) -> None:
    row = {"id": name, "quarter": "FY2030-Q1", "account": name, "rep": "dan", "claims": {}, "evidence": []}
    row |= {"starts": starts, "ends": starts + timedelta(days=90), "evidence_at": NOW, "state": state}
    connection.execute(insert(tables.program_nomination).values(**row, made_by="dan", made_at=NOW, **said))


def a_placement(connection: Connection, account: str, starts: datetime, **said: Any) -> None:
    row = {"account": account, "tier": "strategic", "starts": starts, "until": starts + timedelta(days=9)}
    row |= {"reason": "as agreed", "decided_by": "pia", "decided_at": NOW}
    connection.execute(insert(tables.program_placement).values(**row | said))


def above_the_cap(connection: Connection) -> None:
    a_placement(connection, "A-9", NOW + timedelta(days=1))


def two_tiers(connection: Connection) -> None:
    a_placement(connection, "A-2", NOW + timedelta(days=1), tier="one_to_many")


def two_plans(connection: Connection) -> None:
    drop(connection, "uq_program_plan_open")
    made = {"revision": 1, "document": {}, "made_by": "pia", "made_at": NOW, "updated_at": NOW}
    connection.execute(insert(tables.program_plan).values(id="p-2", account="A-1", **made))


def a_plan_of_nobody(connection: Connection) -> None:
    connection.execute(update(tables.program_plan).values(account="A-2"))


def two_campaigns(connection: Connection) -> None:
    drop(connection, "uq_program_campaign_running")
    table = tables.program_campaign
    connection.execute(update(table).values(state="active"))
    row = {"id": "zz", "name": "Page", "account": "A-1", "personalised": True, "state": "active"}
    made = {"document": {}, "made_by": "pia", "made_at": NOW, "updated_at": NOW}
    connection.execute(insert(table).values(**row, **made))


def a_campaign_behind_its_time(connection: Connection) -> None:
    connection.execute(update(tables.program_campaign).values(until=NOW - timedelta(hours=2)))


def a_member_under_another_name(connection: Connection) -> None:
    table = tables.program_member
    connection.execute(update(table).where(table.c.contact == "ann").values(contact="anna"))


def a_place_twice(connection: Connection) -> None:
    for name in ("N-1", "N-2"):
        a_nomination(connection, name, "waitlisted", NOW + timedelta(days=5), place=1)


def approved_without_a_place(connection: Connection) -> None:
    a_nomination(connection, "N-1", "approved", NOW + timedelta(days=5))


def a_place_without_approval(connection: Connection) -> None:
    a_nomination(connection, "N-1", "declined", NOW + timedelta(days=50))
    a_placement(connection, "A-9", NOW + timedelta(days=50), nomination="N-1")


def not_settled(connection: Connection) -> None:
    a_nomination(connection, "N-1", "nominated", NOW - timedelta(hours=2))


def activated_twice(connection: Connection) -> None:
    row = {"account": "A-1", "kind": "score", "score": 1.0, "people": 1, "document": {}, "settings": 1}
    row |= {"decided_at": NOW}
    for number in (1, 2):
        at = NOW + timedelta(days=number)
        made = {"id": f"act-{number}", "number": number, "at": at, "until": at + timedelta(days=30)}
        connection.execute(insert(tables.activation).values(**row, **made))


def sums_without_signals(connection: Connection) -> None:
    row = {"account": "A-1", "kind": "intent", "day": 20000, "signals": 1, "weight": 1000}
    connection.execute(insert(tables.signal_day).values(row))


def signals_without_sums(connection: Connection) -> None:
    row = {"source": "x", "external_id": "s-1", "kind": "intent", "at": NOW, "weight": 1000, "said": {}}
    row |= {"account": "A-1", "outcome": "placed", "tried_at": NOW, "received_at": NOW}
    connection.execute(insert(tables.signal).values(row))


def a_report_not_made(connection: Connection) -> None:
    row = {"id": "r-1", "account": "A-1", "reason": "quarter", "subject": "FY2030-Q1", "asked_by": "muster"}
    times = {"since": NOW - timedelta(days=9), "until": NOW, "asked_at": NOW - timedelta(hours=2)}
    connection.execute(insert(tables.account_report).values(**row, **times))


BROKEN: dict[Callable[[Connection], None], dict[str, str]] = {
    above_the_cap: {"account A-9": "2 accounts are strategic then, of 1 places"},
    two_tiers: {"account A-2": "two of its tiers hold at once"},
    two_plans: {"account A-1": "it has several open plans"},
    a_plan_of_nobody: {"plan ": "its account is not strategic"},
    two_campaigns: {"campaign zz": "another personalised campaign of its account runs as well"},
    a_campaign_behind_its_time: {"campaign ": "its time is over"},
    a_member_under_another_name: {"member id:ann of campaign": "under another name"},
    a_place_twice: {"place 1 on the waitlist for FY2030-Q1": "not one nomination has it"},
    approved_without_a_place: {"nomination N-1": "its account has no place"},
    a_place_without_approval: {"account A-9": "by a nomination that is not approved"},
    not_settled: {"nomination N-1": "it was not settled"},
    activated_twice: {"activation act-2": "while another stood"},
    sums_without_signals: {"account A-1": "it has sums by day, but no signals"},
    signals_without_sums: {"account A-1": "its sums by day are not those of its signals"},
    a_report_not_made: {"report r-1": "it is not made"},
}


class PutBack(Exception):
    """What was broken is put back: its transaction is."""


def test_each_broken_promise_is_named_with_its_row(org: Organisation) -> None:
    """One after the other in one database."""
    assert list(examine(org.database, org.clock())) == []
    for break_it, wanted in BROKEN.items():
        with suppress(PutBack), org.database.write() as connection:
            break_it(connection)
            found = {each.row: each.detail for each in findings(connection, NOW)}
            [(row, detail)] = wanted.items()
            assert found, break_it.__name__
            assert all(name.startswith(row) and detail in said for name, said in found.items()), found
            raise PutBack
    assert list(examine(org.database, org.clock())) == []
