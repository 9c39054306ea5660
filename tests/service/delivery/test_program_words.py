"""What people are told of the program, in words."""

from __future__ import annotations

from typing import Any

import pytest

from service.delivery.program_words import EVENTS, said

DATA: dict[str, Any] = {
    "account": "A-1",
    "account_name": "Bergwald",
    "quarter": "FY2027-Q1",
    "closes": "2027-02-01T05:00:00Z",
    "places": 8,
    "taken": 6,
    "rep": "dan",
    "state": "waitlisted",
    "place": 2,
    "reason": "Not this time.",
    "by": "sue",
    "entered": ["A-1"],
    "stayed": [],
    "left": ["A-2", "A-3"],
    "tier": "one_to_few",
    "ae": "dan",
    "marketing": "max",
    "agenda": {"new_contacts": 3, "missed": 1},
    "since": "2026-11-02T05:00:00Z",
    "until": "2027-02-01T05:00:00Z",
    "path": "/program/reports/r-1",
}
WORDS = {
    "program.window_opened": "Nominations for FY2027-Q1 are open. "
    "They close on 2027-02-01; 2 of 8 strategic places are free.",
    "program.nominated": "Bergwald is nominated for FY2027-Q1. dan nominates it; sales and marketing decide.",
    "program.decided": "Bergwald for FY2027-Q1: waitlisted, place 2. Decided by sue: Not this time.",
    "program.quarter_began": "FY2027-Q1 has begun. Strategic accounts: 1 entered, 0 stayed, 2 left.",
    "program.tier_changed": "Bergwald is one to few. Not this time (sue).",
    "program.plan_agreed": "The plan of Bergwald is agreed. By dan and max.",
    "program.review_due": "The plan of Bergwald is to be reviewed. To talk of: 3 new contacts, 1 missed.",
    "program.report_made": "The 360 report on Bergwald can be read. "
    "From 2026-11-02 to 2027-02-01, at /program/reports/r-1 of the console.",
}


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_what_is_said(event: str) -> None:
    assert ". ".join(said(event, DATA)) == WORDS[event]


def test_who_leaves_the_program_is_in_no_tier() -> None:
    assert said("program.tier_changed", DATA | {"tier": None})[0] == "Bergwald is in no tier any more"
