"""service/imports/cells.py: what cells say, and what is said of those that say nothing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from service.imports import cells

CASES = YAML(typ="safe").load(Path(__file__).parents[2] / "cases" / "imports" / "cells.yaml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['reader']} {case['cell']}")
def test_a_cell(case: dict[str, Any]) -> None:
    read = getattr(cells, case["reader"])
    if "wrong" in case:
        with pytest.raises(ValueError, match=case["wrong"]):
            read(case["cell"])
        return
    wanted = datetime.fromisoformat(case["value"]) if case["reader"] == "moment" else case["value"]
    assert read(case["cell"]) == wanted
