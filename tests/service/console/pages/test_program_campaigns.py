"""service/console/pages/program_campaigns.py: plays, and a campaign from its making to its end."""

from __future__ import annotations

import re

from service.auth import Scope
from tests.service.console.conftest import Console, text_of

SAID = {"external_id": "CMP-90", "name": "Letter <i>one</i>", "play": "direct_mail", "account": "ACC-1012"}


def test_a_campaign_is_made_changed_started_and_ended(demo: Console) -> None:
    listed = text_of(demo.page("/program/campaigns?state=active"))
    assert "Dinner in Aarhus" in listed and "Parcel to the plants" not in listed
    assert "Spring fair" in text_of(demo.page("/program/campaigns"))
    wrong = demo.post("/program/campaigns", **SAID | {"play": "parcel", "goal": "Ten answers"})
    assert (wrong.status_code, "must be one of the plays" in text_of(wrong.text)) == (422, True)
    assert "Ten answers" in wrong.text
    times = {"from": "2099-01-01T09:00", "until": "2099-02-01T09:00"}
    made = demo.post("/program/campaigns", **SAID, **times, goal="Ten answers")
    assert made.status_code == 303, text_of(made.text)
    place = made.headers["location"].removeprefix("/console")
    page = demo.page(place)
    assert "Letter &lt;i&gt;one" in page and "Planned" in page and "How the play goes" in page
    edit = demo.page(f"{place}/edit")
    assert 'value="2099-01-01T09:00"' in edit and 'value="Ten answers"' in edit
    assert demo.post("/program/campaigns", **SAID, goal="Twenty").status_code == 303
    assert "Twenty" in demo.page(place) and "To begin" not in demo.page(place)

    people = "ann@castellane.example, responded\nWEB-77\n\nbob@castellane.example , sent"
    assert demo.post(f"{place}/members", people=people).status_code == 303
    page = text_of(demo.page(place))
    assert "3 people, 1 responded" in page and "WEB-77" in page
    wrong = demo.post(f"{place}/members", people="nobody@")
    assert (wrong.status_code, "nobody@" in wrong.text) == (422, True)
    assert demo.post(f"{place}/members/remove", contact="WEB-77").status_code == 303
    assert demo.post(f"{place}/members/remove", email="bob@castellane.example").status_code == 303
    assert "1 person" in text_of(demo.page(place))
    out = demo.post(f"{place}/members/remove", email="ann@castellane.example")
    page = demo.page(out.headers["location"].removeprefix("/console"))
    assert "ann@castellane.example is out of it." in page and "0 people" in text_of(page)
    back = dict(
        re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.split("told")[1].split("</form>")[0])
    )
    assert back.pop("token") and back["status"] == "responded"
    assert demo.post(f"{place}/members/back", **back).status_code == 303
    assert "1 person, 1 responded" in text_of(demo.page(place))

    assert demo.post(f"{place}/turn", verb="pause").status_code == 422
    assert demo.post(f"{place}/turn", verb="start").status_code == 303
    assert "Running" in demo.page(place)
    assert demo.post(f"{place}/turn", verb="finish").status_code == 303
    again = demo.post(f"{place}/turn", verb="start")
    assert (again.status_code, "cannot become active" in text_of(again.text)) == (409, True)

    reader = demo.colleague("guest", Scope.READ)
    seen = reader.page(place)
    assert "Take out" not in seen and "Put people in" not in seen
    assert reader.post(f"{place}/turn", verb="start").status_code == 403


def test_a_play_is_added_and_changed(demo: Console) -> None:
    assert "Display ads" in demo.page("/program/plays")
    said = {"key": "gift_box", "title": "Gift box", "about": "A box", "part": "reach", "steps": "Pack\nSend"}
    wrong = demo.post("/program/plays", **said, lead_days="soon", tier_strategic="yes", active="yes")
    assert (wrong.status_code, "Gift box" in wrong.text) == (422, True)
    assert (
        demo.post("/program/plays", **said, lead_days="3", tier_strategic="yes", active="yes").status_code
        == 303
    )
    form = demo.page("/program/plays?change=gift_box")
    assert 'value="gift_box"' in form and re.search(r'name="tier_strategic"[^>]* checked', form)
    assert not re.search(r'name="tier_one_to_many"[^>]* checked', form)
    assert demo.post("/program/plays", **said, tier_strategic="yes").status_code == 303
    assert "not in use" in demo.page("/program/plays")
