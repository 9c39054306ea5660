"""What sending needs, for tests: a kind that answers as it is told, tools that reach loopback only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from service.db import destinations
from service.db.destinations import Destination
from service.db.engine import Database
from service.db.outbox import Message
from service.delivery.http import Answer
from service.delivery.kind import Kind, Tools
from service.delivery.lines import Lines
from service.delivery.links import Links
from service.delivery.networks import parse_allowed
from service.delivery.tokens import Tokens
from tests.service.deciding import NOW

SendOne = Callable[[Destination, Message, datetime], Answer]
OPEN: list[Lines] = []
BASE = "https://muster.example.com"


def kinds(send: SendOne) -> dict[str, Kind]:
    """A kind ``webhook`` whose messages are sent by ``send``, one by one."""

    def send_all(
        _: Tools, destination: Destination, messages: Sequence[Message], now: datetime
    ) -> Sequence[Answer]:
        return [send(destination, message, now) for message in messages]

    return {"webhook": Kind(name="webhook", send=send_all)}


def tools(database: Database, secret: str = "s" * 40) -> Tools:
    """Tools over a database of the test's own."""

    def keep(destination_id: str, credentials: Mapping[str, str]) -> None:
        database.transact(lambda c: destinations.keep_credentials(c, destination_id, credentials))

    lines = Lines()
    OPEN.append(lines)
    return Tools(
        database=database,
        allowed=parse_allowed("127.0.0.0/8"),
        lines=lines,
        tokens=Tokens(),
        links=Links(lambda: secret, BASE),
        base_url=BASE,
        keep_credentials=keep,
    )


def destination(kind: str, url: str, **said: Any) -> Destination:
    """A destination named after its kind."""
    given: dict[str, Any] = {"id": kind, "name": kind, "kind": kind, "url": url, "secrets": (), "events": ()}
    return Destination(**(given | {"active": True, "disabled_reason": None, "created_at": NOW} | said))


def message(data: Mapping[str, Any], number: int = 1, event: str = "contact.assigned") -> Message:
    """A message as the outbox has it; ``data`` is put over an assignment of Dana to rosa."""
    body: dict[str, Any] = {
        "contact": {"external_id": "003000000000001", "first_name": "Dana", "last_name": "Fox"},
        "match": {
            "outcome": "matched",
            "account_id": "001000000000001",
            "account_name": "Acme",
            "score": 0.98,
        },
        "routing": {
            "outcome": "assigned",
            "rule": "named",
            "because": "Rosa owns Acme",
            "assignee": "rosa",
            "pool": None,
            "queue": None,
            "kept": False,
            "hand": None,
        },
        "assignment": {"id": "as-1", "rep": "rosa", "due_at": "2026-03-02T11:00:00Z"},
    }
    for name, value in data.items():
        body[name] = {**body[name], **value} if isinstance(body.get(name), dict) and value else value
    payload = {"type": event, "timestamp": "2026-03-02T09:00:00Z", "data": body}
    return Message(
        id=f"msg_d-{number}_assigned",
        destination_id="any",
        type=event,
        contact_row=number,
        decision_id=f"d-{number}",
        payload=payload,
    )
