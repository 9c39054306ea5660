"""Whether a rep can take a contact: why not, until when, and when again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from routing.availability import (
    cover_at,
    covers_in_circle,
    next_available,
    presence,
    week,
    why_unavailable,
)
from routing.hours import read_hours
from routing.types.people import Absence, Busy, Offline, Rep, RepId
from routing.types.rotation import SkipReason
from tests.routing.people import NIGHTS, OFFICE, SPLIT, at, rep


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
    anzac = (date(2026, 4, 24),)
    sydney = replace(rep("Australia/Sydney", OFFICE), days_off=anzac)
    thursday_in_utc = at("Australia/Sydney", "2026-04-24T09:30")  # still the 23rd in UTC
    assert thursday_in_utc.date() == date(2026, 4, 23)
    assert why_unavailable(sydney, thursday_in_utc, respect_hours=True) is SkipReason.HOLIDAY
    always = replace(rep("UTC", []), days_off=anzac)
    assert why_unavailable(always, at("UTC", "2026-04-24T12:00"), respect_hours=True) is SkipReason.HOLIDAY
    opens = next_available(sydney, thursday_in_utc)
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


# --- cases ------------------------------------------------------------------------

CASES: dict[str, Any] = YAML(typ="safe", pure=True).load(
    Path("tests/cases/availability/presence.yaml").read_text(encoding="utf-8")
)


def someone(name: str) -> Rep:
    """A rep of the cases. Times are wall-clock times of the rep's zone."""
    given = CASES["reps"][name]
    zone = given["zone"]
    off = given.get("offline")
    return Rep(
        id=RepId(name),
        name=name,
        time_zone=zone,
        working_hours=read_hours(given.get("hours", {})),
        holidays=given.get("holidays"),
        days_off=tuple(given.get("days off", ())),
        days_on=tuple(given.get("days on", ())),
        absences=tuple(
            Absence(
                start=wall(zone, each["from"]),
                until=wall(zone, each["until"]),
                cover=RepId(each["cover"]),
                reason=each["reason"],
            )
            for each in given.get("absences", ())
        ),
        offline=Offline(
            since=wall(zone, off["since"]),
            until=wall(zone, off["until"]) if "until" in off else None,
            reason=off.get("reason"),
        )
        if off
        else None,
        busy=tuple(Busy(start=wall(zone, a), until=wall(zone, b)) for a, b in given.get("busy", ())),
        active=given.get("active", True),
    )


def wall(zone: str, said: object) -> datetime:
    return at(zone, str(said).replace(" ", "T"))


@pytest.mark.parametrize(
    "case", CASES["cases"], ids=lambda case: f"{case['rep']} {case['at']}".replace(" ", "-")
)
def test_a_case(case: dict[str, Any]) -> None:
    who = someone(case["rep"])
    zone = who.time_zone
    found = presence(who, wall(zone, case["at"]), respect_hours=case.get("hours count", True))
    assert found.reason == case.get("why")
    assert (found.detail, found.cover) == (case.get("detail"), case.get("cover"))
    assert found.next == (wall(zone, case["next"]) if "next" in case else None)
    if "until" in case:
        assert found.until == wall(zone, case["until"])


# --- covers -----------------------------------------------------------------------

MARCH = ("2026-03-02T00:00", "2026-03-09T00:00")


def covered(name: str, cover: str | None, start: str = MARCH[0], until: str = MARCH[1]) -> Rep:
    away = Absence(start=at("UTC", start), until=at("UTC", until), cover=RepId(cover) if cover else None)
    return Rep(id=RepId(name), name=name, absences=(away,))


def known(*reps: Rep) -> dict[RepId, Rep]:
    return {each.id: each for each in reps}


def test_the_cover_of_a_cover_stands_in() -> None:
    ana, bo, cleo = covered("ana", "bo"), covered("bo", "cleo"), Rep(id=RepId("cleo"), name="C")
    assert cover_at(known(ana, bo, cleo), ana, at("UTC", "2026-03-04")) == "cleo"
    assert cover_at(known(ana, bo, cleo), ana, at("UTC", "2026-03-10")) == "ana"
    assert cover_at(known(ana, bo, replace(cleo, active=False)), ana, at("UTC", "2026-03-04")) is None
    assert cover_at(known(ana, covered("bo", None)), ana, at("UTC", "2026-03-04")) is None


def test_covers_in_a_circle_are_found_only_where_the_absences_overlap() -> None:
    ana, bo, cleo = covered("ana", "bo"), covered("bo", "cleo"), covered("cleo", "ana")
    assert cover_at(known(ana, bo, cleo), ana, at("UTC", "2026-03-04")) is None
    assert covers_in_circle(known(ana, bo, cleo), ana) == ("ana", "bo", "cleo", "ana")
    later = covered("cleo", "ana", "2026-03-09T00:00", "2026-03-12T00:00")
    assert covers_in_circle(known(ana, bo, later), ana) == ()
    assert covers_in_circle(known(covered("ana", "ana")), covered("ana", "ana")) == ("ana", "ana")


# --- the days ahead ---------------------------------------------------------------


def test_a_week_shows_hours_and_what_of_them_is_not_worked() -> None:
    who = replace(
        rep("Europe/Berlin", SPLIT, away=(("2026-04-01T10:00", "2026-04-01T14:00"),)), holidays="DE"
    )
    days = week(who, date(2026, 4, 1), 3)
    shown = [
        (f"{part.start.astimezone(at('Europe/Berlin', '2026-04-01').tzinfo):%H:%M}", part.reason)
        for part in days[0].stretches
    ]
    assert shown == [
        ("07:00", None),  # in UTC
        ("08:00", SkipReason.ABSENT),
        ("11:00", SkipReason.ABSENT),
        ("12:00", None),
    ]
    assert (days[2].holiday, days[2].stretches) == ("Good Friday", ())
    assert sum((part.until - part.start for part in days[1].stretches), timedelta()) == timedelta(hours=8)
