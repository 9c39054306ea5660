"""service/console/plan_form.py: a plan as text and back, and what is said of a line that is wrong."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from service.console.plan_form import read, texts
from service.problems import Invalid
from service.program.core.plans import Plan

BERLIN = ZoneInfo("Europe/Berlin")
STEP = {
    "what": "Parcel | with a note",
    "play": "direct_mail",
    "owner": "ana",
    "due": "2026-05-01T08:00+02:00",
}


def test_a_plan_is_the_same_after_it_was_text() -> None:
    plan = Plan.model_validate(
        {
            "goals": ["A pilot | or two", "A reference"],
            "buying_group": [
                {"role": "Champion", "contact": "c-1", "note": "speaks for us"},
                {"role": "User"},
            ],
            "reach": [STEP, {"what": "Ads", "done": True}],
            "personalise": [STEP | {"done": True}],
            "measure": [
                {"measure": "pipeline created", "goal": 250000},
                {"measure": "win rate", "goal": 0.4},
            ],
            "notes": "Quiet until May",
        }
    )
    said = texts(plan, BERLIN)
    assert (
        said["reach"] == "Parcel \\| with a note | direct_mail | ana | 2026-05-01T08:00\nAds |  |  |  | done"
    )
    assert said["buying_group"].splitlines()[1] == "User"
    assert read(said, BERLIN) == plan
    assert read({}, BERLIN) == Plan()


@pytest.mark.parametrize(
    ("field", "text", "pointer", "detail"),
    [
        ("reach", "Ads\nMore | display_ads | ana | soon", "#/reach/1/due", "must be a time such as"),
        ("measure", "meetings | many", "#/measure/0/goal", "number"),
        ("measure", "meetings", "#/measure/0/goal", "required"),
        (
            "buying_group",
            "User | c-1 | a | b",
            "#/buying_group/0",
            "has more parts than role | contact | note",
        ),
        ("goals", "x" * 501, "#/goals/0", "500"),
    ],
)
def test_a_line_that_is_wrong_is_named(field: str, text: str, pointer: str, detail: str) -> None:
    with pytest.raises(Invalid) as caught:
        read({field: text}, BERLIN)
    [error] = caught.value.errors
    assert error.pointer == pointer and detail in error.detail
