"""Business windows agree with the working time that clocks count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.reach import BusinessSpan
from routing.types.people import WorkBlock, WorkCalendar
from routing.working import working_time_between

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
MOMENTS = st.integers(0, 3 * 365 * 24 * 60).map(
    lambda minutes: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
OFFICES = st.builds(
    lambda zone, days, start, length: WorkCalendar(
        name="office",
        time_zone=zone,
        working_hours=tuple(WorkBlock(weekday=day, start=start, end=start + length) for day in sorted(days)),
    ),
    st.sampled_from(ZONES),
    st.sets(st.integers(0, 6), min_size=1),
    st.integers(0, 900),
    st.integers(30, 540),
)


@settings(max_examples=60, deadline=None)
@given(office=OFFICES, moment=MOMENTS, minutes=st.integers(1, 5_000))
def test_so_much_was_worked_since_a_window_began(
    office: WorkCalendar, moment: datetime, minutes: int
) -> None:
    start = BusinessSpan(count=minutes, unit="minute").start(moment, office)
    worked = working_time_between(start, moment, office)
    assert worked == timedelta(minutes=minutes)
    assert working_time_between(start + timedelta(seconds=1), moment, office) < worked


@settings(max_examples=60, deadline=None)
@given(office=OFFICES, moment=MOMENTS, days=st.integers(1, 40))
def test_a_window_of_days_begins_on_a_working_date_at_midnight(
    office: WorkCalendar, moment: datetime, days: int
) -> None:
    start = BusinessSpan(count=days, unit="day").start(moment, office).astimezone(ZoneInfo(office.time_zone))
    assert start.weekday() in {block.weekday for block in office.working_hours}
    today = moment.astimezone(ZoneInfo(office.time_zone)).date()
    between = [start.date() + timedelta(days=n) for n in range((today - start.date()).days)]
    working = {block.weekday for block in office.working_hours}
    assert sum(day.weekday() in working for day in between) == days


@settings(max_examples=40, deadline=None)
@given(office=OFFICES, moment=MOMENTS, minutes=st.integers(1, 5_000))
def test_later_and_back_again_is_the_same_working_time(
    office: WorkCalendar, moment: datetime, minutes: int
) -> None:
    span = BusinessSpan(count=minutes, unit="minute")
    assert working_time_between(moment, span.after(moment, office), office) == timedelta(minutes=minutes)
