"""service/console/pages/handovers.py: who goes, what would pass, done, and put back."""

from __future__ import annotations

import re

import pytest

from service.auth import Scope
from tests.service.console.conftest import Console, text_of


def test_somebody_leaves_from_the_form_to_putting_it_back(demo: Console) -> None:
    form = text_of(demo.page("/handovers/new?rep=tom.ashby&kind=leaves"))
    assert "Nothing changes before you have seen the preview" in form and "Shared by the members of" in form
    said = {"rep": "tom.ashby", "kind": "leaves", "reason": "New job", "accounts": "rep:helena.brandt"}
    place = _planned(demo, **said)
    preview = text_of(demo.page(place))
    assert "What would pass" in preview and "Helena Brandt" in preview and "gets nothing more" in preview
    assert (
        "active" not in text_of(demo.page("/reps/tom.ashby")).split("Pools")[0].lower().split("inactive")[0]
    )
    digest = re.search(r'name="digest" value="([^"]+)"', demo.page(place))
    assert digest is not None
    assert "Opportunity Bergwald Pumpen GmbH OPP-5004" in preview
    other = demo.post(f"{place}/apply", digest="another")
    assert other.status_code == 412 and "not the one that you looked at" in text_of(other.text)
    assert demo.post(f"{place}/apply", digest=digest[1]).status_code == 303
    assert "What passed" in demo.page(place) and "Inactive" in text_of(demo.page("/reps/tom.ashby"))
    assert "Done" in text_of(demo.page("/handovers"))
    assert demo.post(f"{place}/undo").status_code == 303
    assert "Put back" in text_of(demo.page(place)) and "Inactive" not in text_of(demo.page("/reps/tom.ashby"))
    assert "Tom Ashby" in demo.page("/handovers?rep=tom.ashby")


def test_a_plan_that_the_world_has_overtaken_is_planned_anew(demo: Console) -> None:
    said = {"rep": "tom.ashby", "kind": "leave", "reason": "Hiking", "until": "2026-11-14T08:00"}
    place = _planned(demo, **said, accounts="manager")
    digest = re.search(r'name="digest" value="([^"]+)"', demo.page(place))
    assert digest is not None
    assert demo.post("/reps/tom.ashby/absences", until="2026-10-15T08:00").status_code == 303
    overtaken = demo.post(f"{place}/apply", digest=digest[1])
    assert overtaken.status_code == 412 and "have changed since the plan" in text_of(overtaken.text)
    anew = demo.post(f"{place}/again")
    assert anew.status_code == 303 and anew.headers["location"] != f"/console{place}"


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"kind": "leave"}, "a leave needs until"),
        ({"kind": "leaves", "reason": ""}, "reason: is required"),
        ({"kind": "leaves", "accounts": "rep:nobody"}, "accounts: "),
        ({"kind": "leaves", "accounts": "rep:tom.ashby"}, "must not name the rep itself"),
        ({"kind": "moves", "holdover": "soon"}, "must be a number of days"),
        ({"kind": "moves", "territory": "DE: helena.brandt"}, "at the end: otherwise: REP"),
        ({"kind": "moves", "territory": "Germany to Helena"}, "line 1 is written as"),
    ],
)
def test_what_cannot_be_planned_is_said_and_what_was_typed_stays(
    demo: Console, said: dict[str, str], complaint: str
) -> None:
    form = {"rep": "tom.ashby", "reason": "New job", "accounts": "manager"} | said
    refused = demo.post("/handovers", **form)
    assert refused.status_code == 422 and complaint in text_of(refused.text), text_of(refused.text)[:2000]
    assert "Show what would pass" in refused.text


def test_a_move_divides_accounts_by_territory(demo: Console) -> None:
    said = {
        "rep": "helena.brandt",
        "kind": "moves",
        "reason": "New region",
        "territory": "FR: tom.ashby\n / enterprise: marcus.bell\notherwise: sofia.lindgren",
        "holdover": "30",
        "where_country": "DE, FR",
    }
    preview = text_of(demo.page(_planned(demo, **said)))
    assert "moves to another territory" in preview and "Sofia Lindgren" in preview


def test_a_reader_may_look_and_not_plan(demo: Console) -> None:
    reader = demo.colleague("reader", Scope.READ)
    assert "No hand-over yet" in reader.page("/handovers") and "Plan one" not in reader.page("/handovers")
    assert reader.post("/handovers", rep="tom.ashby").status_code == 403


def _planned(console: Console, **said: str) -> str:
    made = console.post("/handovers", **said)
    assert made.status_code == 303, text_of(made.text)
    return made.headers["location"].removeprefix("/console")
