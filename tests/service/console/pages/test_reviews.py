"""Working through the review queue: one person an item, remembered, undone."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from starlette.testclient import TestClient

from service.auth import Scope
from service.db import claims, memory, waiting
from service.db.claims import LEASE
from service.db.waiting import Kind
from tests.service.console.conftest import KEY, NOW, Console

ITEM = re.compile(r'class="row wrap" href="/console(/reviews/[^"?]+)')


def test_an_answer_is_remembered_and_can_be_taken_back(demo: Console) -> None:
    before = _items(demo, "review")
    item = before[0]
    page = demo.page(f"{item}?tab=review")
    assert 'data-key="1"' in page and 'data-key="n"' in page
    chosen = _said(page, "account")[0]
    settled = _post(demo, f"{item}/settle", said=chosen, tab="review")
    assert settled.status_code == 303
    following = settled.headers["location"].removeprefix("/console")
    assert following.startswith(before[1])
    assert "Settled by bootstrap: the account" in _text(demo.page(following))
    decision_id = item.rsplit("/", 1)[1]
    assert len(_memories(demo, decision_id)) == 1
    assert len(_items(demo, "review")) < len(before)
    undone = _post(demo, f"{item}/undo")
    assert undone.status_code == 303
    reopened = undone.headers["location"].removeprefix("/console")
    assert 'data-key="1"' in demo.page(reopened)
    assert _items(demo, "review") == [reopened, *before[1:]], "it waits where it did"
    assert [each.undone_by for each in _memories(demo, decision_id)] == ["bootstrap"]
    assert _post(demo, f"{item}/undo").headers["location"] == undone.headers["location"]


def test_never_and_none_and_a_new_account(demo: Console) -> None:
    first, second, third = _items(demo, "review")[:3]
    never = _said(demo.page(first), "never")[0]
    assert _post(demo, f"{first}/settle", said=never).status_code == 303
    assert _post(demo, f"{second}/settle", said="none").status_code == 303
    new = _post(demo, f"{third}/settle", said="new_account", external_id="NEW-1", account_name="A new one")
    assert new.status_code == 303
    assert "A new one" in demo.page("/accounts/NEW-1")


def test_two_people_never_work_the_same_item(demo: Console) -> None:
    other = _colleague(demo, "ann")
    item, following = _items(demo, "review")[:2]
    assert "Yours while you work on it" in _post(other, f"{item}/claim").text
    assert "ann is working on this" in _text(demo.page(item))
    assert "ann is working on this" in _text(_post(demo, f"{item}/claim").text)
    refused = _post(demo, f"{item}/settle", said="none")
    assert refused.status_code == 409 and "ann is working on this; nothing was changed" in refused.text
    assert f'href="/console{item}?' not in demo.page(f"{following}?tab=review").split("rel=")[0]
    with time_machine.travel(NOW + LEASE + timedelta(seconds=1), tick=False):
        assert "ann is working" not in demo.page(item)
        assert _post(demo, f"{item}/settle", said="none").status_code == 303


def test_what_is_left_is_free_for_others(demo: Console) -> None:
    other = _colleague(demo, "ann")
    item = _items(demo, "review")[0]
    _post(other, f"{item}/claim")
    _post(other, f"{item}/leave")
    assert "Yours" in _post(demo, f"{item}/claim").text


def test_a_question_is_answered_in_the_queue(demo: Console) -> None:
    item = _items(demo, "asked")[0]
    page = demo.page(item)
    answer = _said(page, "answer")[0]
    assert _post(demo, f"{item}/settle", said=answer).status_code == 303
    assert "Nothing is open here any more" in demo.page(item)
    assert _post(demo, f"{item}/settle", said="answer:nonsense").status_code == 422


def test_what_is_held_can_be_looked_at_again(demo: Console) -> None:
    item = _items(demo, "held")[0]
    looked = _post(demo, f"{item}/again")
    assert looked.status_code == 303
    demo.page(looked.headers["location"].removeprefix("/console"))


def test_another_account_is_found_by_name(demo: Console) -> None:
    assert "account:ACC-1001" in demo.page("/reviews/accounts?account_search=bergwald")
    assert "No account has this" in demo.page("/reviews/accounts?account_search=zzzzqqq")


def test_a_reader_sees_the_queue_and_changes_nothing(demo: Console) -> None:
    reader = _colleague(demo, "reader", Scope.READ)
    item = _items(demo, "review")[0]
    assert "Settling takes a key with the scope ops-editor" in reader.page(item)
    assert _post(reader, f"{item}/settle", said="none").status_code == 403
    assert _post(reader, f"{item}/claim").status_code == 403


@pytest.mark.parametrize("said", ["", "account:", "something", "account:NO-SUCH"])
def test_an_answer_that_is_none_is_refused(demo: Console, said: str) -> None:
    item = _items(demo, "review")[0]
    assert _post(demo, f"{item}/settle", said=said).status_code in (400, 422)
    with demo.services.database.read() as connection:
        assert waiting.open_of(connection, item.rsplit("/", 1)[1])


def test_claims_of_one_item_take_turns_on_both_databases(console: Console) -> None:
    database = console.services.database
    first = database.transact(lambda c: claims.claim(c, "d-1", "one", "Ann", NOW))
    assert database.transact(lambda c: claims.claim(c, "d-1", "two", "Bea", NOW)) == first
    later = NOW + LEASE
    taken = database.transact(lambda c: claims.claim(c, "d-1", "two", "Bea", later))
    assert (taken.who, taken.until) == ("Bea", later + LEASE)
    database.transact(lambda c: claims.release(c, "d-1", "one"))
    with database.read() as connection:
        assert claims.standing(connection, ["d-1"], later) == {"d-1": taken}


def _items(console: Console, tab: str) -> list[str]:
    return ITEM.findall(console.page(f"/reviews?tab={tab}"))


def _said(page: str, kind: str) -> list[str]:
    return [unescape(each) for each in re.findall(rf'value="({kind}:[^"]+)"', page)]


def _memories(console: Console, decision_id: str) -> list[memory.Memory]:
    with console.services.database.read() as connection:
        assert waiting.settled(connection, decision_id, Kind.REVIEW) is not None
        return memory.of_decision(connection, decision_id)


def _post(console: Console, path: str, **form: str):  # type: ignore[no-untyped-def]
    return console.client.post(f"/console{path}", data={"token": console.token(), **form})


def _colleague(console: Console, name: str, scope: Scope = Scope.OPS_EDITOR) -> Console:
    _, key = console.services.keys.create(name, frozenset({scope}))
    client = TestClient(console.client.app, follow_redirects=False)
    assert key != KEY
    assert client.post("/console/sign-in", data={"key": key, "next": "/"}).status_code == 303
    return Console(services=console.services, client=client)


def _text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("  ", " ")
