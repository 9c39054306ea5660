"""Messages as CloudEvents, in both modes, signed over exactly what is sent."""

from __future__ import annotations

import json
from typing import Any

import standardwebhooks
import time_machine

from service.db.engine import Database
from service.delivery import cloudevents
from service.delivery.signing import new_secret
from tests.service.deciding import NOW
from tests.service.delivery.receiver import Got, receiving
from tests.service.delivery.sending import BASE, destination, message, tools


def sent(people: Database, mode: str, event: str = "contact.assigned") -> tuple[Got, dict[str, Any]]:
    """What a receiver got, and the body as the signature's oracle reads it."""
    secret = new_secret(NOW)
    with receiving() as receiver:
        to = destination("cloudevents", receiver.url, settings={"mode": mode}, secrets=(secret,))
        (answer,) = cloudevents.send(tools(people), to, [message({}, event=event)], NOW)
    assert answer.status == 204
    (got,) = receiver.got
    with time_machine.travel(NOW, tick=False):
        return got, standardwebhooks.Webhook(secret.value).verify(got.body, got.headers)


def test_structured_mode_is_one_body(people: Database) -> None:
    got, said = sent(people, "structured")
    assert got.headers["content-type"].startswith("application/cloudevents+json")
    assert {name: said[name] for name in ("specversion", "id", "source", "type", "subject", "time")} == {
        "specversion": "1.0",
        "id": "msg_d-1_assigned",
        "source": BASE,
        "type": "muster.contact.assigned",
        "subject": "d-1",
        "time": "2026-03-02T09:00:00Z",
    }
    assert said["data"]["assignment"]["rep"] == "rosa"


def test_binary_mode_has_the_attributes_in_headers(people: Database) -> None:
    got, said = sent(people, "binary")
    assert got.headers["content-type"] == "application/json"
    assert (got.headers["ce-id"], got.headers["ce-type"]) == ("msg_d-1_assigned", "muster.contact.assigned")
    assert got.headers["ce-specversion"] == "1.0"
    assert said == json.loads(got.body) == message({}).payload["data"]


def test_header_values_are_percent_encoded() -> None:
    assert cloudevents._encoded('a "b" 100% é') == "a%20%22b%22%20100%25%20%C3%A9"
