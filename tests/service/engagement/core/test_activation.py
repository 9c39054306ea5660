"""What activates an account, case by case."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from routing.types.facts import ProgramTier
from service.engagement.core.activation import Standing, activates, ends
from service.program.core.settings import Activating

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CASES = YAML(typ="safe").load(Path(__file__).parents[3] / "cases" / "engagement" / "activation.yaml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    said = {"tier": "strategic", "score": 0.0, "people": 0, "stage": None, "newest": 0, "until": None}
    said |= case["given"]
    said["tier"] = ProgramTier(said["tier"]) if said["tier"] else None
    said["newest"] = NOW + timedelta(days=said["newest"])
    said["until"] = NOW + timedelta(days=said["until"]) if said["until"] is not None else None
    chosen = Activating.model_validate_json(json.dumps(case.get("settings", {})))
    assert activates(Standing(**said), chosen, NOW) == case["activates"]


def test_an_activation_stands_for_the_period() -> None:
    assert ends(Activating(period_days=7), NOW) == NOW + timedelta(days=7)
