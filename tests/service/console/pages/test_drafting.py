"""Rules in the console: written, checked, tested, planned, approved, published, taken back."""

from __future__ import annotations

import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from service.auth import Scope
from service.console.pages.drafting import difference
from service.db import approvals
from service.rulebook.plans import Planner
from tests.service.console.conftest import Console, undo_in


def test_the_whole_way_from_an_edit_to_taking_it_back(demo: Console) -> None:
    text, etag = _draft(demo)
    live = _live(demo)
    changed = text.replace("# ", "# Now: ", 1)
    assert _post(demo, "/rulebook/draft", text=changed.replace("\n", "\r\n"), etag=etag).status_code == 303
    saved, etag = _draft(demo)
    assert saved == changed
    page = demo.page("/rulebook/draft")
    assert 'class="added"' in page and "Saved by bootstrap" in page
    assert _live(demo) == live
    own = _post(demo, "/rulebook/draft/review", etag=etag, verdict="approved")
    assert own.status_code == 409 and "somebody else must approve it" in own.text
    approver = _colleague(demo, "bea", Scope.OPS_APPROVER)
    objected = _post(approver, "/rulebook/draft/review", etag=etag, verdict="objected", comment="Not yet")
    assert objected.status_code == 303
    refused = _post(demo, "/rulebook/draft/publish", etag=etag, reason="A better word")
    assert refused.status_code == 409 and "bea objected: Not yet" in unescape(refused.text)
    assert _post(approver, "/rulebook/draft/review", etag=etag, verdict="approved").status_code == 303
    put = _post(approver, "/rulebook/draft/publish", etag=etag, reason="A better word")
    assert put.headers["location"] == "/console/rulebook?published=1"
    assert _live(demo) != live and "A better word" in demo.page("/rulebook")
    assert 'class="taken"' in demo.page(f"/rulebook/diff?before={live}&after=live")
    assert _post(demo, "/rulebook/rollback", reason="Not so good").status_code == 303
    assert _live(demo) == live


def test_what_is_wrong_is_said_with_its_place_while_typing(demo: Console) -> None:
    text, _ = _draft(demo)
    wrong = text.replace("because:", "becuase:", 1)
    line = next(n for n, each in enumerate(wrong.splitlines(), 1) if "becuase:" in each)
    found = _post(demo, "/rulebook/draft/check", text=wrong).text
    assert f'data-line="{line}"' in found and "because" in found
    assert "<html" not in found
    assert "Nothing is wrong with it" in _post(demo, "/rulebook/draft/check", text=text).text
    assert "They cannot be run" in _post(demo, "/rulebook/draft/tests", text=wrong).text
    assert "passed" in _post(demo, "/rulebook/draft/tests", text=text).text


def test_a_faulty_draft_is_saved_and_not_published(demo: Console) -> None:
    text, etag = _draft(demo)
    assert _post(demo, "/rulebook/draft", text=text + "\nnonsense: 1\n", etag=etag).status_code == 303
    _, etag = _draft(demo)
    refused = _post(demo, "/rulebook/draft/publish", etag=etag, reason="Try")
    assert refused.status_code == 422 and "The rulebook may not go live" in refused.text
    assert "faults" in _post(demo, "/rulebook/plans", days="30").text
    dropped = _post(demo, "/rulebook/draft/drop", etag=etag)
    assert dropped.status_code == 303 and _draft(demo)[0] == text
    page = demo.page(dropped.headers["location"].removeprefix("/console"))
    undo = undo_in(page)
    bea = _colleague(demo, "bea", Scope.OPS_EDITOR)
    assert _post(bea, "/rulebook/draft/back", **undo).status_code == 303
    assert "nonsense: 1" in _draft(demo)[0]
    with demo.services.database.read() as connection:
        assert set(approvals.authors(connection)) == {"bootstrap", "bea"}
    assert _post(bea, "/rulebook/draft/back", **undo).status_code == 409, "it has changed since"
    for wrong, status in (({"version": "0"}, 404), ({"authors": "{"}, 400)):
        form = {name: value for name, value in undo.items() if name != "still"} | wrong
        assert _post(bea, "/rulebook/draft/back", **form).status_code == status


def test_nobody_saves_over_what_they_have_not_seen(demo: Console) -> None:
    text, etag = _draft(demo)
    assert _post(demo, "/rulebook/draft", text=text + "# one\n", etag=etag).status_code == 303
    lost = _post(demo, "/rulebook/draft", text=text + "# two\n", etag=etag)
    assert lost.status_code == 412 and "# two" in lost.text
    assert "# one" in _draft(demo)[0]


def test_a_plan_says_who_gains_and_leads_to_each_contact(demo: Console) -> None:
    text, etag = _draft(demo)
    assert _post(demo, "/rulebook/plans", days="x").status_code == 422
    start = text.index("  - id: competitors")
    end = text.index("  - id:", start + 5)
    _post(demo, "/rulebook/draft", text=text[:start] + text[end:], etag=etag)
    started = _post(demo, "/rulebook/plans", days="3000")
    if started.status_code == 422:
        pytest.fail(started.text)
    plan = started.headers["location"].removeprefix("/console")
    assert "Waiting for a worker" in demo.page(plan)
    assert Planner(demo.services.database, demo.services.now).run()
    done = demo.page(plan)
    assert "By rep" in done and "Which rule takes from which" in done
    moved = demo.page(f"{plan}/changes?rule=competitors")
    one = re.search(rf'href="/console({plan}/changes/[^"]+)"', moved)
    assert one is not None
    assert "Live" in demo.page(one[1]) and "competitors" in demo.page(one[1])
    assert "No contact moves so" in demo.page(f"{plan}/changes?rule=nothing")


def test_publishing_is_set_for_a_time_and_cancelled(demo: Console) -> None:
    text, etag = _draft(demo)
    _post(demo, "/rulebook/draft", text=text + "# later\n", etag=etag)
    _, etag = _draft(demo)
    bad = _post(demo, "/rulebook/draft/publish", etag=etag, reason="May", at="2020-01-01T08:00", zone="UTC")
    assert bad.status_code == 422 and "must be ahead" in bad.text
    nowhere = _post(
        demo, "/rulebook/draft/publish", etag=etag, reason="May", at="2027-01-01T08:00", zone="X/Y"
    )
    assert nowhere.status_code == 422 and "The time zone cannot be taken" in nowhere.text
    assert all(f'value="{said}"' in nowhere.text for said in ("May", "2027-01-01T08:00", "X/Y"))
    put = {"etag": etag, "reason": "May", "at": "2027-01-01T08:00", "zone": "Europe/Berlin"}
    told = _post(demo, "/rulebook/draft/publish", **put)
    page = demo.page(told.headers["location"].removeprefix("/console"))
    assert "goes live on 01 Jan 2027, 08:00 (Europe/Berlin)" in page
    assert "It is a change of what is live now" in demo.page("/rulebook/draft")
    assert "said in Europe/Berlin" in page
    cancel = re.search(r'action="/console(/rulebook/schedule/\d+/cancel)"', page)
    assert cancel is not None
    page = demo.page(_post(demo, cancel[1]).headers["location"].removeprefix("/console"))
    assert "cancelled" in page and "does not go live" in page
    again = {name: _hidden(page, name) for name in ("version", "authors", "still")}
    assert _post(demo, "/rulebook/draft/back", **again).status_code == 303
    assert _draft(demo)[0] == text + "# later\n"
    refused = _post(demo, "/rulebook/draft/back", **again)
    assert refused.status_code == 409, "the draft that somebody has begun since is not overwritten"


def test_the_editor_is_told_the_language_and_the_names(demo: Console) -> None:
    found = demo.client.get("/console/rulebook/catalogue").json()
    assert "rules" in found["schema"]["properties"]
    assert "sofia.lindgren" in found["names"]["rep"] and "Inbound EMEA" in found["names"]["pool"]


def test_who_may_only_read_changes_nothing(demo: Console) -> None:
    reader = _colleague(demo, "reader", Scope.READ)
    text, etag = _draft(reader)
    for path in ("/draft", "/draft/drop", "/draft/review", "/draft/publish", "/plans", "/rollback"):
        form = {"text": text, "etag": etag, "verdict": "approved", "reason": "x", "days": "30"}
        assert _post(reader, f"/rulebook{path}", **form).status_code == 403, path
    assert "Change the rules" not in reader.page("/rulebook")
    assert "Nothing to compare" in reader.page("/rulebook/diff")


def test_files_are_sent_packed(demo: Console) -> None:
    sent = demo.client.get("/console/static/editor.min.js", headers={"accept-encoding": "gzip"})
    assert sent.headers["content-encoding"] == "gzip"
    assert int(sent.headers["content-length"]) < 200_000
    plain = demo.client.get("/console/static/editor.min.js", headers={"accept-encoding": "identity"})
    assert plain.content == sent.content


def test_a_difference_has_the_lines_around_it() -> None:
    before = "\n".join("abcdefghij")
    shown = difference(before, before.replace("e", "E"))
    assert [(each.tone, each.text) for each in shown if each.tone in ("added", "taken")] == [
        ("taken", "-e"),
        ("added", "+E"),
    ]
    assert len(shown) == 9 and difference(before, before) == ()


def _draft(console: Console) -> tuple[str, str]:
    page = console.page("/rulebook/draft")
    text = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    etag = re.search(r'name="etag" value="([^"]+)"', page)
    assert text is not None and etag is not None
    return unescape(text[1]), unescape(etag[1])


def _live(console: Console) -> str:
    found = re.search(r'Version</dt><dd class="mono">([0-9a-f]+)', console.page("/rulebook"))
    assert found is not None
    return found[1]


def _post(console: Console, path: str, **form: str):  # type: ignore[no-untyped-def]
    return console.client.post(f"/console{path}", data={"token": console.token(), **form})


def _colleague(console: Console, name: str, scope: Scope) -> Console:
    _, key = console.services.keys.create(name, frozenset({scope}))
    client = TestClient(console.client.app, follow_redirects=False)
    assert client.post("/console/sign-in", data={"key": key, "next": "/"}).status_code == 303
    return Console(services=console.services, client=client)


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return unescape(found[1])
