"""All orders in which the transactions of five actors can commit, and what holds in each.

Two events of one contact, a third that ties the contact's two names together (a
merge), a rulebook publication, and a rep who goes away. Whoever changes a contact
holds its names, and a pool its row, until the commit, so the orders of the
commits are all the schedules there are; `tests/soak` runs them truly at once.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from matching.types import Contact
from routing.types.decision import RoutingOutcome
from routing.types.people import RepId
from service.db import reps, rulebooks
from service.db.engine import Database
from service.db.tables import assignment, contact, decision
from service.doctor import examine
from service.records.reps import RepRecord
from tests.service.organisation import MONDAY, RULEBOOK, Organisation, organisation

ACTORS = ("first", "second", "merge", "publish", "away")
ORDERS = list(itertools.permutations(ACTORS))
TRIED = ORDERS if "MUSTER_SOAK" in os.environ else ORDERS[::3]
"""All 120 in `make soak`; a third of them, evenly, in every test run."""
AFTER = RULEBOOK.replace("  sla: 4 hours", "  sla: 2 hours")
ANA = RepId("ana")


def actors(org: Organisation) -> dict[str, Callable[[], object]]:
    """What each actor does, in one transaction."""
    first = Contact(external_id="c-1", company="Firm")
    second = Contact(email="p@firm.example", company="Firm")
    both = Contact(external_id="c-1", email="p@firm.example")
    away = {
        "external_id": "ana",
        "absences": [{"from": "2026-03-01T00:00:00Z", "until": "2026-04-01T00:00:00Z"}],
    }

    def publish() -> None:
        with org.database.write() as connection:
            rulebooks.publish(connection, AFTER, author="ops", reason=None, at=org.clock())

    def leave() -> None:
        with org.database.write() as connection:
            reps.upsert(connection, [RepRecord.model_validate(away)], org.clock())

    return {
        "first": lambda: org.decide(first, "first"),
        "second": lambda: org.decide(second, "second"),
        "merge": lambda: org.decide(both, "merge"),
        "publish": publish,
        "away": leave,
    }


def check(org: Organisation, order: tuple[str, ...]) -> None:
    """What holds, whatever came before what."""
    assert list(examine(org.database, org.clock())) == [], order
    with org.database.read() as connection:
        taken = connection.execute(decision.select().order_by(decision.c.at)).all()
        people = connection.execute(contact.select()).all()
        active = connection.execute(assignment.select().where(assignment.c.ended_at.is_(None))).all()
    assert [row.event_key for row in taken] == [
        each for each in order if each in ("first", "second", "merge")
    ]
    assert len({row.contact_id for row in active}) == len(active) <= len(people), order
    by_version = [row.rulebook_version for row in taken]
    before = sum(each in ("first", "second", "merge") for each in order[: order.index("publish")])
    assert len(set(by_version[:before])) <= 1 and len(set(by_version[before:])) <= 1
    assert not set(by_version[:before]) & set(by_version[before:]), order
    gone = order.index("away")
    for row in taken:
        fresh = row.routing_outcome == RoutingOutcome.ASSIGNED and row.assignment_id in {
            each.id for each in active if each.decision_id == row.id
        }
        if fresh and order.index(row.event_key) > gone:
            assert row.rep != ANA, order


def run(org: Organisation, order: tuple[str, ...]) -> None:
    """Let the actors commit in this order, a second apart; each event sent once more at the end."""
    every = actors(org)
    for name in order:
        every[name]()
        org.clock.forward(seconds=1)
    for name in ("first", "second", "merge"):
        every[name]()
    check(org, order)


@pytest.fixture
def settled(database: Database) -> Organisation:
    """An organisation before any of them."""
    org = organisation(database)
    assert org.clock() - MONDAY == timedelta()
    return org


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_orders_on_sqlite(sqlite_template: Path, tmp_path: Path, database: Database) -> None:
    for place, order in enumerate(TRIED):
        file = tmp_path / f"{place}.db"
        shutil.copyfile(sqlite_template, file)
        copy = Database(f"sqlite:///{file}")
        try:
            run(organisation(copy), order)
        finally:
            copy.dispose()
            file.unlink()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("order", ORDERS[::40], ids=lambda order: "-".join(order))
def test_some_orders_on_postgresql(settled: Organisation, order: tuple[str, ...]) -> None:
    run(settled, order)
