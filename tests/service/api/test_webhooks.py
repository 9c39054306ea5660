"""Webhooks: who may post, what is kept, and what each item is answered with."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import func, select

from service.api import webhooks
from service.api.webhook_gate import LARGE_BODIES, ORDINARY, Gate, Room
from service.db import inbox
from service.db.inbox import Entry
from service.db.tables import inbox as table
from service.delivery import signing
from service.delivery.signing import Secret
from tests.service.api.conftest import beside

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ITEM = {"event_id": "e1", "email": "ana@acme.com", "company": "Acme"}


SQLITE = pytest.mark.parametrize(
    "database_url", ["sqlite"], indirect=True
)  # nothing here is about the database


class Sender:
    """A system that posts to the source `forms` and signs what it sends."""

    def __init__(self, client: TestClient) -> None:
        made = client.post("/v1/sources", json={"name": "forms"})
        assert made.status_code == 201, made.text
        self.secret = Secret(value=made.json()["secret"], created_at=NOW)
        self.client = client

    def post(self, body: Any, *, at: datetime | None = None, **headers: str) -> Response:
        """Post a body, given as JSON values or as bytes."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = signing.headers([self.secret], "msg_1", at or datetime.now(UTC), raw)
        return self.raw(raw, {**signed, **headers})

    def raw(self, body: bytes, headers: dict[str, str]) -> Response:
        """Post bytes with these headers and no API key."""
        client = beside(self.client)
        return client.post(
            "/v1/webhooks/forms", content=body, headers={"content-type": "application/json", **headers}
        )


@pytest.fixture
def sender(admin: TestClient) -> Sender:
    return Sender(admin)


def results(response: Response) -> list[str]:
    assert response.status_code == 202, response.text
    return [each["result"] for each in response.json()["results"]]


def kept(client: TestClient) -> Sequence[Entry]:
    """What is in the inbox, the oldest first."""
    with client.app.state.services.database.read() as connection:  # type: ignore[attr-defined]
        return inbox.page(connection, "forms", None, None, 1000)[::-1]


# --- who may post --------------------------------------------------------------------------------


def test_a_signed_call_is_kept(sender: Sender) -> None:
    response = sender.post(ITEM)
    assert results(response) == ["accepted"]
    (entry,) = kept(sender.client)
    assert response.json()["results"][0]["id"] == entry.id
    assert (entry.state, entry.dedupe_key, json.loads(entry.body)) == ("waiting", "id:e1", ITEM)


def test_an_api_key_of_scope_intake_is_enough(admin: TestClient, sender: Sender) -> None:
    key = admin.post("/v1/keys", json={"name": "form", "scopes": ["intake"]}).json()["key"]
    assert results(sender.raw(json.dumps(ITEM).encode(), {"Authorization": f"Bearer {key}"})) == ["accepted"]


def test_an_api_key_of_another_scope_is_not(admin: TestClient, sender: Sender) -> None:
    key = admin.post("/v1/keys", json={"name": "reader", "scopes": ["read"]}).json()["key"]
    assert sender.raw(b"{}", {"Authorization": f"Bearer {key}"}).status_code == 403
    assert kept(admin) == []


def test_a_token_header_is_enough_for_a_source_that_has_one(admin: TestClient) -> None:
    made = admin.post("/v1/sources", json={"name": "forms", "token_header": "X-Form-Token"})
    anonymous = beside(admin)
    for token, status in ((made.json()["secret"], 202), ("another", 401), ("", 401)):
        response = anonymous.post("/v1/webhooks/forms", json=ITEM, headers={"x-form-token": token})
        assert response.status_code == status
    assert len(kept(admin)) == 1


@SQLITE
def test_a_token_is_no_way_into_a_source_that_signs(sender: Sender) -> None:
    for header in ("x-webhook-token", "authorization", "webhook-signature"):
        assert sender.raw(json.dumps(ITEM).encode(), {header: sender.secret.value}).status_code == 401


@SQLITE
def test_no_bit_can_be_flipped(sender: Sender) -> None:
    raw = json.dumps(ITEM).encode()
    signed = signing.headers([sender.secret], "msg_1", datetime.now(UTC), raw)
    for place in range(0, len(raw), 3):
        flipped = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert sender.raw(flipped, signed).status_code == 401
    for name, value in signed.items():
        for place in range(len(value)):
            other = value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]
            assert sender.raw(raw, signed | {name: other}).status_code == 401
    assert kept(sender.client) == []


CLOCKS = [(-301, 401), (-300, 202), (-299, 202), (0, 202), (299, 202), (300, 202), (301, 401)]


def test_clocks_may_differ_by_five_minutes_either_way(sender: Sender) -> None:
    with time_machine.travel(NOW, tick=False):
        for seconds, status in CLOCKS:
            response = sender.post(
                {"event_id": f"at{seconds}", "company": "A"}, at=NOW + timedelta(seconds=seconds)
            )
            assert response.status_code == status, seconds
    assert len(kept(sender.client)) == 5


def test_a_clock_that_is_wrong_is_told_to_who_can_sign_alone(admin: TestClient, sender: Sender) -> None:
    raw = json.dumps(ITEM).encode()
    with time_machine.travel(NOW, tick=False):
        signed = signing.headers([sender.secret], "msg_1", NOW - timedelta(seconds=312), raw)
        told, wrong = sender.raw(raw, signed), sender.raw(raw + b" ", signed)
        by_key = admin.post("/v1/webhooks/forms", json=ITEM, headers=signed)
    assert told.status_code == wrong.status_code == 401
    assert "its timestamp is 312 s old" in told.json()["detail"]
    assert "the clock of the sender or of this server is wrong" in told.json()["detail"]
    assert "timestamp" not in wrong.json()["detail"]
    assert results(by_key) == ["accepted"]


def test_a_replay_within_the_tolerance_changes_nothing(sender: Sender) -> None:
    raw = json.dumps(ITEM).encode()
    signed = signing.headers([sender.secret], "msg_1", datetime.now(UTC), raw)
    assert [results(sender.raw(raw, signed)) for _ in range(3)] == [
        ["accepted"],
        ["duplicate"],
        ["duplicate"],
    ]
    assert len(kept(sender.client)) == 1


@SQLITE
def test_an_unknown_source_looks_like_a_wrong_signature(admin: TestClient, sender: Sender) -> None:
    anonymous = beside(admin)
    unknown = anonymous.post("/v1/webhooks/nobody", json=ITEM)
    wrong = sender.raw(json.dumps(ITEM).encode(), {})
    assert unknown.status_code == wrong.status_code == 401
    assert unknown.json()["detail"] == wrong.json()["detail"]
    known = admin.post("/v1/webhooks/nobody", json=ITEM)
    assert known.status_code == 422, "some systems switch a webhook off for good when they see a 404"


def test_a_rotation_leaves_no_gap(admin: TestClient, sender: Sender) -> None:
    fresh = admin.post("/v1/sources/forms/rotate", json={"overlap_hours": 1}).json()["secret"]
    assert results(sender.post(ITEM)) == ["accepted"]
    old, sender.secret = sender.secret, Secret(value=fresh, created_at=NOW)
    assert results(sender.post(ITEM)) == ["duplicate"]
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=1, seconds=1)):
        assert results(sender.post(ITEM)) == ["duplicate"]
        sender.secret = old
        assert sender.post(ITEM).status_code == 401


def test_a_paused_source_still_takes_everything_in(admin: TestClient, sender: Sender) -> None:
    assert admin.patch("/v1/sources/forms", json={"active": False}).json()["active"] is False
    assert results(sender.post(ITEM)) == ["accepted"]


# --- what is kept --------------------------------------------------------------------------------


def test_a_body_may_hold_several(sender: Sender) -> None:
    both = [{"event_id": "e1", "company": "A"}, {"event_id": "e2", "company": "B"}]
    assert results(sender.post(both)) == ["accepted", "accepted"]
    assert results(sender.post({"contacts": both})) == ["duplicate", "duplicate"]


def test_a_body_may_hold_none(sender: Sender) -> None:
    for body in (b"null", b"[]", b'{"contacts":[]}'):
        assert results(sender.post(body)) == []


def test_the_same_event_in_another_spelling_is_a_duplicate(sender: Sender) -> None:
    sender.post(b'{"event_id":"e1","email":"ana@acme.com","company":"Acme"}')
    assert results(
        sender.post(b'{ "company": "Acme",\n"email":"ana\\u0040acme.com", "event_id": "e1" }')
    ) == ["duplicate"]


def test_without_an_id_the_content_is_the_event(sender: Sender) -> None:
    assert results(sender.post([{"company": "A"}, {"company": "B"}, {"company": "A"}])) == [
        "accepted",
        "accepted",
        "duplicate",
    ]


def test_another_body_under_the_same_key_is_kept_aside(admin: TestClient, sender: Sender) -> None:
    other = ITEM | {"company": "Other"}
    assert results(sender.post(ITEM)) == ["accepted"]
    assert results(sender.post(other)) == ["conflict"]
    assert results(sender.post(other)) == ["conflict"]
    assert results(sender.post([ITEM, other])) == ["duplicate", "conflict"]
    conflicts = admin.get("/v1/sources/forms/items", params={"state": "conflict"}).json()["items"]
    assert [json.loads(each["body"])["company"] for each in conflicts] == ["Other"]
    assert "another body came before" in conflicts[0]["problem"]
    assert admin.post(f"/v1/sources/forms/items/{conflicts[0]['id']}/retry").json() == {"retried": 1}
    assert admin.post("/v1/sources/forms/items/retry").json() == {"retried": 0}


def test_two_bodies_under_one_key_in_one_call(sender: Sender) -> None:
    other = ITEM | {"company": "Other"}
    assert results(sender.post([ITEM, other, ITEM])) == ["accepted", "conflict", "duplicate"]


def test_two_sources_do_not_know_each_others_keys(admin: TestClient, sender: Sender) -> None:
    admin.post("/v1/sources", json={"name": "chat"})
    assert results(sender.post(ITEM)) == ["accepted"]
    assert results(admin.post("/v1/webhooks/chat", json=ITEM)) == ["accepted"]


def test_one_poison_item_among_a_hundred(admin: TestClient, sender: Sender) -> None:
    items: list[Any] = [{"event_id": f"e{number}", "email": f"p{number}@acme.com"} for number in range(100)]
    items[57]["employees"] = True
    response = sender.post(items)
    assert [place for place, result in enumerate(results(response)) if result != "accepted"] == [57]
    assert response.json()["results"][57]["problem"].startswith("employees must be a whole number")
    (bad,) = admin.get("/v1/sources/forms/items", params={"state": "quarantined"}).json()["items"]
    assert bad["key"] == "id:e57"


def test_what_was_ignored_is_noted(sender: Sender) -> None:
    sender.post(ITEM | {"status": "assigned", "company": "x" * 300})
    (entry,) = kept(sender.client)
    assert [dict(note) for note in entry.notes] == [
        {"kind": "truncated", "field": "company"},
        {"kind": "ignored", "field": "status"},
    ]


def test_an_id_may_be_of_any_length(sender: Sender) -> None:
    ids = ["i" * length for length in (1, 190, 191, 5000)]
    assert results(sender.post([{"event_id": each, "company": "A"} for each in ids])) == ["accepted"] * 4
    assert results(sender.post({"event_id": ids[3], "company": "A"})) == ["duplicate"]


def test_fifty_posts_of_one_event_at_once_are_one_item(sender: Sender) -> None:
    raw = json.dumps(ITEM).encode()
    signed = signing.headers([sender.secret], "msg_1", datetime.now(UTC), raw)
    found: list[str] = []

    def send() -> None:
        found.extend(results(sender.raw(raw, signed)))

    threads = [threading.Thread(target=send) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["accepted"] + ["duplicate"] * 49
    assert len(kept(sender.client)) == 1


def test_calls_with_the_same_items_in_opposite_orders_do_not_block_each_other(sender: Sender) -> None:
    items = [{"event_id": f"e{number}", "company": "A"} for number in range(300)]
    found: list[str] = []

    def send(body: Any) -> None:
        found.extend(results(sender.post(body)))

    threads = [threading.Thread(target=send, args=[body]) for body in (items, items[::-1]) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == ["accepted"] * 300 + ["duplicate"] * 2100


# --- what is refused, and how --------------------------------------------------------------------

GOOD = b'{"event_id":"e1","company":"Acme"'


UNREADABLE = [
    (b"", 400),
    (b'"x"', 400),
    (b"7", 400),
    (GOOD + b",}", 400),
    (GOOD, 400),
    (GOOD + b"}" + GOOD + b"}", 400),
    (b"\xef\xbb\xbf" + GOOD + b"}", 400),
    ((GOOD.decode() + "}").encode("utf-16"), 400),
    (b'{"company":"Caf\xe9"}', 400),
    (b'{"company":"\xc0\xaf"}', 400),
    (b'{"company":"a\x00b"}', 400),
    (b'{"company":"\\ud800"}', 400),
    (b'{"company":"A","x":NaN}', 400),
    (b'{"company":"A","x":-Infinity}', 400),
    (b'{"company":"A","x":' + b"9" * 5000 + b"}", 400),
    (b'{"company":"A","x":' + b"[" * 500 + b"]" * 500 + b"}", 400),
    (b"[" * 100_000, 400),
    (b'{"company":"A","company":"B"}', 400),
    (b'{"company":"A","\\u0063ompany":"B"}', 400),
    (b'{"company":"' + b"x" * 10_000_000 + b'"}', 413),
    (json.dumps({"company": "A", "custom": {str(number): 1 for number in range(200_000)}}).encode(), 413),
    (json.dumps([{"company": str(number)} for number in range(1001)]).encode(), 413),
]


def test_a_body_that_cannot_be_read_as_a_whole(sender: Sender) -> None:
    for body, status in UNREADABLE:
        response = sender.post(body)
        assert response.status_code == status, body[:80]
        assert response.headers["content-type"] == "application/problem+json"
    assert kept(sender.client) == []


UNUSABLE = [
    b'{"event_id":"u1","company":"Acme\\u0000Inc"}',
    b'{"event_id":"u2","company":"A","custom":{"k\\u0000":"v"}}',
    b'{"event_id":"u3","company":"A","score":1e999}',
    b'{"event_id":"u4","company":"A","employees":9223372036854775808}',
    b'{"event_id":"u5","company":"A","occurred_at":"0001-01-01T00:00:00+14:00"}',
    b'{"event_id":"u6","email":"Bob <a@b.com>, c@d.com"}',
    b'"x"',
    b"7",
    b"null",
    b"[]",
    b"{}",
]


def test_an_item_that_cannot_be_read_is_kept_for_a_person(admin: TestClient, sender: Sender) -> None:
    for number, item in enumerate(UNUSABLE):
        good = json.dumps({"company": f"Good {number}"}).encode()
        assert results(sender.post(b"[" + item + b"," + good + b"]")) == ["quarantined", "accepted"], item
    bad = admin.get("/v1/sources/forms/items", params={"state": "quarantined"}).json()["items"]
    assert len(bad) == len(UNUSABLE)
    assert all(each["problem"] for each in bad)


@SQLITE
def test_only_plain_json_is_read(sender: Sender) -> None:
    for name, value in (
        ("content-type", "text/plain"),
        ("content-type", "multipart/form-data"),
        ("content-encoding", "gzip"),
    ):
        assert sender.post(ITEM, **{name: value}).status_code == 415


@SQLITE
def test_too_many_at_once_are_asked_to_come_again(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "_gate", Gate(1))
    with webhooks._gate.passed():
        response = sender.post(ITEM)
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert results(sender.post(ITEM)) == ["accepted"]


@SQLITE
def test_large_bodies_share_their_room_and_ordinary_ones_need_none(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(ORDINARY)
    monkeypatch.setattr(webhooks, "_room", room)
    room.take(ORDINARY)  # what slow senders of large bodies hold
    large = [{"event_id": f"e{n}", "company": "A" * 200} for n in range(400)]
    refused = sender.post(large)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert results(sender.post(ITEM)) == ["accepted"]
    room.give_back(ORDINARY)
    for _ in range(3):
        assert len(results(sender.post(large))) == 400, "what a call took is given back"
    assert LARGE_BODIES > 10 * 5 * 1024 * 1024


@SQLITE
def test_an_address_that_is_tried_answers_whatever_its_name(admin: TestClient) -> None:
    anonymous = beside(admin)
    for name in ("forms", "nobody"):
        assert anonymous.get(f"/v1/webhooks/{name}").status_code == 200
        assert anonymous.head(f"/v1/webhooks/{name}").status_code == 200


def test_a_body_that_says_nothing_personal_is_answered(sender: Sender) -> None:
    response = sender.post([{"company": "Acme", "employees": "ana@acme.com", "motion": "ana@acme.com"}])
    assert "ana@acme.com" not in response.text


def test_nothing_is_stored_twice(sender: Sender) -> None:
    for _ in range(3):
        sender.post([ITEM, {"company": "B"}])
    with sender.client.app.state.services.database.read() as connection:  # type: ignore[attr-defined]
        assert connection.execute(select(func.count()).select_from(table)).scalar() == 2
