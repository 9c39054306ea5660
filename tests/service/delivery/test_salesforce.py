"""Salesforce is written to in its own wire format, against a fake that answers as it does."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from service.db.engine import Database
from service.db.outbox import Message
from service.delivery import salesforce
from service.delivery.http import Answer
from service.delivery.salesforce import Settings
from tests.service.deciding import NOW
from tests.service.delivery.fake import Api, Call, serving
from tests.service.delivery.sending import destination, message, tools

SECRET = {"client_id": "app", "client_secret": "hush"}
BY_USER = {"user_field": "user"}
TOKEN = "/services/oauth2/token"
ROWS = "/services/data/v62.0/composite/sobjects"


class Salesforce:
    """Gives tokens t1, t2, ... of which only the newest is good, and takes every record but some."""

    def __init__(self) -> None:
        self.tokens = 0
        self.refuse: dict[str, str] = {}
        self.whole: tuple[Any, ...] | None = None
        self.expired = 0

    def __call__(self, call: Call) -> Any:
        if call.path == TOKEN:
            self.tokens += 1
            return 200, {
                "access_token": f"t{self.tokens}",
                "instance_url": "https://x",
                "token_type": "Bearer",
            }
        if call.token != f"t{self.tokens}" or self.expired:
            self.expired = max(self.expired - 1, 0)
            return 401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
        if self.whole:
            return self.whole
        return 200, [self.result(record) for record in call.said["records"]]

    def result(self, record: dict[str, Any]) -> dict[str, Any]:
        code = self.refuse.get(record.get("id", ""))
        errors = [{"statusCode": code, "message": "no", "fields": ["OwnerId"]}] if code else []
        return {"id": record.get("id", "new"), "success": not errors, "errors": errors}


def send(
    people: Database,
    api: Api,
    messages: list[Message],
    settings: dict[str, Any] | None = None,
    **credentials: str,
) -> list[Answer]:
    to = destination(
        "salesforce", api.url + "/", settings=BY_USER | (settings or {}), credentials=SECRET | credentials
    )
    return list(salesforce.send(tools(people), to, messages, NOW))


def contact(external_id: str | None, number: int = 1, **more: Any) -> Message:
    return message({"contact": {"external_id": external_id}} | more, number)


def test_owner_and_account_of_leads_and_contacts_in_one_call(people: Database) -> None:
    told = [contact("003000000000001", 1), contact("00Q000000000002AAA", 2)]
    settings = {"lead_account_field": "Account__c", "fields": {"Rule__c": "routing.rule"}}
    with serving(Salesforce()) as api:
        assert [answer.status for answer in send(people, api, told, settings)] == [200, 200]
    assert api.paths() == [TOKEN, ROWS]
    assert api.calls[0].said == {
        "client_id": "app",
        "client_secret": "hush",
        "grant_type": "client_credentials",
    }
    assert api.calls[1].method == "PATCH"
    assert api.calls[1].said == {
        "allOrNone": False,
        "records": [
            {
                "attributes": {"type": "Contact"},
                "id": "003000000000001",
                "OwnerId": "005000000000001AAA",
                "AccountId": "001000000000001",
                "Rule__c": "named",
            },
            {
                "attributes": {"type": "Lead"},
                "id": "00Q000000000002AAA",
                "OwnerId": "005000000000001AAA",
                "Account__c": "001000000000001",
                "Rule__c": "named",
            },
        ],
    }


def test_ids_of_others_are_upserted_by_a_field_of_their_own(people: Database) -> None:
    with serving(Salesforce()) as api:
        (answer,) = send(
            people, api, [contact("web-17")], {"upsert_field": "Web_Id__c", "upsert_object": "Lead"}
        )
    assert answer.status == 200
    assert api.paths()[1] == ROWS + "/Lead/Web_Id__c"
    assert api.calls[1].said["records"][0]["Web_Id__c"] == "web-17"


def test_one_record_that_is_refused_leaves_the_others_alone(people: Database) -> None:
    fake = Salesforce()
    fake.refuse = {
        "003000000000001": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "003000000000002": "UNABLE_TO_LOCK_ROW",
    }
    told = [contact(f"00300000000000{number}", number) for number in (1, 2, 3)]
    with serving(fake) as api:
        found = send(people, api, told)
    assert [(answer.status, answer.final) for answer in found] == [(422, True), (503, False), (200, False)]
    assert found[0].detail == "Salesforce refused the record: FIELD_CUSTOM_VALIDATION_EXCEPTION (OwnerId)"


def test_a_token_that_has_ended_is_fetched_again_once(people: Database) -> None:
    fake = Salesforce()
    fake.expired = 1
    with serving(fake) as api:
        assert send(people, api, [contact("003000000000001")])[0].status == 200
        assert api.paths() == [TOKEN, ROWS, TOKEN, ROWS]
        fake.expired = 2
        (answer,) = send(people, api, [contact("003000000000001")])
    assert (answer.status, answer.final) == (401, False)


def test_one_token_serves_many_calls(people: Database) -> None:
    with serving(Salesforce()) as api:
        to = destination("salesforce", api.url, settings=BY_USER, credentials=SECRET)
        ours = tools(people)
        for number in range(3):
            salesforce.send(ours, to, [contact("003000000000001", number)], NOW)
    assert api.paths().count(TOKEN) == 1


def test_the_limit_of_calls_is_waited_for(people: Database) -> None:
    fake = Salesforce()
    fake.whole = (403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}])
    with serving(fake) as api:
        (answer,) = send(people, api, [contact("003000000000001")])
    assert answer.detail == "Salesforce answered 403 REQUEST_LIMIT_EXCEEDED"
    assert answer.retry_after is not None and answer.retry_after.total_seconds() == 3600
    assert not answer.final


@pytest.mark.parametrize("whole", [(500, "<html>"), (200, "{}"), (200, []), (503, ""), (200, [{"id": "x"}])])
def test_what_is_not_understood_is_tried_again(people: Database, whole: tuple[Any, ...]) -> None:
    fake = Salesforce()
    fake.whole = whole
    with serving(fake) as api:
        (answer,) = send(people, api, [contact("003000000000001")])
    assert answer.status >= 500
    assert not answer.final


def test_a_refresh_token_that_was_exchanged_is_kept(people: Database) -> None:
    kept: list[dict[str, str]] = []

    def answer(call: Call) -> Any:
        if call.path == TOKEN:
            assert call.said["grant_type"] == "refresh_token"
            return 200, {"access_token": "t", "refresh_token": "second"}
        return 200, [{"id": "x", "success": True, "errors": []}]

    with serving(answer) as api:
        to = destination(
            "salesforce", api.url, settings=BY_USER, credentials=SECRET | {"refresh_token": "first"}
        )
        ours = tools(people)
        object.__setattr__(ours, "keep_credentials", lambda _, fresh: kept.append(dict(fresh)))
        salesforce.send(ours, to, [contact("003000000000001")], NOW)
    assert kept == [SECRET | {"refresh_token": "second"}]


def test_a_user_signs_in_with_a_key(people: Database) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with serving(Salesforce()) as api:
        send(people, api, [contact("003000000000001")], username="ops@example.com", private_key=pem)
    assert api.calls[0].said["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    said = jwt.decode(
        api.calls[0].said["assertion"],
        key.public_key(),
        algorithms=["RS256"],
        audience="https://login.salesforce.com",
        options={"verify_exp": False},
    )
    assert (said["iss"], said["sub"]) == ("app", "ops@example.com")
    assert said["exp"] - NOW.timestamp() == 180


def test_credentials_that_are_refused_say_so(people: Database) -> None:
    with serving(lambda _: (400, {"error": "invalid_grant"})) as api:
        (answer,) = send(people, api, [contact("003000000000001")])
    assert answer.detail == (
        "the sign-in was refused (invalid_grant): check the credentials of this destination"
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"contact": {"external_id": None}}, "no external_id"),
        ({"contact": {"external_id": "web-1"}}, "upsert_field"),
        ({"routing": {"assignee": "noone"}}, "the custom field 'user' of rep noone"),
        ({"routing": {"assignee": "gone"}}, "not known here"),
    ],
)
def test_what_a_person_must_put_right_is_given_up_at_once(
    people: Database, data: dict[str, Any], said: str
) -> None:
    with serving(Salesforce()) as api:
        (answer,) = send(people, api, [message(data)])
    assert answer.final
    assert said in (answer.detail or "")
    assert api.calls == []


def test_a_queue_owns_a_lead_where_it_is_named(people: Database) -> None:
    queued = {
        "routing": {"assignee": None, "queue": "inbound"},
        "contact": {"external_id": "00Q000000000001"},
    }
    with serving(Salesforce()) as api:
        send(people, api, [message(queued)], {"queues": {"inbound": "00G000000000009"}})
    assert api.calls[1].said["records"][0]["OwnerId"] == "00G000000000009"


def test_an_account_that_waits_for_review_is_not_written(people: Database) -> None:
    with serving(Salesforce()) as api:
        send(people, api, [message({"match": {"outcome": "review"}})])
    assert "AccountId" not in api.calls[1].said["records"][0]


def test_two_contacts_that_are_one_record_are_written_once_as_decided_last(people: Database) -> None:
    told = [contact("003000000000001", 1), contact("003000000000001", 2, routing={"rule": "later"})]
    with serving(Salesforce()) as api:
        found = send(people, api, told, {"fields": {"Rule__c": "routing.rule"}})
    assert [answer.status for answer in found] == [200, 200]
    assert [record["Rule__c"] for record in api.calls[1].said["records"]] == ["later"]


def test_settings_are_checked() -> None:
    with pytest.raises(ValueError, match="upsert_field"):
        Settings.model_validate({"upsert_field": "not a name"})
    with pytest.raises(ValueError, match="one of refresh_token"):
        salesforce.Credentials.model_validate({"client_id": "x"})
