"""Campaigns that begin and end by themselves, as tests/cases/program/campaigns.yaml has them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from service.program.core.campaigns import Timed, runs, turns
from service.program.core.plans import CampaignState

PATH = Path(__file__).parents[3] / "cases" / "program" / "campaigns.yaml"
CASES = YAML(typ="safe").load(PATH.read_text())


def day(text: str | int | None) -> datetime | None:
    return None if text is None else datetime(2026, 3, int(text), tzinfo=UTC)


def timed(name: str, said: str) -> Timed:
    found = re.fullmatch(r"(\w+)(?: (\d+))?(?: to (\d+))?", said)
    assert found, said
    return Timed(id=name, state=CampaignState(found[1]), starts=day(found[2]), until=day(found[3]))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_what_becomes_of_campaigns(case: Any) -> None:
    sharing = [timed(name, said) for name, said in case["sharing"].items()]
    now = day(case["now"])
    assert now is not None
    found = [f"{each.id} {each.becomes} {each.at.day}" for each in turns(sharing, now)]
    assert found == case["turns"]
    assert [each.id for each in sharing if runs(each, sharing, now)] == case.get("runs", [])
