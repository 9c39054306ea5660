"""The criteria, as tests/cases/program/criteria.yaml has them, and which of them count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from routing.types.facts import Activity, Opportunity
from service.program.core.criteria import CRITERIA, Criterion, Records, RowKind, counting, examined
from service.program.core.settings import Criteria

CASES = YAML(typ="safe").load((Path(__file__).parents[3] / "cases" / "program" / "criteria.yaml").read_text())
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def activity(number: int, line: str) -> Activity:
    kind, direction, days, *person = line.split()
    return Activity(
        id=f"act-{number}",
        rep=None,
        kind=kind,
        direction=direction,
        at=NOW - timedelta(days=int(days)),
        contact_id=person[0] if person else None,
    )


def opportunity(number: int, line: str) -> Opportunity:
    kind, stage, *due = line.split()
    closed = NOW - timedelta(days=1) if stage == "closed" else None
    return Opportunity(
        id=f"opp-{number}",
        owner=None,
        stage=stage,
        kind=kind,
        amount=None,
        opened_at=NOW - timedelta(days=60),
        closed_at=closed,
        won=None if closed is None else True,
        expected_close_at=NOW + timedelta(days=int(due[0])) if due else None,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_criteria(case: dict[str, Any]) -> None:
    records = Records(
        champions=tuple(case.get("champions", ())),
        activities=tuple(activity(n, line) for n, line in enumerate(case.get("activities", ()))),
        opportunities=tuple(opportunity(n, line) for n, line in enumerate(case.get("opportunities", ()))),
    )
    found = examined(records, Criteria(**case.get("settings", {})), NOW)
    assert [each.criterion for each in found] == list(CRITERIA)
    assert [each.criterion for each in found if each.holds] == case["holds"]
    assert all(each.rows for each in found if each.holds), "what holds names the rows it rests on"
    known = {each.id for each in records.activities} | {each.id for each in records.opportunities}
    named = [row for each in found for row in each.rows if row.kind is not RowKind.CONTACT]
    assert {row.id for row in named} <= known


def test_the_word_of_the_rep_counts_unless_evidence_is_required() -> None:
    found = examined(Records(opportunities=(opportunity(1, "renewal review"),)), Criteria(), NOW)
    said = [Criterion.MEETING]
    assert counting(said, found, Criteria()) == [Criterion.MEETING, Criterion.RENEWAL]
    assert counting(said, found, Criteria(evidence_required=True)) == [Criterion.RENEWAL]
