"""service/console/pages/program.py: the board of the demo's program, a nomination and what is said of it."""

from __future__ import annotations

import re

from service.auth import Scope
from tests.service.console.conftest import Console, text_of


def test_an_account_is_nominated_reviewed_and_taken_back(demo: Console) -> None:
    board = text_of(demo.page("/program"))
    assert "6 of 8 taken" in board and "8 of 8 taken" in board and "Nominations for" in board
    assert "Bergwald Group AG" in board and "Waitlisted place 2" in board
    nothing = demo.post(
        "/program/nominations", account="ACC-9", rep="dana.whitfield", criterion_meeting="yes"
    )
    assert (nothing.status_code, "names no account" in text_of(nothing.text)) == (422, True)
    said = {"account": "ACC-1158", "rep": "marcus.bell", "note": "<b>They call us</b>"}
    made = demo.post("/program/nominations", **said, criterion_champion="yes")
    assert made.status_code == 303, text_of(made.text)
    place = made.headers["location"].removeprefix("/console")
    page = demo.page(place)
    assert "&lt;b&gt;They call us" in page and "The rep says so" in text_of(page)

    review = f"{place}/review"
    assert demo.post(review, side="sales", verdict="decline").status_code == 422
    assert demo.post(review, side="sales", verdict="approve", rank="1").status_code == 303
    assert "speak for marketing" in text_of(demo.post(review, side="marketing", verdict="approve").text)
    approver = demo.colleague("mira", Scope.OPS_APPROVER)
    full = approver.post(review, side="marketing", verdict="approve")
    assert (full.status_code, "all are taken" in text_of(full.text)) == (409, True)
    assert approver.post(review, side="marketing", verdict="waitlist").status_code == 303
    assert "place 1" in text_of(demo.page(place))
    assert demo.post(f"{place}/withdraw", reason="Not this quarter").status_code == 303
    assert "Taken back" in text_of(demo.page(place))


def test_a_rep_nominates_for_herself_alone(demo: Console) -> None:
    rep = demo.colleague("marcus.bell@varnholt.example", Scope.READ)
    board = rep.page("/program")
    assert 'name="rep"' not in board and 'name="account"' in board
    made = rep.post("/program/nominations", account="ACC-1149", criterion_opportunity="yes")
    assert made.status_code == 303, text_of(made.text)
    for_another = {"account": "ACC-1182", "rep": "dana.whitfield", "criterion_meeting": "yes"}
    assert rep.post("/program/nominations", **for_another).status_code == 403
    place = made.headers["location"].removeprefix("/console")
    page = rep.page(place)
    assert re.search(r"Nominated by\s+Marcus Bell", text_of(page))
    assert f"{place}/review" not in page and f"{place}/withdraw" in page
    assert rep.post(f"{place}/review", side="sales", verdict="approve").status_code == 403
