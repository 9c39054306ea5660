"""Calendly: meetings that were booked and routing forms that were sent in.

Signed ``Calendly-Webhook-Signature: t=,v1=``: HMAC-SHA256 of ``t.body``, at most five minutes old. A call is
sent for 24 hours, and then the subscription ends. (developer.calendly.com, "Webhook signatures".)
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from service.db.sources import Source
from service.intake import preset
from service.intake.kinds import Call, Kind
from service.intake.providers.bodies import objects
from service.intake.signatures import hashed, hmac_of, timely


def verified(call: Call, source: Source, now: datetime) -> bool:
    """By the signature over time and raw body. Raises Untimely."""
    parts = [each.partition("=") for each in call.headers.get("calendly-webhook-signature", "").split(",")]
    given = {name.strip(): value.strip() for name, _, value in parts}
    text = given.get("t", "").encode() + b"." + call.body
    right = hashed(source.secrets, given.get("v1"), hmac_of(text, "sha256"), now)
    return right and timely(given.get("t", ""), now)


def view(item: Any) -> Any:
    """The event with the answers by what was asked, in small letters."""
    payload = item.get("payload") if isinstance(item, dict) else None
    if not isinstance(payload, dict):
        return item
    asked = payload.get("questions_and_answers")
    answers = {
        str(each.get("question", ""))
        .strip()
        .lower()
        .rstrip("?:")
        .replace(".", "")
        .replace("[", "("): each.get("answer")
        for each in (asked if isinstance(asked, list) else ())
        if isinstance(each, dict)
    }
    return item | {"answers": answers}


KIND = Kind(
    name="calendly",
    title="Calendly",
    verified=verified,
    items=objects,
    preset=preset.load(__file__),
    view=view,
)
