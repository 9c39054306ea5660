"""Salesloft events: the bare record; what happened stands in the header ``x-salesloft-event`` alone.

Signed ``x-salesloft-signature``: hexadecimal HMAC-SHA1 of the body with the callback token. There is no
time in it, so a call that is sent again is known by its content. (developers.salesloft.com, "Webhooks".)
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from service.db.sources import Source
from service.intake import preset
from service.intake.kinds import Call, Kind
from service.intake.providers.bodies import objects
from service.intake.signatures import hashed, hmac_of


def verified(call: Call, source: Source, now: datetime) -> bool:
    """By the signature over the raw body."""
    given = call.headers.get("x-salesloft-signature")
    return hashed(source.secrets, given, hmac_of(call.body, "sha1"), now)


def items(call: Call) -> list[Any]:
    """The record beside the name of the event. Raises Malformed and TooLarge."""
    return [{"event": call.headers.get("x-salesloft-event"), "record": each} for each in objects(call)]


KIND = Kind(name="salesloft", title="Salesloft", verified=verified, items=items, preset=preset.load(__file__))
