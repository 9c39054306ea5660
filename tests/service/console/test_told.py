"""What a page says after a change, and the way back: through the real forms, and never from elsewhere."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from httpx2 import Response

from service.console.told import LASTS, STILL, Told, Undo, address, opened, print_of, sealed, unchanged
from service.problems import Conflict
from tests.service.console.conftest import NOW, Console, text_of


def test_only_the_session_that_made_a_change_is_told_of_it_and_not_for_long() -> None:
    told = Told(said="Done: <b>", undo=Undo(path="/x", form={"a": "\u00e4"}))
    text = sealed(told, "secret", NOW)
    assert opened(text, "secret", NOW + LASTS) == told
    assert opened(text, "another", NOW) is None
    assert opened(text, "secret", NOW + LASTS + timedelta(seconds=1)) is None
    for forged in ("", ".", "x", text[:-1], "A" + text, "\u00e4." + text):
        assert opened(forged, "secret", NOW) is None


def test_what_has_changed_since_is_not_taken_back() -> None:
    unchanged({}, lambda: 1)
    unchanged({STILL: print_of({"a": 1})}, lambda: {"a": 1})
    with pytest.raises(Conflict, match="changed this since"):
        unchanged({STILL: print_of({"a": 1})}, lambda: {"a": 2})


def test_names_in_addresses_are_quoted() -> None:
    assert address("/reps/{}", "a/b?") == "/reps/a%2Fb%3F"


def after(console: Console, done: Response) -> tuple[str, str, dict[str, str]]:
    """What the page says that was done; the form of its undo."""
    assert done.status_code == 303, done.text
    page = console.page(done.headers["location"].removeprefix("/console"))
    notice = re.search(r'<div class="notice good told".*?</div>', page, re.DOTALL)
    assert notice is not None
    action = re.search(r'action="/console([^"]+)"', notice[0])
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', notice[0]))
    form = {name: unescape(value) for name, value in fields.items() if name != "token"}
    return text_of(notice[0]), action[1] if action else "", form


HOURS = {"hours_mon": "09:00-12:00", "time_zone": "Europe/Lisbon", "open_cap": "7"}
CHANGES = [
    ("/reps/tom.ashby/absences", {"until": "2027-01-01T08:00"}, "Tom Ashby is on leave", "was taken back"),
    (
        "/reps/tom.ashby/absences",
        {"from": "2027-01-01T08:00", "until": "2027-02-01T08:00", "reason": "Hiking"},
        "01 Jan 2027, 08:00",
        "was taken back",
    ),
    ("/reps/tom.ashby/hours", HOURS, "hours and caps are saved", "hours and caps are saved"),
    ("/reps/tom.ashby/switch", {"to": "offline", "reason": "Lunch"}, "Offline", "Online again"),
    ("/pools/Brazil/members", {"do": "save", "rep": "tom.ashby", "weight": "3"}, "is a member", "taken out"),
    ("/pools/Brazil/settings", {"zone": "Europe/Lisbon"}, "settings are saved", "settings are saved"),
    ("/calendars", {"day": "2027-05-01", "name": "Outing"}, "Outing on 2027-05-01 was added", "taken away"),
]


@pytest.mark.parametrize(("path", "form", "said", "unsaid"), CHANGES)
def test_a_change_is_told_and_taken_back_and_that_too(
    demo: Console, path: str, form: dict[str, str], said: str, unsaid: str
) -> None:
    page = "/" + "/".join(path.split("/")[1:3])
    before = _values(demo.page(page))
    words, undo, fields = after(demo, demo.post(path, **form))
    assert said in words and "Undo" in words
    assert _values(demo.page(page)) != before
    words, again, repeated = after(demo, demo.post(undo, **fields))
    assert unsaid in words
    assert _values(demo.page(page)) == before
    words, _, _ = after(demo, demo.post(again, **repeated))
    assert said.split(" on ")[0] in words


def test_an_undo_does_not_undo_what_others_did_since(demo: Console) -> None:
    add = {"do": "save", "rep": "tom.ashby", "weight": "3"}
    _, undo, fields = after(demo, demo.post("/pools/Brazil/members", **add))
    assert demo.post("/pools/Brazil/members", **add | {"weight": "5"}).status_code == 303
    late = demo.post(undo, **fields)
    assert late.status_code == 409 and "changed this since; nothing was taken back" in late.text


def test_a_turn_given_back_counts_again_after_all(demo: Console) -> None:
    page = demo.page("/pools/Inbound%20EMEA/ledger?kind=draw")
    turn = re.search(r'name="turn" value="(\d+)"', page)
    assert turn is not None
    form = {"turn": turn[1], "code": "duplicate"}
    words, undo, fields = after(demo, demo.post("/pools/Inbound%20EMEA/give-back", **form))
    assert f"Turn {turn[1]} does not count" in words
    words, _, _ = after(demo, demo.post(undo, **fields))
    assert "Entered for" in words and "+1" in words
    words, none, _ = after(demo, demo.post("/pools/Inbound%20EMEA/give-back", **form))
    assert "was given back before" in words and none == ""


def _values(page: str) -> list[str]:
    """What the forms and lists of a page have, without what every answer has anew."""
    main = re.sub(r'<div class="notice.*?</div>', "", page.split("<main")[1], flags=re.DOTALL)
    return list(re.findall(r'value="([^"]*)"|<dd>(.*?)</dd>|<h2.*?>(.*?)</h2>', main))
