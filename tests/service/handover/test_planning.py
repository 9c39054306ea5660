"""What passes and to whom: tests/cases/handover/plans.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from service.db import handovers as db
from service.db.engine import Database
from service.handover.plan import ItemState
from service.handover.request import HandoverRequest
from service.problems import Invalid
from tests.service.handover.world import told, world

CASES: list[dict[str, Any]] = YAML(typ="safe").load(
    Path(__file__).parents[2] / "cases" / "handover" / "plans.yaml"
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_cases(database: Database) -> None:
    """A plan changes nothing, so one world does for all of them."""
    _, handovers = world(database)
    for case in CASES:
        request = HandoverRequest.model_validate(case["request"])
        if "refused" in case:
            with pytest.raises(Invalid) as refused:
                handovers.plan(request, "ops")
            assert [f"{e.pointer} {e.detail}" for e in refused.value.errors] == case["refused"], case["name"]
            continue
        made = handovers.plan(request, "ops")
        with database.read() as connection:
            items = db.in_state(connection, made.id, tuple(ItemState), limit=100)
        assert [told(item) for item in items] == case["expect"], case["name"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "leave"},
        {"kind": "leaves", "until": "2026-05-01T00:00:00Z"},
        {"kind": "leaves", "holdover": {"days": 30}},
        {"kind": "leave", "from": "2026-05-02T00:00:00Z", "until": "2026-05-01T00:00:00Z"},
        {"kind": "leaves", "join": ["south"]},
    ],
)
def test_what_does_not_go_together_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        HandoverRequest.model_validate({"rep": "dan", "reason": "x", "accounts": {"rep": "eve"}, **wrong})
