"""service/db/reps.py: reps with their hours and absences."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from routing.types.people import Absence, Rep, RepId, WorkBlock
from service.db import reps
from service.db.engine import Database
from service.db.upserts import Stored
from service.records.reps import RepRecord

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
AWAY = {
    "from": "2026-03-01T00:00:00Z",
    "until": "2026-04-01T00:00:00+02:00",
    "cover": "ben",
    "reason": "leave",
}


BEN = {"external_id": "ben", "name": "Ben"}


def store(database: Database, *said: dict[str, Any]) -> list[Stored]:
    records = [RepRecord.model_validate(each) for each in said]
    with database.write() as connection:
        return reps.upsert(connection, records, NOW)


def ann(database: Database) -> Rep:
    with database.read() as connection:
        return reps.by_id(connection, [RepId("ann")])[RepId("ann")]


def test_a_rep_as_the_routing_knows_them(database: Database) -> None:
    said = {
        "external_id": "ann",
        "name": "Ann",
        "role": "AE",
        "manager": "max",
        "time_zone": "europe/berlin",
        "working_hours": {"tue": ["13:00-17:30", "09:00-12:00"], "mon": ["09:00-24:00"]},
        "absences": [AWAY],
        "custom": {"language": "de"},
    }
    assert [each.outcome for each in store(database, said, BEN)] == ["created", "created"]
    assert ann(database) == Rep(
        id=RepId("ann"),
        name="Ann",
        role="AE",
        manager=RepId("max"),
        time_zone="Europe/Berlin",
        working_hours=(
            WorkBlock(weekday=0, start=540, end=1440),
            WorkBlock(weekday=1, start=540, end=720),
            WorkBlock(weekday=1, start=780, end=1050),
        ),
        absences=(
            Absence(
                start=datetime(2026, 3, 1, tzinfo=UTC),
                until=datetime(2026, 3, 31, 22, tzinfo=UTC),
                cover=RepId("ben"),
                reason="leave",
            ),
        ),
        custom={"language": "de"},
    )


def test_what_is_not_named_stays_and_null_is_the_default(database: Database) -> None:
    store(
        database,
        {"external_id": "ann", "name": "Ann", "time_zone": "Asia/Tokyo", "team": "x", "absences": [AWAY]},
        BEN,
    )
    assert store(database, {"external_id": "ann", "active": False})[0].outcome == "updated"
    found = ann(database)
    assert (found.active, found.time_zone, found.team, len(found.absences)) == (False, "Asia/Tokyo", "x", 1)
    store(database, {"external_id": "ann", "time_zone": None, "team": None, "active": None, "absences": []})
    found = ann(database)
    assert (found.active, found.time_zone, found.team, found.absences) == (True, "UTC", None, ())


def test_the_same_again_changes_nothing(database: Database) -> None:
    said = {
        "external_id": "ann",
        "name": "Ann",
        "working_hours": {"mon": ["09:00-17:00"]},
        "absences": [AWAY],
    }
    store(database, said, BEN)
    assert store(database, said)[0].outcome == "unchanged"
    assert (
        store(database, {**said, "absences": [AWAY, {**AWAY, "until": "2026-05-01T00:00:00Z"}]})[0].outcome
        == "updated"
    )


def test_a_new_rep_needs_a_name(database: Database) -> None:
    (stored,) = store(database, {"external_id": "ann", "absences": [{**AWAY, "cover": None}]})
    assert (stored.outcome, stored.field) == ("refused", "name")
    with database.read() as connection:
        assert reps.all_reps(connection) == []


def test_listed_by_name_paged_as_stored_and_removed(database: Database) -> None:
    store(database, *({"external_id": name, "name": name.title()} for name in ("cyd", "ann", "ben")))
    with database.read() as connection:
        assert [rep.name for rep in reps.all_reps(connection)] == ["Ann", "Ben", "Cyd"]
        first = reps.page(connection, limit=2)
        rest = reps.page(connection, after=first[-1][0])
        assert sorted(rep.id for _, rep in first + rest) == ["ann", "ben", "cyd"]
    with database.write() as connection:
        assert reps.remove(connection, "ann")
        assert not reps.remove(connection, "ann")
