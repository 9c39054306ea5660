"""The clock as finitely many cases: one moment for each stretch in which the rules say the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from routing.proof.moments import MAX_STRETCHES, dates_of, moments
from routing.rulebook import parse
from tests.routing.lint.test_reach import rule

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def of(rules: str) -> tuple[datetime, ...]:
    """The moments of a book with these rules."""
    return moments(parse(f"version: 1\nrules:\n{rules}fallback: {{then: {{queue: q}}}}\n"), NOW)


def test_without_a_word_about_time_now_stands_for_all() -> None:
    assert of(rule("a", "{contact.city: x}")) == (NOW,)


def test_each_beginning_and_end_ahead_begins_a_stretch() -> None:
    first = rule("a", "{contact.city: x}").replace(
        "because", "from: 2026-04-01, until: 2026-05-01, because", 1
    )
    dated = rule("b", "{now: {since: 2026-06-01}}")
    past = rule("c", "{now: {before: 2026-01-01}}")
    assert [f"{moment:%m-%d}" for moment in of(first + dated + past)] == ["03-02", "04-01", "05-01", "06-01"]


def test_hours_and_weekdays_are_told_apart_once_for_each_way_they_come_out() -> None:
    found = of(rule("a", "{now.hour: {at least: 18}}") + rule("b", "{now.weekday: [saturday, sunday]}"))
    ways = {(moment.hour >= 18, moment.weekday() >= 5) for moment in found}
    assert len(found) == len(ways) == 4
    assert all(NOW <= moment <= NOW + timedelta(days=8) for moment in found)


def test_stretches_are_bounded() -> None:
    start = datetime(2026, 4, 1, tzinfo=UTC)
    dates = [(start + timedelta(days=number)).date() for number in range(60)]
    many = "".join(rule(f"r{n}", f"{{now: {{since: {date}}}}}") for n, date in enumerate(dates))
    assert len(of(many)) == MAX_STRETCHES


def test_the_dates_of_a_condition_are_found_inside_it() -> None:
    when = "{any: [{now: {since: 2026-06-01}}, {unless: {account.owner_since: {before: 2026-07-01}}}]}"
    book = parse(f"version: 1\nrules:\n{rule('a', when)}fallback: {{then: {{queue: q}}}}\n")
    assert [f"{date:%m-%d}" for date in dates_of(book.rules[0].tree)] == ["06-01", "07-01"]
