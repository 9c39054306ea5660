"""service/console/period.py: which time a page is about, and its parts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from service.console.period import Span, asked, chosen, parts

NOW = datetime(2026, 3, 31, 9, 30, tzinfo=UTC)
BERLIN = "Europe/Berlin"
"""Two days after the clocks went forward there."""


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ({}, "2026-03-25", "2026-03-31"),
        ({"period": "today"}, "2026-03-31", "2026-03-31"),
        ({"period": "30"}, "2026-03-02", "2026-03-31"),
        ({"period": "eternity"}, "2026-03-25", "2026-03-31"),
        ({"from": "2026-02-01", "to": "2026-02-28"}, "2026-02-01", "2026-02-28"),
        ({"from": "2026-03-30"}, "2026-03-30", "2026-03-31"),
        ({"to": "2026-02-28"}, "2026-02-22", "2026-02-28"),
        ({"period": "own", "from": "2026-02-01", "to": "2026-02-01"}, "2026-02-01", "2026-02-01"),
        ({"period": "7", "from": "2026-02-01"}, "2026-03-25", "2026-03-31"),
        (
            {"since": "2026-03-01T00:00:00+00:00", "until": "2026-03-02T00:00:00+00:00"},
            "2026-03-01",
            "2026-03-02",
        ),
    ],
)
def test_an_address_names_a_period_in_days_of_the_reader(
    query: dict[str, str], first: str, last: str
) -> None:
    span = chosen(query, BERLIN, NOW)
    assert (span.first.isoformat(), span.last.isoformat()) == (first, last)
    assert span.problem is None
    again = chosen(span.said, BERLIN, NOW)
    assert (again.since, again.until) == (span.since, span.until)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ({"from": "soon"}, "A day is written as"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "end before it"),
        ({"from": "1066-10-14"}, "must lie between"),
        ({"since": "yesterday"}, "A moment is written as"),
        ({"since": "2026-03-01"}, "needs a moment with its zone"),
        ({"to": "0001-01-01"}, "A day is written as"),
        ({"until": "0001-01-01"}, "A moment is written as"),
        (
            {"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"},
            "needs a moment with its zone, and another",
        ),
    ],
)
def test_what_is_no_period_is_said_and_the_usual_one_is_shown(query: dict[str, str], problem: str) -> None:
    span = chosen(query, BERLIN, NOW)
    assert span.problem is not None and problem in span.problem
    assert span.last.isoformat() == "2026-03-31"


def test_a_list_without_a_period_is_of_all_time() -> None:
    assert asked({"rule": "emea"}, BERLIN, NOW) is None


@pytest.mark.parametrize(
    ("query", "number", "marks"),
    [
        ({"period": "today"}, 24, ("00", "23")),
        ({"from": "2026-03-29", "to": "2026-03-29"}, 23, ("00", "23")),  # an hour is missing on this day
        ({"period": "7"}, 7, ("25", "31")),
        ({"period": "30"}, 30, ("2", "31")),
        ({"period": "90"}, 14, ("1", "30")),  # weeks, from Thursday the first of January
        ({"from": "2024-01-01", "to": "2026-03-31"}, 27, ("Jan", "Mar")),
    ],
)
def test_a_chart_has_parts_that_are_the_whole(
    query: dict[str, str], number: int, marks: tuple[str, str]
) -> None:
    span = chosen(query, BERLIN, NOW)
    found = parts(span)
    assert len(found) == number
    assert (found[0].mark, found[-1].mark) == marks
    assert (found[0].since, found[-1].until) == (span.since, span.until)
    assert all(one.until == other.since for one, other in pairwise(found))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham"])
def test_each_part_has_an_address_of_its_own(zone: str) -> None:
    for query in ({"period": "today"}, {"period": "7"}, {"period": "90"}):
        for part in parts(chosen(query, zone, NOW)):
            said = chosen(part.said, zone, NOW)
            assert (said.since, said.until) == (part.since, part.until)


def test_a_period_ends_before_its_until() -> None:
    span = Span(name="own", since=NOW, until=NOW + timedelta(hours=1), zone="UTC", said={})
    assert [part.until - part.since for part in parts(span)] == [timedelta(minutes=30)] * 2
