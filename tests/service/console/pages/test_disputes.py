"""service/console/pages/disputes.py: a claim with its evidence, its way up, and how it is settled."""

from __future__ import annotations

import re

import pytest

from tests.service.console.conftest import Console, text_of


def test_a_dispute_is_opened_read_and_settled(demo: Console) -> None:
    assert "No dispute is open" in demo.page("/disputes")
    decision = _decision(demo)
    assert decision in demo.page(f"/disputes/new?decision={decision}")
    said = {
        "decision": decision,
        "claimant": "marcus.bell",
        "reason": "I know them",
        "hours": "8",
        "freeze": "yes",
    }
    opened = demo.post("/disputes", **said)
    assert opened.status_code == 303, text_of(opened.text)
    place = opened.headers["location"].removeprefix("/console")
    page = text_of(demo.page(place))
    assert "Marcus Bell claims a contact" in page and "the two reps" in page and "clocks" in page
    assert "emea" in page
    assert "Marcus Bell" in demo.page("/disputes")
    assert demo.post(f"{place}/settle", resolution="split", note="Both").status_code == 422
    wrong = demo.post(f"{place}/settle", resolution="split", note="Both", credit="sourced marcus.bell half")
    assert "is written one to a line" in text_of(wrong.text) and "half" in wrong.text
    done = demo.post(f"{place}/settle", resolution="split", note="Both", credit="sourced marcus.bell 50%")
    assert done.status_code == 303
    assert "The credit was divided" in text_of(demo.page(place))
    assert demo.post(f"{place}/settle", resolution="keep", note="No").status_code == 409
    assert "No dispute is open" in demo.page("/disputes")
    assert "Marcus Bell" in demo.page("/disputes?state=all")


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"decision": "nothing"}, "No decision has this id"),
        ({"hours": "800"}, "must be from 1 to 720"),
        ({"reason": " "}, "say who claims the contact, and why"),
    ],
)
def test_a_dispute_that_cannot_be_is_said(demo: Console, said: dict[str, str], complaint: str) -> None:
    form = {"decision": _decision(demo), "claimant": "marcus.bell", "reason": "Mine"} | said
    refused = demo.post("/disputes", **form)
    assert refused.status_code in (404, 422) and complaint in text_of(refused.text)


def _decision(console: Console) -> str:
    page = console.page("/decisions?rule=emea")
    found = re.search(r'href="/console/decisions/([^"?]+)"', page)
    assert found is not None
    return found[1]
