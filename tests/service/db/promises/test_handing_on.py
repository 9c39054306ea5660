"""The checker checked: real flows run with a fault put into the code, and the doctor finds it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from matching.types import Contact
from service.db import credit, inbox, ledger, outbox, rotation, tables
from service.db.engine import Database
from service.db.outbox import Outcome, State
from service.doctor import examine
from tests.service.organisation import MONDAY, Organisation, listen, organisation


@pytest.fixture
def org(database: Database) -> Organisation:
    """An organisation with a destination that is told everything."""
    org = organisation(database)
    listen(database)
    return org


def came_in(org: Organisation, number: int = 0) -> str:
    return org.decide(Contact(email=f"p{number}@firm{number}.example"), f"e{number}").id


def details(org: Organisation) -> set[str]:
    return {finding.detail for finding in examine(org.database, org.clock())}


class Crash(Exception):
    """The process dies here."""


def test_without_a_fault_nothing_is_found(org: Organisation) -> None:
    came_in(org)
    assert details(org) == set()


def test_acknowledge_before_commit(org: Organisation) -> None:
    """The item is marked as decided in a transaction of its own, before the decision is stored."""
    row = {
        "source": "form",
        "dedupe_key": "1",
        "digest": "0",
        "body": b"{}",
        "received_at": MONDAY,
        "state": inbox.State.DECIDED,
        "attempts": 1,
        "next_at": MONDAY,
        "decision_id": "id-000001",
    }
    filled = {
        column.name: row.get(column.name, "" if not column.nullable else None)
        for column in tables.inbox.columns
        if column.name != "id"
    }
    with org.database.write() as connection:
        connection.execute(insert(tables.inbox).values(filled))
    with pytest.raises(Crash), org.database.write():
        raise Crash
    assert details(org) == {"it counts as decided, but there is no decision"}


def test_naive_rotation(org: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A counter without a ledger."""
    monkeypatch.setattr(ledger, "record", lambda *_: None)
    came_in(org)
    assert "its number of turns is not that of its ledger" in details(org)


def test_the_loser_keeps_its_pick(org: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The turn is taken in a transaction of its own, and stays taken when the decision is not stored."""
    came_in(org)
    enter, save = ledger.record, rotation.save

    def apart(function: Any) -> Any:
        def run(connection: Any, *rest: Any) -> None:
            connection.commit()
            function(connection, *rest)
            connection.commit()

        return run

    def lost(*_: Any) -> None:
        raise Crash

    if org.database.sqlite:
        pytest.skip("SQLite has one writer: a transaction within another would wait for itself")
    monkeypatch.setattr("service.flow.writing.rotation.save", apart(save))
    monkeypatch.setattr("service.flow.writing.ledger.record", apart(enter))
    monkeypatch.setattr("service.flow.writing.decisions.store", lambda *_: None)
    monkeypatch.setattr("service.flow.writing.assignments.start", lambda *_: None)
    monkeypatch.setattr("service.flow.writing.clocks.start", lambda *_: None)
    monkeypatch.setattr("service.flow.writing.outbox.enqueue", lost)
    with pytest.raises(Crash):
        came_in(org, 1)
    assert "it serves no decision for this rep" in details(org)


def test_blind_retry(org: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The turn is taken again, because the answer of the first time was lost."""
    record = ledger.record

    def twice(connection: Any, draws: Any, now: Any) -> None:
        record(connection, draws, now)
        for draw in draws:
            again = ledger.Draw(
                move=type(draw.move)(
                    **{name: getattr(draw.move, name) for name in draw.move.__slots__}
                    | {"turn": draw.move.turn + 1}
                ),
                decision_id=draw.decision_id,
            )
            record(connection, [again], now)

    monkeypatch.setattr(ledger, "record", twice)
    came_in(org)
    assert "it used several turns" in details(org)


def test_the_outbox_outside_the_transaction(org: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The messages are queued after the commit, and the process dies between the two."""
    monkeypatch.setattr(outbox, "add", lambda *_: None)
    came_in(org)
    assert details(org) == {"its messages are not those that were to be queued with it"}


def test_a_lease_that_is_too_short(org: Organisation) -> None:
    """It ends while the first sender is still sending, and a second one sends the message again."""
    came_in(org)
    now = org.clock()
    with org.database.write() as connection:
        [first] = outbox.claim(connection, "d", now, now + timedelta(milliseconds=1), 10)
    with org.database.write() as connection:
        outbox.release_expired(connection, now + timedelta(seconds=1))
        [second] = outbox.claim(connection, "d", now + timedelta(seconds=1), now + timedelta(seconds=60), 10)
    sent = Outcome(state=State.DELIVERED, next_at=None, status=200, error=None)
    with org.database.write() as connection:
        assert not outbox.settle(connection, first, sent, now)
        assert outbox.settle(connection, second, sent, now)
    assert details(org) == {"a sender came back after its lease had ended: it may have come twice"}


def test_credit_that_is_given_twice(org: Organisation) -> None:
    decision = came_in(org)
    with org.database.write() as connection:
        row = connection.execute(tables.contact.select()).one().id
        for cause in ("one", "two"):
            given = {"contact_id": row, "kind": "sourced", "rep": "ana", "share": credit.WHOLE, "rule": "x"}
            written = {"decision_id": decision, "reason": credit.Reason.EARNED, "cause": cause, "at": MONDAY}
            connection.execute(insert(tables.credit).values(given | written))
    assert details(org) == {"its shares add up to more than all, or less than nothing"}


def test_a_handover_that_stopped(org: Organisation) -> None:
    row = {
        "id": "h",
        "rep": "ana",
        "kind": "leaves",
        "state": "applying",
        "request": {},
        "digest": "",
        "made_by": "ops",
        "made_at": MONDAY,
        "applied_at": MONDAY,
    }
    with org.database.write() as connection:
        connection.execute(insert(tables.handover).values(row))
    assert details(org) == set()
    org.clock.forward(hours=2)
    assert details(org) == {"it has begun, and no worker goes on with it: is one running?"}


def test_a_decision_that_no_report_counts(org: Organisation) -> None:
    decision = came_in(org)
    with org.database.write() as connection:
        connection.execute(tables.decision_figure.delete())
    findings = list(examine(org.database, org.clock()))
    assert [(each.row, each.detail) for each in findings] == [(f"decision {decision}", "no report counts it")]
