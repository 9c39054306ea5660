"""Drift events:

A token, in the header ``X-Verification-Token`` or in the body. (devdocs.drift.com, "Webhook events".)
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from service.db.sources import Source
from service.intake import preset
from service.intake.kinds import Call, Kind
from service.intake.providers.bodies import objects
from service.intake.signatures import token


def verified(call: Call, source: Source, now: datetime) -> bool:
    """By the verification token of the app."""
    given = call.headers.get("x-verification-token") or _in_body(call.body)
    return token(source.secrets, given, now)


def _in_body(body: bytes) -> str | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    given = found.get("token") if isinstance(found, dict) else None
    return given if isinstance(given, str) else None


def items(call: Call) -> list[Any]:
    """The event without its token, which is not for keeping. Raises Malformed and TooLarge."""
    return [
        {name: value for name, value in each.items() if name != "token"} if isinstance(each, dict) else each
        for each in objects(call)
    ]


KIND = Kind(name="drift", title="Drift", verified=verified, items=items, preset=preset.load(__file__))
