"""One decision: what became of the contact since stands below the story of how it was decided."""

from __future__ import annotations

import re

from routing.types.people import RepId
from service.db import decisions, rulebooks
from tests.service.console.conftest import Console, text_of


def test_what_became_of_a_contact_is_told(demo: Console) -> None:
    """A hand to a colleague, a claim of a third, a hand-over of whoever has it: each with its way there."""
    first = _one(demo, "emea")
    with demo.services.database.read() as connection:
        decision = decisions.get(connection, first)
    assert decision is not None and decision.assignment is not None
    assert "Not accepted yet" in text_of(demo.page(f"/decisions/{first}"))
    demo.services.desk.reassign(decision.assignment.id, RepId("tom.ashby"), "knows them well", "ann")

    claim = {"decision": first, "claimant": "marcus.bell", "reason": "Met at the fair", "hours": "8"}
    disputed = demo.post("/disputes", **claim).headers["location"]
    said = {"rep": "tom.ashby", "kind": "leaves", "reason": "New job", "accounts": "rep:helena.brandt"}
    leaving = demo.post("/handovers", **said).headers["location"].removeprefix("/console")
    digest = re.search(r'name="digest" value="([^"]+)"', demo.page(leaving))
    assert digest is not None
    assert demo.post(f"{leaving}/apply", digest=digest[1]).status_code == 303

    page = demo.page(f"/decisions/{first}")
    told = text_of(page.split("What became of it")[1])
    for part in (
        "Passed on",
        "Tom Ashby",
        "First touch: passed on due",
        "Marcus Bell claims the contact",
        "Met at the fair",
        "the two reps have to settle it",
        "Tom Ashby leaves the company",
        "The same person",
    ):
        assert part in told, part
    assert disputed in page and leaving in page
    followed = demo.page(page.split('id="history"')[1].split('href="/console')[1].split('"')[0])
    assert "knows them well" in text_of(followed) or "New job" in text_of(followed)


def test_a_draft_that_cannot_be_used_is_said_and_the_story_stays(demo: Console) -> None:
    database, now = demo.services.database, demo.services.now()
    database.transact(lambda c: rulebooks.save_draft(c, "rules: [", author="ann", at=now))
    said = text_of(demo.page(f"/decisions/{_one(demo, 'emea')}?draft=1"))
    assert "The draft cannot be used yet" in said and "Which rule" in said


def _one(console: Console, rule: str) -> str:
    found = re.findall(
        r'class="row wrap" href="/console/decisions/([^"]+)"', console.page(f"/decisions?rule={rule}")
    )
    return str(found[0])
