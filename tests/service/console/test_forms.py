"""service/console/forms.py: what a form says as a record, and what is wrong with it in the API's words."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from service.console import forms
from service.db.upserts import Refused, refusal
from service.problems import Invalid
from service.records.reps import RepRecord


def test_what_is_wrong_names_the_field() -> None:
    with pytest.raises(Invalid) as found:
        forms.read(RepRecord, {"external_id": "a", "time_zone": "Mars"})
    assert [(each.pointer, "IANA" in each.detail) for each in found.value.errors] == [("#/time_zone", True)]
    with pytest.raises(Invalid) as refused:
        forms.accepted([refusal("a", Refused("name", "a new rep needs a name"))])
    assert refused.value.errors[0].pointer == "#/name"


def test_times_are_of_the_zone_that_is_said() -> None:
    zone = ZoneInfo("America/New_York")
    assert forms.moment({"at": "2026-07-01T09:00"}, "at", zone) == datetime(2026, 7, 1, 13, tzinfo=UTC)
    assert forms.moment({"at": " "}, "at", zone) is None
    with pytest.raises(Invalid):
        forms.moment({"at": "2026-03-08T02:30"}, "at", zone)


def test_lists_are_separated_by_commas_or_lines() -> None:
    assert forms.listed("a, b,,\n c\n") == ["a", "b", "c"]
