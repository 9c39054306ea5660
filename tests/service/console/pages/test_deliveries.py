"""Deliveries: what is shown of them, and who may send one again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import insert, select, update

from service.auth import Scope
from service.db import destinations
from service.db.destinations import Destination
from service.db.tables import delivery, destination
from tests.service.console.conftest import NOW, Console, sign_in, text_of, undo_in

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def sent(console: Console) -> Console:
    """A console with one destination, one message that was given up and one on its way."""
    with console.services.database.write() as connection:
        connection.execute(
            insert(destination).values(
                id="crm",
                name="CRM",
                kind="webhook",
                url="https://crm.example/hook",
                secrets=[],
                events=[],
                active=True,
                created_at=NOW,
            )
        )
        for row, state in ((1, "dead"), (2, "sending")):
            connection.execute(
                insert(delivery).values(
                    id=row,
                    message_id=f"msg_{row}",
                    destination_id="crm",
                    type="contact.assigned",
                    contact_id=1,
                    decision_id="d",
                    payload={"type": "contact.assigned"},
                    state=state,
                    attempts=12,
                    next_at=NOW,
                    last_error="the connection could not be made",
                    created_at=NOW,
                )
            )
    return console


def test_a_message_that_was_given_up_says_why_and_can_be_sent_again(sent: Console) -> None:
    page = sent.page("/deliveries")
    assert "Given up" in page and "the connection could not be made" in page
    response = sent.client.post("/console/deliveries/1/replay", data={"token": sent.token()})
    assert response.status_code == 303 and "sent again" in sent.page(
        response.headers["location"].removeprefix("/console")
    )
    assert _state(sent, 1) == "waiting"
    message = text_of(sent.page("/deliveries/1"))
    assert "msg_1" in message and '"type": "contact.assigned"' in message and "Send again" not in message
    assert "The message is sent again" in sent.page(response.headers["location"].removeprefix("/console"))
    assert sent.client.get("/console/deliveries/9").status_code == 404
    with sent.services.database.write() as connection:
        connection.execute(update(delivery).where(delivery.c.id == 1).values(payload={}, state="dead"))
    assert "It was emptied" in sent.page("/deliveries/1") and "Send again" not in sent.page("/deliveries/1")


def test_everything_given_up_for_a_destination_can_be_sent_again_at_once(sent: Console) -> None:
    sent.client.post("/console/deliveries/destinations/crm/replay", data={"token": sent.token()})
    assert _state(sent, 1) == "waiting"


def test_a_destination_is_stopped_and_given_a_new_secret_that_is_shown_once(sent: Console) -> None:
    assert sent.post("/deliveries/destinations/crm", do="stop").status_code == 303
    assert "Stopped" in sent.page("/deliveries?destination=crm&state=dead")
    assert sent.post("/deliveries/destinations/crm", do="go on").status_code == 303
    fresh = sent.post("/deliveries/destinations/crm", do="secret")
    secret = re.search(r'<code class="wrap">(whsec_[^<]+)</code>', fresh.text)
    assert secret is not None and secret[1] not in sent.page("/deliveries")
    assert sent.post("/deliveries/destinations/crm", do="nonsense").status_code == 422
    assert sent.post("/deliveries/destinations/nothing", do="stop").status_code == 404
    assert "No message" in sent.page("/deliveries?destination=other&state=dead")


def test_an_address_that_is_a_secret_is_not_shown(sent: Console) -> None:
    with sent.services.database.write() as connection:
        url = "https://hooks.slack.com/services/T0/B0/very-secret"
        connection.execute(update(destination).values(kind="slack", url=url))
    page = sent.page("/deliveries")
    assert "https://hooks.slack.com/..." in page and "very-secret" not in page


def test_what_is_on_its_way_is_not_sent_twice(sent: Console) -> None:
    response = sent.client.post("/console/deliveries/2/replay", data={"token": sent.token()})
    assert response.status_code == 409
    assert sent.client.post("/console/deliveries/9/replay", data={"token": sent.token()}).status_code == 404


@pytest.mark.parametrize("path", ["deliveries/1/replay", "deliveries/destinations/crm/replay"])
def test_a_key_that_may_only_read_sends_nothing(sent: Console, path: str) -> None:
    _, key = sent.services.keys.create("reader", frozenset({Scope.READ, Scope.MATCH}))
    sign_in(sent, key)
    assert sent.client.post(f"/console/{path}", data={"token": sent.token()}).status_code == 403
    assert _state(sent, 1) == "dead"


def _state(console: Console, row: int) -> str:
    with console.services.database.read() as connection:
        return str(connection.execute(select(delivery.c.state).where(delivery.c.id == row)).scalar_one())


def test_a_destination_is_made_and_its_secret_shown_once(console: Console) -> None:
    sign_in(console)
    typed = {
        "name": "crm <b>",
        "kind": "webhook",
        "url": "http://inside.example/x",
        "event_contact.held": "contact.held",
        "every_dispute": "on",
    }
    wrong = console.post("/deliveries/destinations", **typed)
    assert wrong.status_code == 422 and "Nothing can be delivered to this URL" in wrong.text
    assert "http://inside.example/x" in wrong.text, "what was typed stays"
    assert 'value="contact.held" checked' in wrong.text
    mode = console.post(
        "/deliveries/destinations",
        name="bus",
        kind="cloudevents",
        url="https://bus.example.com/in",
        settings="mode: b",
        credentials="key: hush-hush",
    )
    assert (mode.status_code, "hush-hush" in mode.text) == (422, False)
    made = console.post("/deliveries/destinations", **typed | {"url": "https://crm.example.com/hook"})
    [secret] = re.findall(r"whsec_[\w+/=]+", made.text)
    assert "crm &lt;b&gt;" in made.text and secret not in console.page("/deliveries")
    again = typed | {"url": "https://crm.example.com/hook"}
    assert console.post("/deliveries/destinations", **again).status_code == 409
    slack = console.post(
        "/deliveries/destinations",
        name="reps",
        kind="hubspot",
        credentials="access_token: xoxb-hush",
    )
    assert slack.status_code == 303, slack.text
    with console.services.database.read() as connection:
        told_of = {each.name: list(each.events) for each in destinations.listed(connection)}
    disputes = ["dispute.escalated", "dispute.opened", "dispute.resolved"]
    assert sorted(told_of["crm <b>"]) == ["contact.held", *disputes]
    page = console.page(slack.headers["location"].removeprefix("/console"))
    assert "reps is made" in page and "xoxb-hush" not in page
    editor = console.colleague("an editor")
    assert editor.post("/deliveries/destinations", **typed).status_code == 403
    assert "A new destination" not in editor.page("/deliveries")


def _crm(console: Console, settings: Mapping[str, object]) -> Destination:
    """The destination, which has these settings; those that it has besides are left out."""
    with console.services.database.read() as connection:
        [found] = destinations.listed(connection)
    assert settings.items() <= found.settings.items()
    return replace(found, settings=settings)


def test_a_destination_is_changed_and_what_is_secret_stays(sent: Console) -> None:
    with sent.services.database.write() as connection:
        said = {"kind": "salesforce", "url": "https://x.my.salesforce.com", "events": ["contact.assigned"]}
        kept = {"settings": {"write_account": False, "queues": {"east": "00G"}}}
        connection.execute(
            update(destination).values(
                **said, **kept, credentials={"client_id": "3MVG", "client_secret": "s"}
            )
        )
        [before] = destinations.listed(connection)
    place = "/deliveries/destinations/crm"
    page = sent.page("/deliveries?destination=crm")
    assert "write_account: false" in page and 'value="contact.assigned" checked' in page
    assert "3MVG" not in page
    form = {"do": "change", "name": "CRM east", "settings": "write_account: true", "every_assignment": "on"}
    wrong = sent.post(place, **form)
    assert wrong.status_code == 422 and "the kind salesforce tells of" in wrong.text
    assert 'value="CRM east"' in wrong.text and 'name="every_assignment" checked' in wrong.text
    form = form | {"event_contact.queued": "contact.queued"}
    del form["every_assignment"]
    changed = sent.post(place, **form)
    assert changed.headers["location"].startswith("/console/deliveries?destination=crm&told=")
    with sent.services.database.read() as connection:
        [found] = destinations.listed(connection)
    assert (found.name, found.events, dict(found.credentials)) == (
        "CRM east",
        ("contact.queued",),
        {"client_id": "3MVG", "client_secret": "s"},
    )
    assert (found.url, found.settings["write_account"]) == ("https://x.my.salesforce.com", True)
    undo = undo_in(sent.page(changed.headers["location"].removeprefix("/console")))
    secret = form | {"url": "https://y.my.salesforce.com", "credentials": "client_id: 4NWH\nclient_secret: t"}
    editor = sent.colleague("an editor")
    assert editor.post(place, **undo).status_code == 403
    assert "CRM is as it was" in sent.page(
        sent.post(place, **undo).headers["location"].removeprefix("/console")
    )
    assert _crm(sent, before.settings) == before
    told = sent.page(sent.post(place, **secret).headers["location"].removeprefix("/console"))
    assert "4NWH" not in told and "3MVG" not in told
    assert sent.post(place, **undo).status_code == 409, "it is another since"
    assert sent.post(place, **undo_in(told)).status_code == 303
    assert _crm(sent, before.settings) == before
    assert sent.post(place, **form).status_code == 303
    assert editor.post(place, **form).status_code == 403
    assert "Change CRM east" not in editor.page("/deliveries?destination=crm")
