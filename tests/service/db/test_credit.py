"""Credit goes with the work and is never given twice."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from matching.types import Contact
from routing.types.decision import Credit
from routing.types.people import RepId
from service.db import credit
from service.db.credit import Filter, Reason
from service.db.engine import Database
from service.db.tables import contact
from tests.service.organisation import Organisation, organisation

RULEBOOK = """
version: 1
timezone: UTC
rules:
  - id: owner
    because: Accounts stay with their owner
    when: {account.owner: {exists: true}}
    then: {owner of: account}
    credit:
      - {kind: sourced, to: assignee, share: 0.7}
      - {kind: sourced, to: {rep: ana}}
      - {kind: influenced, to: {rep: bo}}
fallback:
  then: {pool: inbound}
"""

ANYA = Contact(email="anya@northwind-robotics.com")


@pytest.fixture
def org(database: Database) -> Organisation:
    return organisation(database, RULEBOOK)


def held(org: Organisation) -> dict[tuple[str, str], float]:
    with org.database.read() as connection:
        return {(each.rep, each.kind): each.credit for each in credit.totals(connection, Filter())}


def reasons(org: Organisation) -> list[Reason]:
    with org.database.read() as connection:
        return [line.reason for line in credit.page(connection, Filter(), 0, 100)]


def test_a_decision_earns_what_its_rule_stamps_once(org: Organisation) -> None:
    first = org.decide(ANYA, "e1")
    assert held(org) == {("dan", "sourced"): 0.7, ("ana", "sourced"): 0.3, ("bo", "influenced"): 1.0}
    org.clock.forward(hours=1)
    org.decide(ANYA, "e2")  # Dan keeps it
    org.send(ANYA, "e1")  # a repeat
    assert len(reasons(org)) == 3
    assert first.assignment is not None


def test_credit_goes_with_the_work(org: Organisation) -> None:
    first = org.decide(ANYA, "e1")
    assert first.assignment is not None
    org.clock.forward(hours=1)
    org.decide(ANYA, "e2")
    moved = org.desk.reassign(first.assignment.id, RepId("cleo"), "knows them", "lead")
    assert held(org) == {("cleo", "sourced"): 0.7, ("ana", "sourced"): 0.3, ("bo", "influenced"): 1.0}
    assert moved.assignment is not None
    org.clock.forward(hours=1)
    org.desk.reject(moved.assignment.id, "not mine", "cleo")  # the rules give it to Dan again
    assert held(org)["dan", "sourced"] == 0.7
    assert reasons(org).count(Reason.PASSED_ON) == 6


def test_what_was_completed_stays_whose_it_is(org: Organisation) -> None:
    first = org.decide(ANYA, "e1")
    assert first.assignment is not None
    org.desk.complete(first.assignment.id, "dan")
    before = held(org)
    org.clock.forward(days=90)
    again = org.decide(ANYA, "e2")
    assert again.assignment is not None and again.assignment.id != first.assignment.id
    assert held(org) == before


def test_a_dispute_awards_the_kinds_it_names(org: Organisation) -> None:
    first = org.decide(ANYA, "e1")
    shares = [
        Credit(kind="sourced", rep=RepId(rep), share=1 / 3, rule="dispute") for rep in ("dan", "cleo", "bo")
    ]
    with org.database.write() as connection:
        row = connection.execute(select(contact.c.id)).scalar_one()
        credit.award(connection, row, shares, first.id, "dispute-1", org.clock())
    assert held(org)["cleo", "sourced"] == pytest.approx(0.333333)
    assert held(org)["bo", "influenced"] == 1.0
    assert sum(share for (_, kind), share in held(org).items() if kind == "sourced") <= 1


def test_a_cause_writes_once(org: Organisation) -> None:
    first = org.decide(ANYA, "e1")
    share = [Credit(kind="new", rep=RepId("cleo"), share=1.0, rule="dispute")]
    with org.database.write() as connection:
        row = connection.execute(select(contact.c.id)).scalar_one()
        credit.award(connection, row, share, first.id, "dispute-1", org.clock())
    with pytest.raises(IntegrityError), org.database.write() as connection:
        credit.award(connection, row, share, first.id, "dispute-1", org.clock())
