"""service/imports/cells.py: what cells say, and what is said of those that say nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
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


def test_absences_are_days_with_the_last_one_or_exact_times() -> None:
    first, second, third = cells.absences(
        "2026-06-01..2026-06-15 bo; 2026-08-03; 2026-09-01T12:00:00Z..2026-09-02T09:00:00Z"
    )
    assert (first["from"].isoformat(), first["until"].isoformat(), first["cover"]) == (
        "2026-06-01T00:00:00+00:00",
        "2026-06-16T00:00:00+00:00",
        "bo",
    )
    assert (second["until"] - second["from"], second["cover"]) == (timedelta(days=1), None)
    assert third["until"].isoformat() == "2026-09-02T09:00:00+00:00"
    assert cells.dates("2026-12-24; 2026-12-31") == [date(2026, 12, 24), date(2026, 12, 31)]


def test_what_another_name_is_stands_behind_it() -> None:
    assert cells.aliases("Globex (former); GX (ACRONYM) | Acme (Berlin);(brand)") == [
        {"name": "Globex", "kind": "former"},
        {"name": "GX", "kind": "acronym"},
        {"name": "Acme (Berlin)"},
        {"name": "(brand)"},
    ]
