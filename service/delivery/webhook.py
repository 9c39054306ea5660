"""The signed webhook: one POST of the message's JSON, by Standard Webhooks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service.db.destinations import Destination
from service.db.outbox import Message
from service.delivery import http, signing
from service.delivery.http import Answer
from service.delivery.kind import Kind, Tools


def send(
    tools: Tools, destination: Destination, messages: Sequence[Message], now: datetime
) -> Sequence[Answer]:
    """Send messages, signed with every secret in force. Raises what `http.post` raises."""
    return [_send(tools, destination, message, now) for message in messages]


def _send(tools: Tools, destination: Destination, message: Message, now: datetime) -> Answer:
    headers = {"content-type": "application/json"}
    return post_signed(tools, destination, message.id, as_json(message.payload), headers, now)


def as_json(value: Any) -> bytes:
    """A value as JSON, the same bytes each time."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def post_signed(
    tools: Tools,
    destination: Destination,
    message_id: str,
    body: bytes,
    headers: Mapping[str, str],
    now: datetime,
) -> Answer:
    """POST a body with the signatures of Standard Webhooks over exactly these bytes."""
    signed = signing.headers(signing.in_force(destination.secrets, now), message_id, now, body)
    return http.post(
        destination.url,
        headers={**headers, "user-agent": "Muster", **signed},
        body=body,
        allowed=tools.allowed,
        lines=tools.lines,
    )


KIND = Kind(name="webhook", send=send, signed=True)
