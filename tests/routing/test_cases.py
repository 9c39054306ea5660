"""The rules of engagement of tests/cases/routing: each file a policy with its tests, citing its source.

The sources are numbered in the collection of written rules of engagement that
the cases were drawn from: ``situation N`` with its variants a, b, c; ``SG-N`` for
Sourcegraph's handbook and ``GL-N`` for GitLab's.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from routing.lint import lint
from routing.problems import Severity
from routing.rulebook import parse
from routing.rules import RULE_TYPES
from routing.testing import TestResult, run_tests
from routing.types.decision import RoutingOutcome, Verdict

CASES = sorted((Path(__file__).parents[1] / "cases" / "routing").glob("*.yaml"))
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/rulebook.yaml"))
SOURCE = re.compile(r"(?i)\bsituations? \d+|\b(SG|GL)-\d+")


def results(path: Path) -> tuple[TestResult, ...]:
    return run_tests(parse(path.read_text(), path.name))


@pytest.mark.parametrize("path", [*CASES, *EXAMPLES], ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    found = results(path)
    assert found, "a case has tests"
    failures = [f"line {r.line}: {r.name}: {'; '.join(r.differences)}" for r in found if r.differences]
    assert failures == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_cites_its_source_in_its_first_line(path: Path) -> None:
    assert SOURCE.search(path.read_text().splitlines()[0])


@pytest.mark.parametrize("path", [*CASES, *EXAMPLES], ids=lambda path: path.stem)
def test_a_case_has_no_rule_that_lint_proves_useless(path: Path) -> None:
    rulebook = parse(path.read_text(), path.name)
    found = lint(rulebook, datetime(2026, 6, 15, tzinfo=UTC))
    assert [p for p in found if p.severity is Severity.ERROR] == []


def test_every_outcome_kind_wins_and_loses_somewhere() -> None:
    decisions = [result.decision for path in CASES for result in results(path) if result.decision]
    claims = [claim for decision in decisions for claim in decision.claims]
    won = {claim.kind for claim in claims if claim.verdict is Verdict.WON}
    lost = {claim.kind for claim in claims if claim.verdict is not Verdict.WON}
    for kind in RULE_TYPES:
        assert won & set(kind.kinds), f"'{kind.key}' never wins"
        assert lost & set(kind.kinds), f"'{kind.key}' never loses"


def test_every_verdict_and_outcome_occurs() -> None:
    decisions = [result.decision for path in CASES for result in results(path) if result.decision]
    assert {claim.verdict for decision in decisions for claim in decision.claims} == set(Verdict)
    assert {decision.outcome for decision in decisions} == set(RoutingOutcome) - {RoutingOutcome.SUPERSEDED}
