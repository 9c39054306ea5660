"""Engagement in the console: accounts by score, one with why, and signals that are put on an account."""

from __future__ import annotations

from service.db.engagement import signals
from service.db.engagement.signals import Placed, Wanted
from tests.service.console.conftest import Console


def test_accounts_stand_by_their_score_and_say_why(demo: Console) -> None:
    page = demo.page("/program/engagement")
    order = [page.index(name) for name in ("Aérolys", "Bergwald Group AG", "Lumenreich", "Sanvara")]
    assert order == sorted(order)
    assert "Buying stage" in page and "The decision" in page
    strategic = demo.page("/program/engagement?tier=strategic")
    assert "Bergwald Group AG" in strategic and "Comparison" not in strategic
    one = demo.page("/program/engagement/accounts/ACC-1001")
    assert "Consideration, says 6sense" in one and "m.dupont@bergwald-group.com" in one
    assert "Signals by week" in one and "Several people" in one
    quiet = demo.page("/program/engagement/accounts/ACC-1003")
    assert "No signal of this account" in quiet and "It was never activated" in quiet
    assert demo.client.get("/console/program/engagement/accounts/nobody").status_code == 404


def test_a_person_puts_what_waits_on_an_account(demo: Console) -> None:
    page = demo.page("/program/engagement/unmatched")
    assert "Halvorsen Marine AS" in page and "Orchard Bay Foods" in page
    with demo.services.database.read() as connection:
        waiting = signals.page(connection, Wanted(unplaced=True), before=None, limit=50)
    row = next(each.id for each in waiting if each.said["company"] == "Halvorsen Marine AS")
    path = "/program/engagement/unmatched"
    wrong = demo.post(path, signal=str(row), account="nobody")
    assert wrong.status_code == 422 and "names no account" in wrong.text
    assert demo.post(path, signal="x", account="ACC-1003").status_code == 404
    done = demo.post(path, signal=str(row), account="ACC-1003")
    assert done.status_code == 303
    page = demo.client.get(done.headers["location"]).text
    assert "2 signals are on ACC-1003 now." in page and "Halvorsen Marine AS" not in page
    with demo.services.database.read() as connection:
        moved = signals.newest(connection, "ACC-1003", 5)
    assert {each.outcome for each in moved} == {Placed.BY_HAND} and len(moved) == 2
    assert "put here by" in demo.page("/program/engagement/accounts/ACC-1003")
