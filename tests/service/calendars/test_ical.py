"""Events as calendars export them: away, in a meeting, or nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ruamel.yaml import YAML

from service.calendars.ical import MAX_BYTES, Unreadable, read

BERLIN = ZoneInfo("Europe/Berlin")
START, END = datetime(2026, 3, 1, tzinfo=BERLIN), datetime(2026, 5, 1, tzinfo=BERLIN)
CASES: list[dict[str, Any]] = YAML(typ="safe", pure=True).load(
    Path("tests/cases/calendars/events.yaml").read_text(encoding="utf-8")
)


def calendar(events: str) -> str:
    lines = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\nBEGIN:VEVENT\n{events}\nEND:VEVENT\nEND:VCALENDAR\n"
    return lines.replace("\n", "\r\n")


def wall(said: object) -> datetime:
    return datetime.fromisoformat(str(said)).replace(tzinfo=BERLIN)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"].replace(" ", "-"))
def test_an_event(case: dict[str, Any]) -> None:
    said = read(calendar(case["event"]), BERLIN, START, END)
    assert list(said.notes) == ([case["notes"]] if "notes" in case else [])
    away = [(wall(start), wall(until), reason) for start, until, reason in case.get("away", ())]
    assert [(each.start, each.until, each.reason) for each in said.away] == away
    assert list(said.meetings) == [(wall(start), wall(until)) for start, until in case.get("meetings", ())]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must begin with BEGIN:VCALENDAR"),
        ("<html>sign in</html>", "must begin with BEGIN:VCALENDAR"),
        ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "cut off"),
        ("BEGIN:VCALENDAR\r\n" + "X" * MAX_BYTES, "more than"),
    ],
)
def test_what_is_no_calendar_is_refused(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(text, BERLIN, START, END)
