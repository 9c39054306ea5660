"""Hours and days of a zone."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from service.reports import period


@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        ("UTC", "2026-03-01T23:59:59+00:00", ("23", "2026-03-01", "sun")),
        ("Europe/Berlin", "2026-03-29T00:59:59+00:00", ("01", "2026-03-29", "sun")),
        ("Europe/Berlin", "2026-03-29T01:00:00+00:00", ("03", "2026-03-29", "sun")),  # the clocks go forward
        ("Asia/Kathmandu", "2026-03-01T18:15:00+00:00", ("00", "2026-03-02", "mon")),
        ("Pacific/Chatham", "2026-03-01T10:14:59+00:00", ("23", "2026-03-01", "sun")),
        (
            "Australia/Lord_Howe",
            "2026-04-04T15:00:00+00:00",
            ("01", "2026-04-05", "sun"),
        ),  # half an hour back
    ],
)
def test_a_moment_in_a_zone(zone: str, moment: str, expected: tuple[str, str, str]) -> None:
    seconds = np.array([datetime.fromisoformat(moment).timestamp()])
    found = (period.named(seconds, zone, each) for each in (period.hour, period.day, period.weekday))
    assert tuple(each.values[each.codes[0]] for each in found) == expected
