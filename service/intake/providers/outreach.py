"""Outreach events, signed ``Outreach-Webhook-Signature``: hexadecimal HMAC-SHA256 of the body.

Any HTTP answer is an acknowledgement to Outreach, 500 too: what is refused is lost. An event has what was
changed and no more. (developers.outreach.io, "Webhooks".)
"""

from __future__ import annotations

from datetime import datetime

from service.db.sources import Source
from service.intake import preset
from service.intake.kinds import Call, Kind
from service.intake.providers.bodies import objects
from service.intake.signatures import hashed, hmac_of


def verified(call: Call, source: Source, now: datetime) -> bool:
    """By the signature over the raw body."""
    given = call.headers.get("outreach-webhook-signature", "")
    return hashed(source.secrets, given, hmac_of(call.body, "sha256"), now)


KIND = Kind(name="outreach", title="Outreach", verified=verified, items=objects, preset=preset.load(__file__))
