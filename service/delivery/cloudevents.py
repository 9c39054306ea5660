"""CloudEvents 1.0 over HTTP, in structured or binary mode, with the signatures of Standard Webhooks too.

Sources: cloudevents/spec v1.0.2, spec.md (attributes) and
bindings/http-protocol-binding.md (3.1 binary, 3.2 structured, 3.1.3.2 the
percent-encoding of header values). The handshake of the webhook binding
(OPTIONS, WebHook-Allowed-Origin) is not made: an administrator names the URL.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from service.db.destinations import Destination
from service.db.outbox import Message
from service.delivery.http import Answer
from service.delivery.kind import Fields, Kind, Tools
from service.delivery.webhook import as_json, post_signed

_JSON = "application/json"


class Settings(Fields):
    """``structured``: attributes and data in one JSON body; ``binary``: the attributes are headers."""

    mode: Literal["structured", "binary"] = Field(
        default="structured",
        description="Where the attributes are: in the JSON body with the data, or in headers.",
    )


def send(
    tools: Tools, destination: Destination, messages: Sequence[Message], now: datetime
) -> Sequence[Answer]:
    """Send messages as events. Raises what `http.post` raises."""
    binary = Settings.model_validate(destination.settings).mode == "binary"
    sending = _binary if binary else _structured
    return [sending(tools, destination, message, now) for message in messages]


def attributes(message: Message, base_url: str) -> dict[str, Any]:
    """The context of the event. ``id`` is the message's: with ``source`` the receiver's dedupe key."""
    said = {
        "specversion": "1.0",
        "id": message.id,
        "source": base_url,
        "type": f"muster.{message.type}",
        "time": message.payload["timestamp"],
        "datacontenttype": _JSON,
    }
    return said | ({"subject": message.decision_id} if message.decision_id else {})


def _structured(tools: Tools, destination: Destination, message: Message, now: datetime) -> Answer:
    event = attributes(message, tools.base_url) | {"data": message.payload["data"]}
    headers = {"content-type": "application/cloudevents+json; charset=utf-8"}
    return post_signed(tools, destination, message.id, as_json(event), headers, now)


def _binary(tools: Tools, destination: Destination, message: Message, now: datetime) -> Answer:
    said = attributes(message, tools.base_url)
    headers = {"content-type": said.pop("datacontenttype")}
    headers |= {f"ce-{name}": _encoded(value) for name, value in said.items()}
    return post_signed(tools, destination, message.id, as_json(message.payload["data"]), headers, now)


def _encoded(value: str) -> str:
    """A header value: spaces, quotes, percent signs and what is not printable ASCII are percent-encoded."""
    return "".join(
        each if "!" <= each <= "~" and each not in '"%' else "".join(f"%{byte:02X}" for byte in each.encode())
        for each in value
    )


KIND = Kind(name="cloudevents", send=send, settings=Settings, signed=True)
