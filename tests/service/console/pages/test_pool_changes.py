"""service/console/pages/pool_changes.py: pools made, set and staffed; turns given back and put right."""

from __future__ import annotations

import re
from html import unescape

import pytest

from service.auth import Scope
from service.db import pools, reps
from service.records.reps import RepRecord
from tests.service.console.conftest import Console, text_of

POOL = "/pools/Inbound%20EMEA"


def test_a_pool_from_its_name_to_its_first_members_on_both_databases(console: Console) -> None:
    with console.services.database.write() as connection:
        records = [
            RepRecord.model_validate({"external_id": each, "name": each.title()}) for each in ("ana", "bo")
        ]
        reps.upsert(connection, records, console.services.now())
    made = console.post("/pools", name="A/B test")
    assert made.headers["location"] == "/console/pools/A%2FB%20test"
    assert console.post("/pools", name="A/B test").status_code == 409
    for rep, weight in (("ana", "2"), ("bo", "1")):
        assert console.post("/pools/A/B test/members", do="save", rep=rep, weight=weight).status_code == 303
    page = text_of(console.page("/pools/A/B test"))
    assert "Ana" in page and "of 67 %" in page
    assert (
        console.post("/pools/A/B test/members", do="save", rep="bo", weight="3", note="She asked").status_code
        == 303
    )
    assert console.post("/pools/A/B test/members", do="remove", rep="ana").status_code == 303
    with console.services.database.read() as connection:
        state = pools.get(connection, "A/B test")
    assert state is not None and [(m.rep, m.weight) for m in state.members] == [("bo", 3)]
    assert "She asked" in console.page("/pools/A/B test/ledger")
    assert console.post("/pools/A/B test/remove").headers["location"] == "/console/pools"
    assert "A/B test" not in console.page("/pools")


def test_settings_are_shown_with_their_meaning_and_changed(demo: Console) -> None:
    form = _form(demo)
    assert form["choose"] == "turn_order" and form["gives_back.no_show"] == "yes"
    page = text_of(demo.page(f"{POOL}/settings"))
    assert "Who of those who may take a contact gets it." in page and "Who has the least open work" in page
    changed = form | {
        "choose": "least_open",
        "caps": "day 8, hour 2",
        "ramp": "0, 50, 100",
        "requires": '{"team": ["EMEA"]}',
        "zone": "Europe/Berlin",
    }
    del changed["gives_back.no_show"]
    assert demo.post(f"{POOL}/settings", **changed).status_code == 303
    again = _form(demo)
    assert {name: again.get(name) for name in changed} == changed | {"requires": '{"team": ["EMEA"]}'}
    assert "gives_back.no_show" not in again
    assert "Who has the least open work for the weight" in text_of(demo.page(POOL))
    assert demo.post(f"{POOL}/settings", **form).status_code == 303
    assert _form(demo) == form


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"caps": "fortnight 2"}, "has no period"),
        ({"caps": "day many"}, "is written as: day 8, hour 2"),
        ({"requires": "{"}, "is no JSON at column 2"),
        ({"requires": '{"shoe": "42"}'}, "is no attribute of reps"),
        ({"skip_last": "99"}, "skip last: must be at most 50"),
        ({"zone": "Mars"}, "is no IANA time zone"),
        ({"nobody": "queue", "queue": ""}, "must name the queue"),
        ({"nobody": "overflow", "overflow": ""}, "must name the pool that is asked"),
    ],
)
def test_a_setting_that_cannot_be_is_said_and_what_was_typed_stays(
    demo: Console, said: dict[str, str], complaint: str
) -> None:
    refused = demo.post(f"{POOL}/settings", **_form(demo) | said)
    assert refused.status_code == 422 and complaint in text_of(refused.text)
    typed = _fields(refused.text)
    assert {name: typed.get(name, "") for name in said} == said


def test_a_turn_is_given_back_once_and_turns_are_put_right(demo: Console) -> None:
    page = demo.page(f"{POOL}/ledger?kind=draw")
    turn = re.findall(r'name="turn" value="(\d+)"', page)[0]
    assert demo.post(f"{POOL}/give-back", turn=turn, code="").status_code == 422
    for _ in range(2):
        assert demo.post(f"{POOL}/give-back", turn=turn, code="no_show", note="Fog").status_code == 303
    back = text_of(demo.page(f"{POOL}/ledger?kind=give_back"))
    assert back.count("no_show: Fog") == 1 and "by bootstrap" in back
    rep = re.findall(r'name="rep" value="([^"]+)"', demo.page(POOL))[0]
    assert demo.post(f"{POOL}/correct", rep=rep, turns="0", note="x").status_code == 422
    assert demo.post(f"{POOL}/correct", rep=rep, turns="-2").status_code == 422
    assert demo.post(f"{POOL}/correct", rep="nobody", turns="1", note="x").status_code == 409
    assert demo.post(f"{POOL}/correct", rep=rep, turns="-2", note="Owed from May").status_code == 303
    assert "Owed from May" in demo.page(f"{POOL}/ledger?rep={rep}")
    assert demo.post(f"{POOL}/reset", note="New quarter").status_code == 303
    assert "New quarter" in demo.page(f"{POOL}/ledger?kind=reset")
    refused = demo.post(f"{POOL}/remove")
    assert refused.status_code == 409 and "has drawn turns" in text_of(refused.text)


def test_who_may_only_read_sees_settings_and_changes_nothing(demo: Console) -> None:
    reader = demo.colleague("reader", Scope.READ)
    assert "takes a key with the scope ops-editor" in reader.page(f"{POOL}/settings")
    assert "Give it back" not in reader.page(f"{POOL}/ledger") and "Add a member" not in reader.page(POOL)


def _form(console: Console) -> dict[str, str]:
    return _fields(console.page(f"{POOL}/settings"))


def _fields(page: str) -> dict[str, str]:
    """What a browser would send of the form of settings as it stands."""
    found = {}
    for name, inside in re.findall(r'<select name="([^"]+)">(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else re.findall(r'value="([^"]*)"', inside)[0]
    for name, value in re.findall(r'<input name="([^"]+)" value="([^"]*)"', page):
        found[name] = unescape(value)
    for name, value in re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        found[name] = unescape(value)
    for name in re.findall(r'type="checkbox" name="([^"]+)" value="yes" checked', page):
        found[name] = "yes"
    return found
