"""Lint on rulebooks with known faults, written under tests/cases/lint for people to read.

A case has a rulebook, what must be found (errors and warnings: exactly these;
notes: at least these), and for some findings a part of the sentence or the rule
that decides the witness.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from routing.lint import lint
from routing.lint.replay import replay
from routing.problems import Problem, Severity
from routing.rulebook import parse
from tests.routing.situations import situation

FOLDER = Path(__file__).parents[2] / "cases" / "lint"
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """One case: the rulebook, the pools and reps if it matters, and the findings."""

    name: str
    said: dict[str, Any]

    def found(self) -> tuple[Problem, ...]:
        """Lint the rulebook."""
        rulebook = parse(self.said["rulebook"])
        directory = None
        if "directory" in self.said:
            directory = situation(self.said["directory"]).rotation
        return lint(rulebook, NOW, directory)


CASES = [
    Case(f"{path.stem}: {said['name']}", said)
    for path in sorted(FOLDER.glob("*.yaml"))
    for said in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_found(case: Case) -> None:
    found = case.found()
    expected = case.said.get("expect", [])
    firm = [(p.code, p.subject) for p in found if p.severity is not Severity.NOTE]
    assert sorted(firm, key=str) == sorted(((e["code"], e.get("about")) for e in expected), key=str)
    for wanted in (*expected, *case.said.get("notes", [])):
        matching = [p for p in found if (p.code, p.subject) == (wanted["code"], wanted.get("about"))]
        assert matching, f"{wanted} is not among {[str(p) for p in found]}"
        _looks(matching, wanted)
    for unwanted in case.said.get("not", []):
        assert unwanted not in {p.code for p in found}


def _looks(matching: list[Problem], wanted: dict[str, Any]) -> None:
    assert any(wanted.get("says", "") in str(problem) for problem in matching), list(map(str, matching))
    if "witness" in wanted:
        shown = [problem.witness for problem in matching if problem.witness is not None]
        assert any(wanted["witness"] in str(witness) for witness in shown), list(map(str, shown))
    if "decided by" in wanted:
        assert wanted["decided by"] in {p.witness.rule for p in matching if p.witness is not None}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_witness_replays_and_findings_that_can_have_one_do(case: Case) -> None:
    rulebook = parse(case.said["rulebook"])
    for problem in case.found():
        if problem.witness is not None and problem.code != "unstaffed_hours":
            replay(problem.witness, rulebook)
        if problem.code in (
            "shadowed",
            "shadowed_row",
            "overlap",
            "gap",
            "tie",
            "overlapping_bands",
            "band_hole",
            "guarantee_broken",
            "empty_pool",
            "inactive_rep",
            "unknown_pool",
            "unknown_rep",
            "unknown_role",
        ):
            assert problem.witness is not None, str(problem)


def test_serving_does_not_load_the_solver() -> None:
    said = "import sys, service.app, service.cli, service.flow.flow, routing.lint; print('z3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
