"""The signed webhook: one POST of the message's JSON, by Standard Webhooks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from service.db.destinations import Destination
from service.db.outbox import Message
from service.delivery import http, signing
from service.delivery.http import Answer
from service.delivery.networks import Allowed


def send(destination: Destination, message: Message, now: datetime, allowed: Sequence[Allowed]) -> Answer:
    """Send a message, signed with every secret in force. Raises what `http.post` raises."""
    body = json.dumps(message.payload, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    headers = {
        "content-type": "application/json",
        "user-agent": "Muster",
        **signing.headers(signing.in_force(destination.secrets, now), message.id, now, body),
    }
    return http.post(destination.url, headers=headers, body=body, allowed=allowed)
