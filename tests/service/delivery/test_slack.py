"""Notices by Slack: what is written, to whom, and what its answers mean."""

from __future__ import annotations

import re
from typing import Any

import pytest

from service.db.engine import Database
from service.delivery import slack
from service.delivery.http import Answer
from tests.service.deciding import NOW
from tests.service.delivery.fake import Api, serving
from tests.service.delivery.sending import BASE, destination, message, tools


def send(people: Database, api: Api, told: Any, **said: Any) -> Answer:
    to = destination("slack", api.url + "/services/T/B/x", **said)
    (answer,) = slack.send(tools(people), to, [told], NOW)
    return answer


def test_a_rep_is_told_why_in_one_sentence_with_links(people: Database) -> None:
    with serving(lambda _: (200, "ok")) as api:
        answer = send(people, api, message({"contact": {"last_name": "<Fox> & Co"}}))
    assert answer.status == 200
    text = api.calls[0].said["text"]
    assert text.splitlines()[:3] == [
        "*Rosa Diaz: Dana &lt;Fox&gt; &amp; Co of Acme is yours*",
        "By the rule 'named': Rosa owns Acme.",
        "Please act by Mon 02 Mar 2026 12:00 CET.",
    ]
    assert re.findall(rf"<{BASE}/links/[\w.-]+\|(\w+)>", text) == ["Accept", "Reject"]
    assert not api.calls[0].said["unfurl_links"]


def test_a_bot_writes_to_the_rep(people: Database) -> None:
    with serving(lambda _: (200, {"ok": True})) as api:
        assert send(people, api, message({}), credentials={"token": "xoxb-1"}).status == 200
    assert (api.calls[0].token, api.calls[0].said["channel"]) == ("xoxb-1", "U1")
    assert api.calls[0].said["text"].startswith("*Dana Fox of Acme is yours*")


@pytest.mark.parametrize(
    ("answer", "status", "final"),
    [
        ((200, {"ok": False, "error": "channel_not_found"}), 502, True),
        ((200, {"ok": False, "error": "internal_error"}), 502, False),
        ((429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "30"}), 429, False),
    ],
)
def test_what_slack_answers_a_bot(people: Database, answer: Any, status: int, final: bool) -> None:
    with serving(lambda _: answer) as api:
        found = send(people, api, message({}), credentials={"token": "xoxb-1"})
    assert (found.status, found.final) == (status, final)
    assert (found.retry_after is not None) == (status == 429)


def test_a_webhook_that_is_gone_says_so(people: Database) -> None:
    with serving(lambda _: (404, "no_service")) as api:
        assert send(people, api, message({})).detail == "answered 404: no_service"


def test_who_has_the_contact_already_is_not_told_again(people: Database) -> None:
    with serving(lambda _: (200, "ok")) as api:
        assert send(people, api, message({"routing": {"kept": True}})).status == 204
    assert api.calls == []


def test_an_escalation_has_nothing_to_accept(people: Database) -> None:
    data = {"clock": "first touch", "due_at": "2026-03-02T11:00:00Z", "notify": ["noone"]}
    with serving(lambda _: (200, "ok")) as api:
        send(people, api, message(data, event="assignment.escalated"))
    text = api.calls[0].said["text"]
    assert text.startswith("*No One: The clock 'first touch' of rosa has run out*")
    assert "/links/" not in text


def test_a_rep_whom_the_chat_does_not_know(people: Database) -> None:
    told = message({"assignment": {"rep": "noone"}})
    with serving(lambda _: (200, {"ok": True})) as api:
        found = send(people, api, told, credentials={"token": "x"})
        there = send(people, api, told, credentials={"token": "x"}, settings={"channel": "C9"})
    assert found.final and "noone" in (found.detail or "")
    assert (there.status, api.calls[0].said["channel"]) == (200, "C9")
