"""The figures that tell whether work is left lying."""

from __future__ import annotations

from datetime import timedelta

from service.db import destinations, inbox, sources
from service.db.engine import Database
from service.intake.kinds import Call
from service.intake.reading import read_items
from service.worker.gauges import gauges
from tests.service.deciding import NOW, remembered, tell
from tests.service.delivery.test_sender import add
from tests.service.worker.test_inbox import FORMS


def read(database: Database, seconds: int) -> dict[str, float]:
    found = gauges(database, lambda: NOW + timedelta(seconds=seconds))
    return {gauge.name.removeprefix("muster_"): gauge.value for gauge in found}


def test_nothing_waits(database: Database) -> None:
    assert set(read(database, 0).values()) == {0}


def test_what_waits_and_for_how_long(database: Database) -> None:
    add(database, "crm")
    with database.write() as connection:
        sources.add(connection, FORMS)
        call = Call(url="", headers={}, body=b'[{"company":"A"},{"x":1}]')
        inbox.receive(connection, "forms", read_items(FORMS, call, NOW), NOW)
        row = remembered(connection, "c-1")
    tell(database, [(row, "d-1")])
    assert read(database, 61) == {
        "inbox_oldest_seconds": 61,
        "inbox_waiting": 1,
        "inbox_quarantined": 1,
        "outbox_oldest_seconds": 61,
        "outbox_waiting": 1,
        "outbox_dead": 0,
        "rulebook_alarms": 0,
        "timers_oldest_seconds": 0,
    }


def test_nobody_waits_for_what_a_deleted_destination_was_not_told(database: Database) -> None:
    crm = add(database, "crm")
    with database.write() as connection:
        row = remembered(connection, "c-1")
    tell(database, [(row, "d-1")])
    assert read(database, 61)["outbox_waiting"] == 1
    database.transact(lambda c: destinations.delete(c, crm.id, NOW))
    assert set(read(database, 61).values()) == {0}
