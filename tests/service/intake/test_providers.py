"""The bodies of real tools become contacts, accounts, signals and activities, or say why not."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from service.intake.accounts import AccountSaid, ActivitySaid, SignalSaid
from service.intake.kinds import Call
from service.intake.mapping import BadItem, Mapped
from service.intake.reading import Ignored, Meaning, Needed, Reader, called, read_items
from service.intake.sources import KINDS
from service.problems import Malformed
from tests.service.intake.made import NOW, call, source

CASES = YAML(typ="safe").load(
    (Path(__file__).parents[2] / "cases" / "intake" / "providers.yaml").read_text(encoding="utf-8")
)


def meanings(kind: str, given: Call, record: Any = None) -> list[Meaning | None]:
    """What each item means; None where it has a problem."""
    reader = Reader(source(kind))
    found: list[Meaning | None] = []
    for item in KINDS[kind].items(given):
        try:
            found.append(reader.meaning(item, record, NOW))
        except BadItem:
            found.append(None)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_a_tool_sends_is_understood(case: dict[str, Any]) -> None:
    given = call(case["body"])
    given = Call(url=given.url, headers={**given.headers, **case.get("headers", {})}, body=given.body)
    found = meanings(case["kind"], given, case.get("record"))
    assert [called(each) if each else "problem" for each in found] == case["means"]
    items = KINDS[case["kind"]].items(given)
    if "ids" in case:
        reader = Reader(source(case["kind"]))
        assert [reader.event_id(item) for item in items] == case["ids"]
    for wanted in ("contact", "account", "signal", "activity", "needed", "ignored"):
        if wanted in case:
            check(next(each for each in found if each and called(each) == wanted), case[wanted])
    assert "secret-token" not in str(items)


def check(meaning: Meaning, wanted: Any) -> None:
    """Whether a meaning says what a case wants."""
    if isinstance(meaning, Mapped):
        said = {name: value for name, value in asdict(meaning.contact).items() if value not in (None, {})}
        if meaning.contact.occurred_at is not None:
            said["occurred_at"] = meaning.contact.occurred_at.isoformat()
        assert said == wanted
    elif isinstance(meaning, Ignored):
        assert wanted in meaning.reason
    elif isinstance(meaning, AccountSaid | ActivitySaid):
        told = meaning.record.model_dump(include=set(wanted))
        assert told == wanted
    else:
        assert isinstance(meaning, SignalSaid | Needed)
        told = {name: getattr(meaning, name) for name in wanted}
        assert {name: list(v) if isinstance(v, tuple) else v for name, v in told.items()} == wanted


def test_what_is_sent_again_is_the_same_event() -> None:
    """What differs between two deliveries of one event, such as a count of attempts, makes no other."""
    again = [
        ("hubspot", {"subscriptionType": "contact.creation", "objectId": 1, "portalId": 2}, "attemptNumber"),
        (
            "intercom",
            {"topic": "contact.created", "id": "n", "data": {"item": {"type": "contact"}}},
            "delivered_at",
        ),
        ("segment", {"type": "page", "messageId": "m"}, "sentAt"),
        (
            "pipedrive",
            {"meta": {"action": "added", "object": "person", "id": 1}, "current": {"id": 1}},
            "retry",
        ),
    ]
    for kind, body, changing in again:
        first, second = (read_items(source(kind), call({**body, changing: n}), NOW)[0] for n in (0, 1))
        assert (first.dedupe_key, first.digest) == (second.dedupe_key, second.digest), kind


def test_a_mapping_of_ones_own_stands_above_the_usual_one() -> None:
    own = source("segment", mapping={"company": "traits.org", "custom.tier": "traits.tier"})
    item = {"type": "identify", "traits": {"email": "a@acme.example", "org": "Acme", "tier": 1}}
    meaning = Reader(own).meaning(item, None, NOW)
    assert isinstance(meaning, Mapped)
    assert (meaning.contact.email, meaning.contact.company) == ("a@acme.example", "Acme")
    assert meaning.contact.custom == {"tier": 1}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "<a>",
        "<a/>",
        '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1/x"><a/>',
        '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>',
    ],
)
def test_soap_that_is_none_is_refused_whole(body: str) -> None:
    with pytest.raises(Malformed):
        KINDS["salesforce-outbound"].items(call(body))


def test_a_session_of_salesforce_is_never_kept() -> None:
    case = next(case for case in CASES if case["kind"] == "salesforce-outbound")
    body = case["body"].replace('<SessionId xsi:nil="true"/>', "<SessionId>00D!AQ</SessionId>")
    assert "00D!AQ" not in str(KINDS["salesforce-outbound"].items(call(body)))


@pytest.mark.parametrize("kind", KINDS)
def test_junk_is_a_problem_and_no_fault(kind: str) -> None:
    reader = Reader(source(kind))
    strange = {"data": 1, "meta": [], "payload": "x", "person": 1}
    odd: list[Any] = [None, 1, "x", [], {}, {"type": []}, strange]
    for junk in odd:
        item = reader.item(junk, NOW)
        assert item.problem or kind in ("marketo", "salesforce-flow")


def test_every_kind_has_a_page_in_the_docs() -> None:
    pages = " ".join(
        page.read_text(encoding="utf-8")
        for page in (Path(__file__).parents[3] / "docs" / "sources").glob("*.md")
    )
    assert [name for name in KINDS if f"`{name}`" not in pages] == []
