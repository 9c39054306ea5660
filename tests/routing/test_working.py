"""Working time in wall-clock times of the rep's own zone, and against a model that watches the clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.availability import next_available, why_unavailable
from routing.types.people import Absence, Rep, RepId, WorkBlock
from routing.working import NoWorkingTime, add_working_time, working_time_between
from tests.routing.people import NIGHTS, OFFICE, SPLIT, at, rep

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("zone", "hours", "start", "end", "minutes"),
    [
        ("Europe/Berlin", OFFICE, "2026-03-02T09:00", "2026-03-02T17:00", 480),
        ("Europe/Berlin", OFFICE, "2026-03-02T16:30", "2026-03-03T09:30", 60),
        ("Europe/Berlin", OFFICE, "2026-03-02T00:00", "2026-03-09T00:00", 5 * 480),
        ("Europe/Berlin", OFFICE, "2026-03-03T00:00", "2026-03-02T00:00", 0),  # backwards
        ("Europe/Berlin", SPLIT, "2026-03-02T11:00", "2026-03-02T14:00", 120),
        ("Europe/Berlin", [(0, "09:00", "14:00"), (0, "12:00", "17:00")], "2026-03-02", "2026-03-03", 480),
        (
            "Europe/Berlin",
            [(0, "09:00", "17:00"), (0, "10:00", "12:00"), (0, "11:00", "15:00")],
            "2026-03-02",
            "2026-03-03",
            480,
        ),
        # The night shift over the spring change in New York is an hour shorter, in autumn an hour longer.
        ("America/New_York", [(6, "00:00", "06:00")], "2026-03-08", "2026-03-09", 5 * 60),
        ("America/New_York", [(6, "00:00", "06:00")], "2026-11-01", "2026-11-02", 7 * 60),
        # A shift that begins in the skipped hour begins when the clock jumps.
        ("America/New_York", [(6, "02:30", "04:00")], "2026-03-08", "2026-03-09", 60),
        # A shift that ends in the hour that comes twice ends at its first coming.
        ("America/New_York", [(6, "00:00", "01:30")], "2026-11-01", "2026-11-02", 90),
        ("America/New_York", [(6, "01:30", "03:00")], "2026-11-01", "2026-11-02", 150),
        # Lord Howe changes by half an hour.
        ("Australia/Lord_Howe", [(6, "00:00", "06:00")], "2026-10-04", "2026-10-05", 5 * 60 + 30),
        ("Australia/Lord_Howe", [(6, "00:00", "06:00")], "2026-04-05", "2026-04-06", 6 * 60 + 30),
        ("Pacific/Chatham", [(6, "02:00", "04:00")], "2026-09-27", "2026-09-28", 60),  # 02:45 is 03:45
        ("Pacific/Chatham", [(6, "03:00", "03:30")], "2026-09-27", "2026-09-28", 0),  # skipped altogether
        # Samoa left out Friday 30 December 2011.
        ("Pacific/Apia", OFFICE, "2011-12-29T00:00", "2012-01-01T00:00", 480),
        # São Paulo's clocks went from midnight to one: the day began at one.
        ("America/Sao_Paulo", [(6, "00:00", "02:00")], "2018-11-03T12:00", "2018-11-05", 60),
    ],
)
def test_working_minutes(
    zone: str, hours: list[tuple[int, str, str]], start: str, end: str, minutes: int
) -> None:
    assert working_time_between(at(zone, start), at(zone, end), rep(zone, hours)) == minutes * MINUTE


def test_absence_and_holiday_take_working_minutes_away() -> None:
    berlin = rep("Europe/Berlin", OFFICE, away=(("2026-03-02T12:00", "2026-03-03T10:00"),))
    monday, saturday = at("Europe/Berlin", "2026-03-02"), at("Europe/Berlin", "2026-03-07")
    assert working_time_between(monday, saturday, berlin) == (5 * 480 - 5 * 60 - 60) * MINUTE
    berlin = replace(berlin, days_off=(date(2026, 3, 6),))
    assert working_time_between(monday, saturday, berlin) == (4 * 480 - 6 * 60) * MINUTE


@pytest.mark.parametrize(
    ("zone", "hours", "start", "minutes", "end"),
    [
        ("Europe/Berlin", OFFICE, "2026-03-02T10:00:30", 30, "2026-03-02T10:30:30"),
        ("Europe/Berlin", OFFICE, "2026-03-02T16:45", 30, "2026-03-03T09:15"),
        ("Europe/Berlin", OFFICE, "2026-03-02T16:30", 30, "2026-03-02T17:00"),  # just in time that day
        ("Europe/Berlin", OFFICE, "2026-03-02T23:00", 30, "2026-03-03T09:30"),  # came at night
        ("Europe/Berlin", OFFICE, "2026-03-06T16:00", 120, "2026-03-09T10:00"),  # over the weekend
        ("Europe/Berlin", OFFICE, "2026-03-02T10:00", 0, "2026-03-02T10:00"),
        ("Asia/Kolkata", NIGHTS, "2026-03-02T23:30", 60, "2026-03-03T00:30"),
        (
            "America/New_York",
            [],
            "2026-03-08T01:30",
            60,
            "2026-03-08T03:30",
        ),  # the clock jumps, time does not
        ("America/New_York", [], "2026-11-01T01:30", 60, "2026-11-01T01:30+"),
        (
            "Europe/Berlin",
            OFFICE,
            "2026-03-02T09:00",
            52 * 5 * 480 * 2,
            "2028-02-25T17:00",
        ),  # two years of work
    ],
)
def test_adding_working_minutes(
    zone: str, hours: list[tuple[int, str, str]], start: str, minutes: int, end: str
) -> None:
    assert add_working_time(at(zone, start), minutes * MINUTE, rep(zone, hours)) == at(zone, end)


def test_a_rep_who_does_not_work_for_a_year_has_no_time_to_add() -> None:
    away = rep("UTC", OFFICE, away=(("2026-01-01T00:00", "2029-01-01T00:00"),))
    with pytest.raises(NoWorkingTime, match="no working time in 366 days"):
        add_working_time(at("UTC", "2026-03-02"), 30 * MINUTE, away)
    with pytest.raises(ValueError, match="0 or more, not -1 day"):
        add_working_time(at("UTC", "2026-03-02"), -MINUTE, away)


# --- against a slow model -----------------------------------------------------

STEP = timedelta(minutes=5)

CHANGES = [  # days around which clocks change, or something else is odd
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Sydney", date(2026, 4, 5)),
    ("Australia/Sydney", date(2026, 10, 4)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Kathmandu", date(2026, 3, 8)),
    ("Pacific/Chatham", date(2026, 4, 5)),
    ("Pacific/Chatham", date(2026, 9, 27)),
    ("Pacific/Apia", date(2011, 12, 30)),  # a day that never was
    ("America/Sao_Paulo", date(2018, 11, 4)),  # midnight never was
    ("America/St_Johns", date(2010, 11, 7)),  # at 00:01 set back to 23:01 of the day before
    ("UTC", date(2026, 3, 8)),
]


@st.composite
def blocks(draw: st.DrawFn) -> WorkBlock:
    start = draw(st.integers(0, 287))
    end = draw(st.integers(start + 1, 288))
    return WorkBlock(weekday=draw(st.integers(0, 6)), start=start * 5, end=end * 5)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Rep, datetime, datetime]:
    """A rep, a stretch of real time around a change of clocks, and holidays in it."""
    zone, day = draw(st.sampled_from(CHANGES))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    moments = st.integers(-700, 700).map(lambda steps: noon + steps * STEP)
    start, end = sorted((draw(moments), draw(moments)))
    near = st.integers(-2, 2).map(lambda n: day + timedelta(days=n))
    absences = [Absence(start=a, until=a + n * STEP) for a, n in draw(absence_lists(moments))]
    someone = Rep(
        id=RepId("r1"),
        name="R",
        time_zone=zone,
        working_hours=tuple(draw(st.lists(blocks(), max_size=8))),
        absences=tuple(absences),
        days_off=tuple(draw(st.frozensets(near, max_size=2))),
        days_on=tuple(draw(st.frozensets(near, max_size=1))),
    )
    return someone, start, end


def absence_lists(moments: st.SearchStrategy[datetime]) -> st.SearchStrategy[list[tuple[datetime, int]]]:
    return st.lists(st.tuples(moments, st.integers(0, 300)), max_size=3)


def steps_at_work(someone: Rep, start: datetime, end: datetime) -> Iterator[tuple[datetime, bool]]:
    """Walk through real time and note the latest time the rep's clock has ever shown."""
    zone = ZoneInfo(someone.time_zone)
    moment = start - timedelta(days=2)
    reached = moment.astimezone(zone).replace(tzinfo=None)
    while moment < end:
        reached = max(reached, moment.astimezone(zone).replace(tzinfo=None))
        if moment >= start:
            minutes = reached.hour * 60 + reached.minute
            yield (
                moment,
                reached.date() not in set(someone.days_off) - set(someone.days_on)
                and (
                    not someone.working_hours
                    or any(
                        block.weekday == reached.weekday() and block.start <= minutes < block.end
                        for block in someone.working_hours
                    )
                )
                and not any(absence.start <= moment < absence.until for absence in someone.absences),
            )
        moment += STEP


@given(scenes())
@settings(max_examples=150)
def test_counting_agrees_with_watching_the_clock(scene: tuple[Rep, datetime, datetime]) -> None:
    someone, start, end = scene
    watched = list(steps_at_work(someone, start, end))
    worked = sum((STEP for _, working in watched if working), timedelta())
    assert working_time_between(start, end, someone) == worked
    assert all(in_hours_and_there(someone, moment) is working for moment, working in watched[::7])
    first = next((moment for moment, working in watched if working), None)
    opens = next_available(someone, start)
    assert opens == first if first else opens is None or opens >= end


def in_hours_and_there(someone: Rep, moment: datetime) -> bool:
    return why_unavailable(someone, moment, respect_hours=True) is None


@given(scenes(), st.integers(1, 3000), st.integers(0, 600))
@settings(max_examples=100)
def test_adding_is_the_inverse_of_counting_and_never_goes_back(
    scene: tuple[Rep, datetime, datetime], minutes: int, more: int
) -> None:
    someone, start, _ = scene
    try:
        end = add_working_time(start, minutes * MINUTE, someone)
        later = add_working_time(start, (minutes + more) * MINUTE, someone)
    except NoWorkingTime:
        assert working_time_between(start, start + timedelta(days=366), someone) == timedelta()
        return
    assert working_time_between(start, end, someone) == minutes * MINUTE
    assert working_time_between(start, end - timedelta.resolution, someone) < minutes * MINUTE
    assert start < end <= later
    assert add_working_time(start + MINUTE, minutes * MINUTE, someone) >= end
