"""service/console/pages/program_plans.py: a plan is written, agreed to, reviewed and ended by its team."""

from __future__ import annotations

import re

from routing.types.people import RepId
from service.api.program_actor import parts_of
from service.auth import Scope
from service.db import reps
from service.program.settings import Settings
from tests.service.console.conftest import Console, text_of

SAID = {
    "account": "ACC-1016",
    "goals": "Back in the grid business\n<b>bold</b>",
    "buying_group": "Champion",
    "reach": "Ads | display_ads | oliver.haddon | 2026-12-01",
    "personalise": "A letter | direct_mail",
}
MEASURE = "meetings | 3"


def test_a_plan_is_written_agreed_reviewed_and_ended(demo: Console) -> None:
    plans = text_of(demo.page("/program/plans"))
    assert "Bergwald Group AG" in plans and "Agreed" in plans and "Strategic without a plan" in plans
    ahead, _, overdue = plans.partition("Not held yet: ")
    assert "Review 7" in ahead and overdue.startswith("3 ") and "Review 7" not in overdue
    board = demo.page("/program")
    account = re.search(r"/program/plans/new\?account=([^\"]+)", board)
    assert account, "the board leads to the form"
    said = SAID | {"account": account[1]}
    form = demo.page(f"/program/plans/new?account={account[1]}")
    assert "direct_mail" in form and "One thing a line" in form

    wrong = demo.post("/program/plans", **said | {"reach": "Ads | parcel"})
    assert (wrong.status_code, "must be one of the plays" in text_of(wrong.text)) == (422, True)
    assert "Ads | parcel" in wrong.text, "what was typed stays"
    made = demo.post("/program/plans", **said)
    assert made.status_code == 303, text_of(made.text)
    place = made.headers["location"].removeprefix("/console")
    page = demo.page(place)
    assert "&lt;b&gt;bold" in page and "It says nothing yet of: measure" in text_of(page)
    assert "Agree for marketing" not in page
    assert demo.client.get(f"/console/program/plans/new?account={account[1]}").status_code == 303

    demo.post("/program/plans", **said, measure=MEASURE, revision="1")
    stale = demo.post("/program/plans", **said, measure="calls | 1", revision="1")
    assert (stale.status_code, "at revision 2" in text_of(stale.text)) == (412, True)
    page = demo.page(place)
    [ae] = set(re.findall(r'name="rep" value="([^"]+)"', page))
    assert demo.post(f"{place}/agree", side="sales", revision="1", rep=ae).status_code == 412
    settings = Settings(parts_of(demo.services))
    before = settings.current().settings
    review = before.review.model_copy(update={"sides": ("sales",)})
    settings.change(before.model_copy(update={"review": review}), None, "pia", "Sales alone reviews")
    with demo.services.database.read() as connection:
        address = reps.by_id(connection, [RepId(ae)])[RepId(ae)].email
    member = demo.colleague(address or "", Scope.READ)
    offered = text_of(member.page(place))
    assert "Agree for sales" in offered and "Agree for marketing" not in offered
    assert member.post(f"{place}/agree", side="marketing", revision="2").status_code == 403
    assert member.post(f"{place}/agree", side="sales", revision="2").status_code == 303
    assert demo.post(f"{place}/agree", side="marketing", revision="2").status_code == 303
    assert "Agreed" in text_of(demo.page(place)) and "Agree for" not in demo.page(place)

    assert "Plan a focus session" in member.page(place), "the team's own form"
    assert member.post(f"{place}/focus", at="").status_code == 422
    assert member.post(f"{place}/focus", at="2026-10-20T09:00").status_code == 303
    [meeting] = re.findall(r'href="/console(/program/meetings/[^"]+)">Focus', demo.page(place))
    session = demo.page(meeting)
    item = re.search(r'name="item_1" value="([^"]+)"', session)
    assert item
    assert demo.post(meeting, item_1="nothing of it").status_code == 422
    assert demo.post(meeting, item_1=item[1], notes="All agreed", held="yes").status_code == 303
    held = text_of(demo.page(meeting))
    assert "Held" in held and "All agreed" in held

    reader = demo.colleague("guest", Scope.READ)
    assert "Change it" not in reader.page(place) and "focus session" not in reader.page(place)
    assert "Checklist" in reader.page(meeting)
    assert reader.client.get(f"/console{place}/edit").status_code == 403
    assert reader.post(f"{place}/end", reason="No").status_code == 403
    assert demo.post(f"{place}/end", reason="").status_code == 422
    assert demo.post(f"{place}/end", reason="Sold").status_code == 303
    assert (
        "It ended" in text_of(demo.page(place)) and "Sold" in demo.page("/program/plans?state=all") + "Sold"
    )
