"""Working time, told in wall-clock times of the rep's own zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.availability import (
    NoWorkingTime,
    add_working_minutes,
    next_available,
    why_unavailable,
    working_minutes_between,
    working_time_between,
)
from routing.types import Absence, Rep, RepId, SkipReason, WorkBlock

OFFICE = [(day, "09:00", "17:00") for day in range(5)]
SPLIT = [(day, start, end) for day in range(5) for start, end in (("09:00", "12:00"), ("13:00", "18:00"))]
NIGHTS = [(day, "22:00", "24:00") for day in range(5)] + [(day, "00:00", "06:00") for day in range(1, 6)]


def minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def rep(
    zone: str,
    hours: list[tuple[int, str, str]],
    *,
    away: tuple[tuple[str, str], ...] = (),
    active: bool = True,
) -> Rep:
    """A rep by wall-clock words; ``away`` is in the rep's own zone."""
    return Rep(
        id=RepId("r1"),
        name="R",
        time_zone=zone,
        working_hours=tuple(WorkBlock(weekday=d, start=minute(s), end=minute(e)) for d, s, e in hours),
        absences=tuple(Absence(start=at(zone, start), until=at(zone, until)) for start, until in away),
        active=active,
    )


def at(zone: str, text: str) -> datetime:
    """A wall-clock time; a trailing ``+`` means the second time the clock shows it."""
    fold = int(text.endswith("+"))
    return datetime.fromisoformat(text.rstrip("+")).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "hours", "when", "reason"),
    [
        # 2026-03-02 is a Monday.
        ("Europe/Berlin", OFFICE, "2026-03-02T09:00", None),  # the first minute
        ("Europe/Berlin", OFFICE, "2026-03-02T08:59", SkipReason.OFF_HOURS),
        ("Europe/Berlin", OFFICE, "2026-03-02T16:59", None),
        ("Europe/Berlin", OFFICE, "2026-03-02T17:00", SkipReason.OFF_HOURS),  # the end is not included
        ("Europe/Berlin", OFFICE, "2026-03-07T10:00", SkipReason.OFF_HOURS),  # Saturday
        ("Europe/Berlin", SPLIT, "2026-03-02T12:30", SkipReason.OFF_HOURS),  # lunch
        ("Europe/Berlin", SPLIT, "2026-03-02T13:00", None),
        ("Asia/Kolkata", NIGHTS, "2026-03-02T23:59", None),
        ("Asia/Kolkata", NIGHTS, "2026-03-03T00:00", None),  # the shift goes on past midnight
        ("Asia/Kolkata", NIGHTS, "2026-03-03T06:00", SkipReason.OFF_HOURS),
        ("Asia/Kolkata", NIGHTS, "2026-03-02T05:00", SkipReason.OFF_HOURS),  # no shift began on Sunday
        ("Asia/Kathmandu", OFFICE, "2026-03-02T09:00", None),
        ("UTC", [], "2026-03-07T03:00", None),  # no hours given: always working
        # One minute into Sunday St. John's set its clocks back to Saturday 23:01; the Sunday shift had begun.
        ("America/St_Johns", [(6, "00:00", "06:00")], "2010-11-06T23:30", SkipReason.OFF_HOURS),
        ("America/St_Johns", [(6, "00:00", "06:00")], "2010-11-06T23:30+", None),
    ],
)
def test_hours_are_the_reps_own(
    zone: str, hours: list[tuple[int, str, str]], when: str, reason: SkipReason | None
) -> None:
    assert why_unavailable(rep(zone, hours), at(zone, when), respect_hours=True) == reason
    assert why_unavailable(rep(zone, hours), at(zone, when), respect_hours=False) is None


def test_one_moment_is_working_time_for_one_rep_and_night_for_another() -> None:
    now = datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert why_unavailable(rep("America/New_York", OFFICE), now, respect_hours=True) is None
    assert why_unavailable(rep("Australia/Sydney", OFFICE), now, respect_hours=True) is SkipReason.OFF_HOURS


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("2026-03-02T11:59", None),
        ("2026-03-02T12:00", SkipReason.ABSENT),
        ("2026-03-03T09:00", SkipReason.ABSENT),
        ("2026-03-04T09:00", None),  # back at the very moment it ends
    ],
)
def test_an_absence_counts_from_its_start_up_to_its_end(when: str, reason: SkipReason | None) -> None:
    away = rep("Europe/Berlin", OFFICE, away=(("2026-03-02T12:00", "2026-03-04T09:00"),))
    assert why_unavailable(away, at("Europe/Berlin", when), respect_hours=False) == reason


def test_inactive_comes_before_absent_and_absent_before_off_hours() -> None:
    night = at("UTC", "2026-03-02T03:00")
    away = (("2026-03-01T00:00", "2026-03-09T00:00"),)
    gone = rep("UTC", OFFICE, away=away, active=False)
    assert why_unavailable(gone, night, respect_hours=True) is SkipReason.INACTIVE
    assert why_unavailable(rep("UTC", OFFICE, away=away), night, respect_hours=True) is SkipReason.ABSENT


def test_a_holiday_is_a_date_of_the_rep_without_work() -> None:
    sydney = rep("Australia/Sydney", OFFICE)
    anzac = [date(2026, 4, 24)]
    thursday_in_utc = at("Australia/Sydney", "2026-04-24T09:30")  # still the 23rd in UTC
    assert thursday_in_utc.date() == date(2026, 4, 23)
    assert (
        why_unavailable(sydney, thursday_in_utc, respect_hours=True, holidays=anzac) is SkipReason.OFF_HOURS
    )
    assert why_unavailable(rep("UTC", []), at("UTC", "2026-04-24T12:00"), respect_hours=True, holidays=anzac)
    opens = next_available(sydney, thursday_in_utc, holidays=anzac)
    assert opens == at("Australia/Sydney", "2026-04-27T09:00")


@pytest.mark.parametrize(
    ("hours", "now", "opens"),
    [
        (OFFICE, "2026-03-02T10:30", "2026-03-02T10:30"),  # at work: at once
        (OFFICE, "2026-03-02T05:00", "2026-03-02T09:00"),
        (OFFICE, "2026-03-06T17:00", "2026-03-09T09:00"),  # over the weekend
        (SPLIT, "2026-03-02T12:10", "2026-03-02T13:00"),
        ([], "2026-03-07T03:00", "2026-03-07T03:00"),
    ],
)
def test_next_available(hours: list[tuple[int, str, str]], now: str, opens: str) -> None:
    zone = "America/New_York"
    assert next_available(rep(zone, hours), at(zone, now)) == at(zone, opens)


def test_next_available_waits_for_absences_that_touch_and_for_the_hours_after_them() -> None:
    away = (("2026-03-04T00:00", "2026-03-06T15:00"), ("2026-03-02T00:00", "2026-03-04T00:00"))
    berlin = rep("Europe/Berlin", OFFICE, away=away)
    now = at("Europe/Berlin", "2026-03-02T10:00")
    assert next_available(berlin, now) == at("Europe/Berlin", "2026-03-06T15:00")
    assert next_available(berlin, now, respect_hours=False) == at("Europe/Berlin", "2026-03-06T15:00")
    assert next_available(berlin, now, horizon_days=2) is None


def test_nobody_waits_for_an_inactive_rep() -> None:
    assert next_available(rep("UTC", [], active=False), at("UTC", "2026-03-02T10:00")) is None


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
    assert working_minutes_between(at(zone, start), at(zone, end), rep(zone, hours)) == minutes


def test_absence_and_holiday_take_working_minutes_away() -> None:
    berlin = rep("Europe/Berlin", OFFICE, away=(("2026-03-02T12:00", "2026-03-03T10:00"),))
    monday, saturday = at("Europe/Berlin", "2026-03-02"), at("Europe/Berlin", "2026-03-07")
    assert working_minutes_between(monday, saturday, berlin) == 5 * 480 - 5 * 60 - 60
    assert working_minutes_between(monday, saturday, berlin, holidays={date(2026, 3, 6)}) == 4 * 480 - 6 * 60


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
    assert add_working_minutes(at(zone, start), minutes, rep(zone, hours)) == at(zone, end)


def test_a_rep_who_does_not_work_for_a_year_has_no_time_to_add() -> None:
    away = rep("UTC", OFFICE, away=(("2026-01-01T00:00", "2029-01-01T00:00"),))
    with pytest.raises(NoWorkingTime, match="'r1' has no working time in 366 days"):
        add_working_minutes(at("UTC", "2026-03-02"), 30, away)
    with pytest.raises(ValueError, match="0 or more, not -1"):
        add_working_minutes(at("UTC", "2026-03-02"), -1, away)


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
def scenes(draw: st.DrawFn) -> tuple[Rep, datetime, datetime, frozenset[date]]:
    """A rep, a stretch of real time around a change of clocks, and holidays in it."""
    zone, day = draw(st.sampled_from(CHANGES))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    moments = st.integers(-700, 700).map(lambda steps: noon + steps * STEP)
    start, end = sorted((draw(moments), draw(moments)))
    absences = [Absence(start=a, until=a + n * STEP) for a, n in draw(absence_lists(moments))]
    someone = Rep(
        id=RepId("r1"),
        name="R",
        time_zone=zone,
        working_hours=tuple(draw(st.lists(blocks(), max_size=8))),
        absences=tuple(absences),
    )
    holidays = draw(st.frozensets(st.integers(-2, 2).map(lambda n: day + timedelta(days=n)), max_size=2))
    return someone, start, end, holidays


def absence_lists(moments: st.SearchStrategy[datetime]) -> st.SearchStrategy[list[tuple[datetime, int]]]:
    return st.lists(st.tuples(moments, st.integers(0, 300)), max_size=3)


def steps_at_work(
    someone: Rep, start: datetime, end: datetime, holidays: frozenset[date]
) -> Iterator[tuple[datetime, bool]]:
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
                reached.date() not in holidays
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
def test_counting_agrees_with_watching_the_clock(
    scene: tuple[Rep, datetime, datetime, frozenset[date]],
) -> None:
    someone, start, end, holidays = scene
    watched = list(steps_at_work(someone, start, end, holidays))
    worked = sum((STEP for _, working in watched if working), timedelta())
    assert working_time_between(start, end, someone, holidays=holidays) == worked
    first = next((moment for moment, working in watched if working), None)
    opens = next_available(someone, start, holidays=holidays)
    assert opens == first if first else opens is None or opens >= end
    for moment, working in watched[::11]:
        reason = why_unavailable(someone, moment, respect_hours=True, holidays=holidays)
        assert (reason is None) == working


@given(scenes(), st.integers(0, 5000), st.integers(0, 5000))
def test_adding_is_the_inverse_of_counting_and_monotone(
    scene: tuple[Rep, datetime, datetime, frozenset[date]], fewer: int, more: int
) -> None:
    someone, start, later, holidays = scene
    fewer, more = sorted((fewer, more))
    end = add_working_minutes(start, fewer, someone, holidays=holidays)
    assert working_time_between(start, end, someone, holidays=holidays) == timedelta(minutes=fewer)
    assert end <= add_working_minutes(start, more, someone, holidays=holidays)
    assert end <= add_working_minutes(later, fewer, someone, holidays=holidays)
    if fewer:
        just_before = end - timedelta.resolution
        assert working_minutes_between(start, just_before, someone, holidays=holidays) == fewer - 1


@given(scenes(), st.integers(0, 100))
def test_counting_adds_up(scene: tuple[Rep, datetime, datetime, frozenset[date]], percent: int) -> None:
    someone, start, end, holidays = scene
    between = start + (end - start) * percent / 100
    whole = working_time_between(start, end, someone, holidays=holidays)
    first = working_time_between(start, between, someone, holidays=holidays)
    assert first + working_time_between(between, end, someone, holidays=holidays) == whole
