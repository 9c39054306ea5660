"""Segment's webhook destinations: one call, or a batch of up to 4,000.

``X-Signature`` is the hexadecimal HMAC-SHA1 of the body; of a batch Segment signs the first event alone, so
the rest is only as safe as the address: let Segment send a secret header too (``token_header``) where you
can. (segment-docs, "Webhooks" and "actions-webhook".)
"""

from __future__ import annotations

import json
from datetime import datetime

from service.db.sources import Source
from service.intake import preset
from service.intake.kinds import Call, Kind
from service.intake.providers.bodies import by_token, objects
from service.intake.signatures import hashed, hmac_of


def verified(call: Call, source: Source, now: datetime) -> bool:
    """By the source's token header where it has one, else by the signature."""
    if source.token_header:
        return by_token(call, source, now)
    given = call.headers.get("x-signature")
    return any(hashed(source.secrets, given, hmac_of(text, "sha1"), now) for text in _signed(call.body))


def _signed(body: bytes) -> list[bytes]:
    """What the signature may be over:

    The body, or of a list the text of its first event as it stands there.
    """
    text = body.lstrip()
    if not text.startswith(b"["):
        return [body]
    try:
        rest = text[1:].decode().lstrip()
        _, end = json.JSONDecoder().raw_decode(rest)
    except (ValueError, RecursionError):
        return [body]
    return [body, rest[:end].encode()]


KIND = Kind(name="segment", title="Segment", verified=verified, items=objects, preset=preset.load(__file__))
