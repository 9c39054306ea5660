"""Stored decisions, read again in order, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from matching.types import Contact
from routing.types.decision import RoutingOutcome
from service.db import recorded
from service.db.engine import Database
from service.db.recorded import Recorded, Span
from service.decision import Decision
from service.rulebook.comparison import placement
from tests.service.organisation import MONDAY, Organisation, organisation

ALL = Span(since=MONDAY - timedelta(days=1), until=MONDAY + timedelta(days=30))
COUNT = 12


@pytest.fixture
def office(database: Database) -> Organisation:
    """An organisation that has decided 12 contacts of all kinds, one an hour."""
    opened = organisation(database)
    for number in range(COUNT):
        opened.clock.forward(hours=1)
        title = "student" if number % 4 == 3 else None
        source = "trial" if number % 4 == 2 else None
        contact = Contact(external_id=f"c{number:02}", title=title, source=source)
        opened.decide(contact, f"e{number}")
    return opened


def _recorded(decision: Decision) -> Recorded:
    move = decision.routing.move
    return Recorded(
        id=decision.id,
        at=decision.at,
        rulebook=decision.versions.rulebook,
        facts=decision.facts,
        placement=placement(decision.routing),
        asked_pool=move.tried[0] if move is not None else None,
    )


def test_decisions_are_read_oldest_first_in_chunks(
    office: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorded, "CHUNK", 5)
    found = list(recorded.recorded(office.database, ALL))
    assert [each.facts.contact.external_id for each in found] == [f"c{n:02}" for n in range(COUNT)]
    assert found == [_recorded(decision) for decision in recorded.whole(office.database, ALL)]
    assert {each.placement.outcome for each in found} == {
        RoutingOutcome.ASSIGNED,
        RoutingOutcome.HELD,
        RoutingOutcome.REJECTED,
    }


@pytest.mark.parametrize("chunk", [4, 12, 13])
def test_a_chunk_that_just_fits(office: Organisation, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(recorded, "CHUNK", chunk)
    assert len(list(recorded.recorded(office.database, ALL))) == COUNT


@pytest.mark.parametrize(
    ("since", "until", "limit", "expected"),
    [
        (0, 99, None, range(COUNT)),
        (3, 5, None, range(2, 4)),  # from the third hour up to, not including, the fifth
        (0, 99, 4, range(8, COUNT)),
        (0, 99, COUNT, range(COUNT)),
        (0, 99, 100, range(COUNT)),
        (0, 99, 0, ()),
        (50, 99, None, ()),
    ],
)
def test_a_span_has_its_ends_and_its_length(
    office: Organisation, since: int, until: int, limit: int | None, expected: range
) -> None:
    span = Span(since=MONDAY + timedelta(hours=since), until=MONDAY + timedelta(hours=until), limit=limit)
    found = [each.facts.contact.external_id for each in recorded.recorded(office.database, span)]
    assert found == [f"c{n:02}" for n in expected]
    with office.database.read() as connection:
        assert recorded.count(connection, span) == len(found)


def test_events_that_came_too_late_are_left_out(office: Organisation) -> None:
    late = office.decide(Contact(external_id="c00"), "late", at=MONDAY - timedelta(days=2))
    assert late.routing.outcome is RoutingOutcome.SUPERSEDED
    assert len(list(recorded.recorded(office.database, ALL))) == COUNT


def test_a_reader_may_stop_early(office: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded, "CHUNK", 5)
    reading = recorded.recorded(office.database, ALL)
    assert next(iter(reading)).facts.contact.external_id == "c00"
    reading.close()  # type: ignore[attr-defined]
