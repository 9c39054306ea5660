"""Moments as people write them: in a stated zone, or with an offset."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from service.rulebook.times import local_time

BERLIN = ZoneInfo("Europe/Berlin")

READ = {
    "2026-05-01T08:00": "2026-05-01T06:00:00+00:00",
    "2026-05-01": "2026-04-30T22:00:00+00:00",
    "2026-01-15 08:00": "2026-01-15T07:00:00+00:00",
    "2026-05-01T08:00Z": "2026-05-01T08:00:00+00:00",
    "2026-10-25T02:30+02:00": "2026-10-25T00:30:00+00:00",
}
REFUSED = {
    "2026-03-29T02:30": "skipped",
    "2026-10-25T02:30": "shown twice",
    "tomorrow": "must be a time",
    "0001-01-01T00:00": "must be a time",
    "9999-12-31T23:59-14:00": "must be a time",
}


@pytest.mark.parametrize("text", READ)
def test_a_time_is_read(text: str) -> None:
    found = local_time(text, BERLIN)
    assert not isinstance(found, str) and found.isoformat() == READ[text]


@pytest.mark.parametrize("text", REFUSED)
def test_a_time_that_is_none_or_two_is_refused(text: str) -> None:
    found = local_time(text, BERLIN)
    assert isinstance(found, str) and REFUSED[text] in found
