"""Quarters and windows in several zones and calendars, as tests/cases/program/quarters.yaml has them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st
from ruamel.yaml import YAML

from service.program.core.quarters import current, following, named, upcoming
from service.program.core.settings import Fiscal, ProgramSettings, Window

PATH = Path(__file__).parents[3] / "cases" / "program" / "quarters.yaml"
ZONES = ("UTC", "America/New_York", "America/Sao_Paulo", "Africa/Cairo", "Pacific/Auckland", "Asia/Kathmandu")


def cases() -> Iterator[Any]:
    for entry in YAML(typ="safe").load(PATH.read_text()):
        fiscal, window = Fiscal(**entry["fiscal"]), Window(**entry.get("window", {}))
        for case in entry["cases"]:
            name = f"{entry['name']}: {case['now']}"
            yield pytest.param(ProgramSettings(fiscal=fiscal, window=window), case, id=name)


@pytest.mark.parametrize(("settings", "case"), list(cases()))
def test_quarter(settings: ProgramSettings, case: dict[str, Any]) -> None:
    zone = ZoneInfo(settings.fiscal.zone)
    now = datetime.fromisoformat(case["now"]).replace(tzinfo=zone).astimezone(UTC)
    holds, after = current(settings, now), upcoming(settings, now)

    def local(moment: datetime) -> str:
        return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}"

    def bare(moment: datetime) -> str:
        return f"{moment:%Y-%m-%dT%H:%M}"

    window = "open" if after.takes(now) else "before" if now < after.opens else "after"
    found = {
        "quarter": holds.name,
        "starts": local(holds.starts),
        "ends": local(holds.ends),
        "utc": bare(holds.starts),
        "next": after.name,
        "opens": local(after.opens),
        "utc_opens": bare(after.opens),
        "utc_starts": bare(after.starts),
        "window": window,
    }
    wanted = {name: value for name, value in case.items() if name != "now"}
    assert {name: found[name] for name in wanted} == wanted


@trials(max_examples=60, deadline=None)
@given(
    month=st.integers(1, 12),
    day=st.integers(1, 28),
    zone=st.sampled_from(ZONES),
    now=st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001 - made aware below
)
def test_quarters_have_no_gap_and_a_name_leads_back(month: int, day: int, zone: str, now: datetime) -> None:
    settings = ProgramSettings(fiscal=Fiscal(month=month, day=day, zone=zone))
    moment = now.replace(tzinfo=UTC)
    holds = current(settings, moment)
    after = following(settings, holds)
    assert holds.starts <= moment < holds.ends == after.starts
    assert holds.opens < holds.starts and holds.closes == holds.starts
    assert (named(settings, holds.name), upcoming(settings, moment)) == (holds, after)


@pytest.mark.parametrize("name", ["", "2027-Q1", "FY2027-Q5", "FY27-Q1", "fy2027-q1", "FY9999-Q4"])
def test_what_is_no_quarter(name: str) -> None:
    assert named(ProgramSettings(), name) is None
