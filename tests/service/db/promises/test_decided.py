"""The doctor names each seeded corruption, and is silent on a healthy database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, text, update

from matching.types import Contact
from routing.types.people import RepId
from routing.types.pools import PoolName
from routing.types.rotation import EntryKind
from service.db import ledger, policies, tables
from service.db.engine import Database
from service.db.ledger import Change
from service.doctor import examine
from tests.service.organisation import MONDAY, Organisation, listen, organisation


@pytest.fixture
def org(database: Database) -> Organisation:
    """An organisation that has lived: contacts drawn, owned, rejected, reassigned, held, asked, late."""
    org = organisation(database)
    for number in range(9):
        org.decide(Contact(email=f"p{number}@firm{number}.example", company=f"Firm {number}"), f"e{number}")
        org.clock.forward(minutes=1)
    owned = org.decide(Contact(email="x@northwind-robotics.com"), "owned")
    org.clock.forward(minutes=1)
    org.decide(Contact(email="x@northwind-robotics.com"), "late", at=MONDAY - timedelta(days=1))
    org.decide(Contact(email="y@northwind-robotics.com", source="event"), "asked")
    org.decide(Contact(email="z@trial.example", source="trial"), "held")
    drawn = [decision for decision in _decisions(org) if decision[1]]
    org.clock.forward(minutes=1)
    org.desk.reject(drawn[0][1], "not mine", "ana")
    org.clock.forward(minutes=1)
    org.desk.reassign(drawn[1][1], RepId("dan"), "knows them", "lead")
    org.desk.complete(drawn[2][1], "cleo")
    assert owned.assignment is not None
    return org


def _decisions(org: Organisation) -> Sequence[tuple[str, str]]:
    with org.database.read() as connection:
        rows = connection.execute(
            select(tables.decision.c.id, tables.decision.c.assignment_id)
            .where(tables.decision.c.pool.is_not(None))
            .order_by(tables.decision.c.at)
        )
        return [(row.id, row.assignment_id) for row in rows]


def found(org: Organisation) -> set[str]:
    return {finding.row for finding in examine(org.database, org.clock())}


def corrupt(org: Organisation, statement: object) -> None:
    """Change rows behind the program's back."""
    with org.database.engine.connect() as connection:
        if org.database.sqlite:
            connection.execute(text("PRAGMA foreign_keys = OFF"))
            connection.execute(text("BEGIN"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
        connection.execute(statement)  # type: ignore[call-overload]
        connection.commit()
        if org.database.sqlite:
            connection.execute(text("PRAGMA foreign_keys = ON"))
        else:
            connection.execute(text("SET session_replication_role = DEFAULT"))
            connection.commit()


def test_a_healthy_database_has_nothing(org: Organisation) -> None:
    assert list(examine(org.database, org.clock())) == []


def test_an_empty_database_has_nothing(database: Database) -> None:
    assert list(examine(database, MONDAY)) == []


def test_a_decision_without_its_assignment(org: Organisation) -> None:
    decision, assignment = _decisions(org)[5]
    corrupt(org, delete(tables.assignment).where(tables.assignment.c.id == assignment))
    assert f"decision {decision}" in found(org)


def test_an_assignment_of_another_rep(org: Organisation) -> None:
    decision, assignment = _decisions(org)[5]
    corrupt(org, update(tables.assignment).where(tables.assignment.c.id == assignment).values(rep="dan"))
    assert f"decision {decision}" in found(org)


def test_an_active_assignment_that_the_newest_decision_did_not_make(org: Organisation) -> None:
    decision, assignment = _decisions(org)[5]
    corrupt(
        org,
        update(tables.decision)
        .where(tables.decision.c.id == decision)
        .values(assignment_id=None, routing_outcome="queued"),
    )
    assert f"assignment {assignment}" in found(org)


def test_an_assignment_that_ended_in_name_only(org: Organisation) -> None:
    assignment = _decisions(org)[5][1]
    corrupt(
        org, update(tables.assignment).where(tables.assignment.c.id == assignment).values(status="rejected")
    )
    assert found(org) == {f"assignment {assignment}"}


def test_a_pool_that_counts_a_turn_too_many(org: Organisation) -> None:
    corrupt(org, update(tables.pool).values(turn=tables.pool.c.turn + 1))
    assert found(org) == {"pool inbound"}


def test_a_member_who_counts_a_turn_too_many(org: Organisation) -> None:
    corrupt(org, update(tables.pool_member).where(tables.pool_member.c.rep == "bo").values(turns=99))
    assert found(org) == {"member bo of pool inbound"}


def test_a_member_who_is_owed_a_turn_too_many(org: Organisation) -> None:
    corrupt(org, update(tables.pool_member).where(tables.pool_member.c.rep == "bo").values(credit=-5))
    assert found(org) == {"member bo of pool inbound"}


def test_a_turn_given_back_that_nobody_drew(org: Organisation) -> None:
    with org.database.read() as connection:
        line = ledger.page(connection, PoolName("inbound"), kinds=[EntryKind.DRAW])[0]
    change = Change(
        pool=PoolName("inbound"),
        kind=EntryKind.GIVE_BACK,
        rep=RepId("dan"),
        amount=-1,
        reason=None,
        gives_back=line.turn,
    )
    with org.database.write() as connection:
        ledger.enter(connection, [change], org.clock())
        entry = ledger.given_back(connection, PoolName("inbound"), line.turn or 0)
    assert entry is not None
    assert found(org) == {f"turn {entry.id}"}


def test_a_turn_that_is_missing_from_the_ledger(org: Organisation) -> None:
    decision, assignment = _decisions(org)[4]
    corrupt(org, delete(tables.turn).where(tables.turn.c.decision_id == decision))
    assert {"pool inbound", f"assignment {assignment}"} <= found(org)


def test_a_turn_without_a_decision(org: Organisation) -> None:
    decision = _decisions(org)[4][0]
    with org.database.read() as connection:
        turn = connection.execute(
            select(tables.turn.c.id).where(
                tables.turn.c.decision_id == decision, tables.turn.c.kind == "draw"
            )
        ).scalar_one()
    corrupt(org, update(tables.turn).where(tables.turn.c.id == turn).values(decision_id="none"))
    assert f"turn {turn}" in found(org)


def test_a_rulebook_that_was_changed_afterwards(org: Organisation) -> None:
    with org.database.read() as connection:
        version = connection.execute(select(tables.rulebook.c.version)).scalar_one()
    corrupt(org, update(tables.rulebook).values(text=tables.rulebook.c.text + "\n# and more"))
    assert f"rulebook {version}" in found(org)


def test_a_rulebook_that_was_lost(org: Organisation) -> None:
    corrupt(org, delete(tables.rulebook))
    assert {f"decision {decision}" for decision, _ in _decisions(org)} <= found(org)


def test_a_policy_that_was_lost(org: Organisation) -> None:
    corrupt(org, delete(tables.policy))
    assert {f"decision {decision}" for decision, _ in _decisions(org)} <= found(org)


def test_a_live_rulebook_that_nobody_published(org: Organisation) -> None:
    corrupt(org, delete(tables.publication))
    with org.database.read() as connection:
        live = connection.execute(select(tables.rulebook_state.c.live)).scalar_one()
    assert found(org) == {f"rulebook {live}"}


def test_a_decision_that_was_edited(org: Organisation) -> None:
    decision = _decisions(org)[4][0]
    with org.database.read() as connection:
        body = connection.execute(
            select(tables.decision.c.body).where(tables.decision.c.id == decision)
        ).scalar_one()
    body["match"]["score"] = 0.5
    corrupt(org, update(tables.decision).where(tables.decision.c.id == decision).values(body=body))
    assert found(org) == {f"decision {decision}"}


def test_a_decision_that_is_listed_under_another_rule(org: Organisation) -> None:
    decision = _decisions(org)[4][0]
    corrupt(org, update(tables.decision).where(tables.decision.c.id == decision).values(rule="owner"))
    assert found(org) == {f"decision {decision}"}


def test_an_event_that_was_never_decided(org: Organisation) -> None:
    row = {
        "source": "form",
        "dedupe_key": "1",
        "digest": "0",
        "body": b"{}",
        "received_at": MONDAY,
        "state": "decided",
        "attempts": 1,
        "next_at": MONDAY,
        "decision_id": "none",
    }
    required = {
        column.name: row.get(column.name, "" if not column.nullable else None)
        for column in tables.inbox.columns
        if column.name != "id"
    }
    corrupt(org, insert(tables.inbox).values(required))
    assert {name.split(" ")[0] for name in found(org)} == {"inbox"}


def test_a_message_about_nothing(org: Organisation) -> None:
    message = {
        column.name: None if column.nullable else ""
        for column in tables.delivery.columns
        if column.name != "id"
    } | {
        "message_id": "m",
        "destination_id": "d",
        "contact_id": 1,
        "decision_id": "none",
        "payload": {},
        "state": "delivered",
        "attempts": 1,
        "next_at": MONDAY,
        "created_at": MONDAY,
    }
    listen(org.database)
    corrupt(org, insert(tables.delivery).values(message))
    details = {finding.detail for finding in examine(org.database, org.clock())}
    assert len(details) == 2


def test_a_message_whose_sender_is_gone(org: Organisation) -> None:
    test_a_message_about_nothing(org)
    stuck = {"state": "sending", "delivered_at": None, "lease_until": MONDAY}
    corrupt(org, update(tables.delivery).values(stuck))
    org.clock.forward(hours=2)
    assert any("sender is gone" in finding.detail for finding in examine(org.database, org.clock()))


def test_policies_are_recorded_with_the_decisions(org: Organisation) -> None:
    """What the check of versions relies on."""
    with org.database.read() as connection:
        version = connection.execute(select(tables.decision.c.policy_version).limit(1)).scalar_one()
        assert policies.get(connection, version) is not None
