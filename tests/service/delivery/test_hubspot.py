"""HubSpot is written to in its own wire format, against a fake that answers as it does."""

from __future__ import annotations

from typing import Any

import pytest

from service.db.engine import Database
from service.db.outbox import Message
from service.delivery import hubspot
from service.delivery.http import Answer
from tests.service.deciding import NOW
from tests.service.delivery.fake import Api, Call, serving
from tests.service.delivery.sending import destination, message, tools

UPDATE = "/crm/v3/objects/contacts/batch/update"
ASSOCIATE = "/crm/v4/associations/contacts/companies/batch/associate/default"
APP = {"client_id": "app", "client_secret": "hush", "refresh_token": "r"}


class HubSpot:
    """Knows some contacts and companies; refuses a batch whole where one input is malformed."""

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self.malformed: set[str] = set()
        self.whole: tuple[Any, ...] | None = None

    def __call__(self, call: Call) -> Any:
        if call.path == "/oauth/v1/token":
            return 200, {"access_token": "t", "expires_in": 1800, "refresh_token": "r"}
        if self.whole:
            return self.whole
        if call.path == UPDATE:
            return self.update(call.said["inputs"])
        return self.answered(
            [{"from": each["from"], "to": each["to"]} for each in call.said["inputs"]], set()
        )

    def update(self, inputs: list[dict[str, Any]]) -> Any:
        if any(each["id"] in self.malformed for each in inputs):
            return 400, {"status": "error", "category": "VALIDATION_ERROR", "message": "Property values..."}
        there = [each for each in inputs if each["id"] not in self.missing]
        results = [
            {"id": "900" if "idProperty" in each else each["id"], "properties": {"email": each["id"]}}
            for each in there
        ]
        return self.answered(results, {each["id"] for each in inputs} & self.missing)

    def answered(self, results: list[dict[str, Any]], missing: set[str]) -> Any:
        if not missing:
            return 200, {"status": "COMPLETE", "results": results}
        error = {"status": "error", "category": "OBJECT_NOT_FOUND", "context": {"ids": sorted(missing)}}
        return 207, {"status": "COMPLETE", "results": results, "numErrors": 1, "errors": [error]}


def send(
    people: Database, api: Api, messages: list[Message], settings: dict[str, Any] | None = None, **known: str
) -> list[Answer]:
    to = destination(
        "hubspot",
        api.url,
        settings={"owner_field": "hubspot"} | (settings or {}),
        credentials=known or {"access_token": "pat-1"},
    )
    return list(hubspot.send(tools(people), to, messages, NOW))


def contact(external_id: str, number: int = 1, company: str | None = "55", **more: Any) -> Message:
    said = {"contact": {"external_id": external_id}, "match": {"account_id": company}}
    return message(said | more, number)


def test_owner_and_company_of_many_contacts_in_two_calls(people: Database) -> None:
    with serving(HubSpot()) as api:
        found = send(
            people,
            api,
            [contact("11", 1), contact("12", 2, company=None)],
            {"fields": {"rule": "routing.rule"}},
        )
    assert [answer.status for answer in found] == [200, 200]
    properties = {"hubspot_owner_id": "77", "rule": "named"}
    assert [(call.path, call.token) for call in api.calls] == [(UPDATE, "pat-1"), (ASSOCIATE, "pat-1")]
    assert api.calls[0].said["inputs"] == [
        {"id": "11", "properties": properties},
        {"id": "12", "properties": properties},
    ]
    assert api.calls[1].said == {"inputs": [{"from": {"id": "11"}, "to": {"id": "55"}}]}


def test_contacts_are_found_by_e_mail_where_that_is_wanted(people: Database) -> None:
    told = message(
        {"contact": {"external_id": "web-1", "email": "Dana@Acme.example"}, "match": {"account_id": "55"}}
    )
    with serving(HubSpot()) as api:
        assert send(people, api, [told], {"by_email": True})[0].status == 200
        (refused,) = send(people, api, [told])
    assert api.calls[0].said["inputs"][0]["idProperty"] == "email"
    assert api.calls[1].said["inputs"] == [{"from": {"id": "900"}, "to": {"id": "55"}}]
    assert refused.final and "by_email" in (refused.detail or "")


def test_one_contact_that_is_not_there_leaves_the_others_alone(people: Database) -> None:
    fake = HubSpot()
    fake.missing = {"12"}
    with serving(fake) as api:
        found = send(people, api, [contact(str(number), number) for number in (11, 12, 13)])
    assert [(answer.status, answer.final) for answer in found] == [(200, False), (422, True), (200, False)]
    assert len(api.calls[1].said["inputs"]) == 2


def test_a_batch_that_is_refused_whole_is_sent_one_by_one(people: Database) -> None:
    fake = HubSpot()
    fake.malformed = {"12"}
    with serving(fake) as api:
        found = send(people, api, [contact(str(number), number) for number in (11, 12, 13)])
    assert [(answer.status, answer.final) for answer in found] == [(200, False), (422, True), (200, False)]


def test_limits_are_waited_for(people: Database) -> None:
    fake = HubSpot()
    with serving(fake) as api:
        fake.whole = (
            429,
            {"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"},
            {"Retry-After": "10"},
        )
        (soon,) = send(people, api, [contact("11")])
        fake.whole = (429, {"errorType": "RATE_LIMIT", "policyName": "DAILY"})
        (later,) = send(people, api, [contact("11")])
    assert soon.retry_after is not None and soon.retry_after.total_seconds() == 10
    assert later.retry_after is not None and later.retry_after.total_seconds() == 3600
    assert not (soon.final or later.final)


def test_an_app_signs_in_with_its_refresh_token(people: Database) -> None:
    with serving(HubSpot()) as api:
        send(people, api, [contact("11")], **APP)
    assert api.calls[0].said == APP | {"grant_type": "refresh_token"}
    assert api.calls[1].token == "t"


@pytest.mark.parametrize("rep", ["noone"])
def test_a_rep_without_an_owner_is_named(people: Database, rep: str) -> None:
    with serving(HubSpot()) as api:
        (answer,) = send(people, api, [contact("11", routing={"assignee": rep})])
    assert answer.final and answer.detail == (
        "the custom field 'hubspot' of rep noone must be the id of a HubSpot owner, a number"
    )


def test_credentials_are_whole() -> None:
    with pytest.raises(ValueError, match="access_token is needed"):
        hubspot.Credentials.model_validate({"client_id": "x"})
