"""Promises read, due times set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from routing.sla import Calendar, DurationError, due, parse_duration, start_clock
from routing.types.clocks import Clock
from routing.types.people import Absence, Rep, RepId, WorkBlock
from routing.working import working_time_between


def berliner(start: int = 9, end: int = 17, absences: tuple[Absence, ...] = ()) -> Rep:
    """A rep in Berlin who works on weekdays between two hours."""
    return Rep(
        id=RepId("r1"),
        name="R",
        time_zone="Europe/Berlin",
        working_hours=tuple(WorkBlock(weekday=d, start=start * 60, end=end * 60) for d in range(5)),
        absences=absences,
    )


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("text", "minutes", "calendar"),
    [
        ("30m", 30, "real"),
        ("5 minutes", 5, "real"),
        ("4h", 240, "real"),
        ("24 hours", 1440, "real"),
        ("1 day", 1440, "real"),
        ("2 business hours", 120, "business"),
        ("30 business minutes", 30, "business"),
        ("1 business day", 480, "business"),
        ("1 Business Week", 2400, "business"),
    ],
)
def test_durations(text: str, minutes: int, calendar: str) -> None:
    promise = parse_duration(text)
    assert (promise.minutes, promise.calendar) == (minutes, calendar)


@pytest.mark.parametrize(
    "text", ["", "soon", "30", 30, None, "0h", "-4h", "1.5h", "2 months", "4 buisness hours"]
)
def test_what_is_no_duration_is_told_what_would_be(text: object) -> None:
    with pytest.raises(DurationError, match="is no time to act: write a number and a unit"):
        parse_duration(text)


def test_a_duration_longer_than_a_year_is_a_slip_of_the_pen() -> None:
    with pytest.raises(DurationError, match="'9999 days' is longer than 366 days"):
        parse_duration("9999 days")


@pytest.mark.parametrize(
    ("minutes", "calendar", "now", "until"),
    [
        (30, "real", "2026-03-02T23:00", "2026-03-02T23:30"),
        (1440, "real", "2026-03-28T12:00", "2026-03-29T13:00"),  # 24 hours over the spring change
        (30, "business", "2026-03-02T10:00", "2026-03-02T10:30"),
        (30, "business", "2026-03-02T23:00", "2026-03-03T09:30"),  # came at night
        (30, "business", "2026-03-07T12:00", "2026-03-09T09:30"),  # came on Saturday
        (120, "business", "2026-03-06T16:00", "2026-03-09T10:00"),
        (480, "business", "2026-03-03T11:00", "2026-03-04T11:00"),  # a business day: same time tomorrow
        (480, "business", "2026-03-27T11:00", "2026-03-30T11:00"),  # also when the clocks change between
    ],
)
def test_due_for_a_rep_in_berlin(minutes: int, calendar: Calendar, now: str, until: str) -> None:
    assert due(minutes, calendar, berliner(), berlin(now)) == berlin(until)


def test_a_business_day_takes_a_part_timer_two_days() -> None:
    assert due(480, "business", berliner(9, 13), berlin("2026-03-03T10:00")) == berlin("2026-03-05T10:00")


def test_without_hours_business_time_is_real_time() -> None:
    always = Rep(id=RepId("r2"), name="A")
    night = datetime(2026, 3, 7, 23, tzinfo=UTC)
    assert due(480, "business", always, night) == night + timedelta(hours=8)


def test_an_absence_stops_the_business_clock() -> None:
    away = (Absence(start=berlin("2026-03-02T12:00"), until=berlin("2026-03-04T12:00")),)
    assert due(240, "business", berliner(absences=away), berlin("2026-03-02T11:00")) == berlin(
        "2026-03-04T15:00"
    )


def test_a_rep_who_does_not_work_for_a_year_gets_real_time() -> None:
    away = (Absence(start=berlin("2026-01-01T00:00"), until=berlin("2030-01-01T00:00")),)
    now = berlin("2026-03-02T11:00")
    assert due(240, "business", berliner(absences=away), now) == now + timedelta(hours=4)


def test_a_clock_keeps_the_promise_it_was_started_with() -> None:
    now = berlin("2026-03-02T16:30")
    clock = start_clock("first_touch", parse_duration("2 business hours"), berliner(), now)
    assert clock == Clock(
        name="first_touch", minutes=120, calendar="business", due_at=berlin("2026-03-03T10:30")
    )
    assert clock.due_at.tzinfo is UTC
    assert working_time_between(now, clock.due_at, berliner()) == timedelta(minutes=clock.minutes)
