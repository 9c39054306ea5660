"""Signals from their arrival to what they activate, as stories; repeats, refusals, two who hear at once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import select

from service.db.engagement import sums
from service.db.engine import Database
from service.db.tables import (
    activation,
    program_placement,
    signal,
    signal_account,
    signal_day,
    signal_kind,
    signal_person_day,
    signal_stage,
)
from service.db.upserts import Outcome
from service.engagement.records import SignalRecord
from service.engagement.upkeep import Upkeep
from service.privacy.erase import Eraser
from service.program.core.settings import Engagement, ProgramSettings
from tests.service.engagement.heard import Heard
from tests.service.engagement.twins import Twins, twins
from tests.service.organisation import MONDAY

STORIES = YAML(typ="safe").load(Path(__file__).parents[2] / "cases" / "engagement" / "stories.yaml")
SUMS = (signal_account, signal_day, signal_kind, signal_person_day, signal_stage)


def test_stories(database: Database) -> None:
    """All of them in one database, one after the other: each has people and days of its own."""
    for story in STORIES:
        _forget(database)
        _tell(Heard(database), story)


def _tell(heard: Heard, story: dict[str, Any]) -> None:
    account, last = story.get("account", "A-1"), 0
    for step in story["steps"]:
        heard.on(step["on"])
        if "signals" in step:
            results = heard.hear(
                *({"external_id": f"s-{last + n}", **each} for n, each in enumerate(step["signals"]))
            )
            last += len(results)
            assert {each.outcome for each in results} == {Outcome.CREATED}
        stands = heard.stands(account)
        found = {
            "people": stands.people if stands else 0,
            "score": stands.score if stands else 0,
            "stage": stands.stage if stands else None,
            "topic": stands.topic if stands else None,
            "activations": [each.kind.value for each in heard.activated(account)],
            "unmatched": len(heard.waiting()),
        }
        wanted = step.get("expect", {})
        assert {name: found[name] for name in wanted} == wanted, f"{story['name']}: {step}"


def _forget(database: Database) -> None:
    with database.write() as connection:
        for table in (signal, *SUMS, activation, program_placement):
            connection.execute(table.delete())


def test_repeats_change_nothing_and_what_is_wrong_is_refused_by_itself(database: Database) -> None:
    heard = Heard(database)
    once = {"kind": "form", "email": "ann@one.example", "at": 0}
    unnamed = {
        "kind": "intent",
        "source": "6sense",
        "domain": "one.example",
        "score": 70,
        "stage": "Awareness",
    }
    first = heard.hear(
        {**once, "external_id": "e-1"}, {**once, "external_id": "e-1"}, unnamed, {**once, "at": -1}
    )
    assert [each.outcome for each in first] == ["created", "unchanged", "created", "refused"]
    assert (first[3].field, "future" in (first[3].problem or "")) == ("at", True)
    before = _rows(database)
    heard.on(1)
    again = heard.hear({**once, "external_id": "e-1", "count": 5}, unnamed)
    assert [each.outcome for each in again] == ["unchanged", "unchanged"]
    assert _rows(database) == before
    changed = heard.hear({**unnamed, "score": 75}, {**once, "external_id": "e-1", "source": "other"})
    assert [each.outcome for each in changed] == ["created", "created"], "another source's e-1 is another"


def test_whatever_the_order_and_the_batches_the_sums_are_those_of_the_signals(database: Database) -> None:
    heard = Heard(database)
    heard.on(60)
    kinds = ("form", "page_visit", "intent")
    said = [
        {"kind": kinds[n % 3], "email": f"p{n % 4}@one.example", "at": n % 40, "external_id": str(n),
         "stage": f"S{n % 5}", "score": 10 + n % 90}
        for n in range(60)
    ]  # fmt: skip
    heard.hear(*said)
    together = _rows(database)
    _forget(database)
    heard = Heard(database)
    heard.on(60)
    random.Random(7).shuffle(said)
    for start in range(0, 60, 13):
        heard.hear(*said[start : start + 13])
    assert _rows(database) == together
    with database.write() as connection:
        sums.refresh(connection, [("A-1", kind) for kind in kinds], Engagement())
    assert _rows(database) == together


@pytest.fixture(scope="module")
def pair() -> Iterator[Twins]:
    """Two processes that hear at once, in the morning on which stories begin."""
    with twins(MONDAY) as ready:
        yield ready


def test_two_processes_that_hear_at_once_activate_once(
    database: Database, database_url: str, pair: Twins
) -> None:
    """Each alone would be enough; both have seen no activation when they begin."""
    heard = Heard(database)
    assert pair.hear(database_url) == "0 0"
    [only] = heard.activated()
    stands = heard.stands()
    assert (only.number, only.until - only.at) == (1, timedelta(days=30))
    assert stands is not None and (stands.people, stands.score) == (6, 125), (
        "at most five forms of a day count"
    )


def test_other_settings_count_anew_what_was_heard(database: Database) -> None:
    heard = Heard(database)
    heard.hear({"kind": "form", "domain": "one.example"})
    heard.on(30)
    assert _score(heard) == 12.5
    rule = {"points": 10, "half_life": 15, "most_a_day": 5}
    chosen = ProgramSettings.model_validate({"engagement": {"kinds": {"form": rule}}})
    heard.program.settings.change(chosen, None, "pia", None)
    assert _score(heard) == 5, "points at once"
    assert Upkeep(heard.parts).run() is False
    assert _score(heard) == 2.5, "the half-life with the next upkeep"


def _score(heard: Heard) -> float | None:
    stands = heard.stands()
    return stands.score if stands else None


def _rows(database: Database) -> list[list[tuple[Any, ...]]]:
    with database.read() as connection:
        return [sorted((tuple(row) for row in connection.execute(select(table))), key=str) for table in SUMS]


@pytest.mark.parametrize(
    ("said", "weight"),
    [
        ({}, 1000),
        ({"score": 85}, 850),
        ({"score": 0}, 0),
        ({"count": 12}, 12_000),
        ({"score": 50, "count": 3}, 1500),
    ],
)
def test_a_signal_weighs_its_strength_as_often_as_it_stands_for(said: dict[str, Any], weight: int) -> None:
    assert SignalRecord(kind="intent", domain="one.example", **said).weight == weight


def test_of_who_was_erased_the_company_alone_is_heard(database: Database) -> None:
    heard = Heard(database)
    heard.hear({"kind": "form", "email": "ann@one.example"}, {"kind": "form", "email": "ben@one.example"})
    eraser = Eraser(database=database, now=heard.clock, new_id=heard.parts.new_id)
    assert eraser.erase("ann@one.example", "pia").erased["signal"] == 1
    heard.hear({"kind": "page_visit", "email": "Ann@one.example", "external_id": "later"})
    stands = heard.stands()
    assert stands is not None and (stands.people, stands.score) == (1, 51)
    with database.read() as connection:
        rows = [tuple(row) for table in (signal, *SUMS) for row in connection.execute(select(table))]
    assert "ann@one" not in str(rows).casefold() and "ben@one.example" in str(rows)


def test_ids_that_tell_who_it_was_go_with_the_person_and_are_known_when_they_come_again(
    database: Database,
) -> None:
    heard = Heard(database)
    said = {"kind": "form", "email": "ann@one.example"}
    sent = [{**said, "external_id": each} for each in ("ann@one.example", "ANN@one.example", "form:7")]
    sent += [{"kind": "form", "domain": "one.example", "external_id": "page/ann@one.example/1"}]
    heard.hear(*sent)
    Eraser(database=database, now=heard.clock, new_id=heard.parts.new_id).erase("ann@one.example", "pia")
    assert [each.outcome for each in heard.hear(*sent)] == ["unchanged"] * 4
    later = [{"kind": "form", "domain": "one.example", "external_id": "page/Ann@one.example/2"}]
    later += [{**said, "external_id": "ann@one.example#2"}]
    assert [each.outcome for each in (*heard.hear(*later), *heard.hear(*later))] == [
        *("created", "created"),
        *("unchanged", "unchanged"),
    ]
    with database.read() as connection:
        rows = connection.execute(select(signal).order_by(signal.c.id)).all()
    assert len(rows) == 6 and "ann@one" not in str(rows).casefold()
    assert [row.external_id for row in rows if not row.external_id.startswith("erased:")] == ["form:7"]
