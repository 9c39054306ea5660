"""Intercom notifications: one a call, signed ``X-Hub-Signature: sha1=`` with the app's client secret.

Intercom waits 5 seconds, slows down whoever takes more than half a second, and stops after many errors.
(developers.intercom.com, "Webhook notifications".)
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
    given = call.headers.get("x-hub-signature", "")
    return given.startswith("sha1=") and hashed(
        source.secrets, given.removeprefix("sha1="), hmac_of(call.body, "sha1"), now
    )


KIND = Kind(name="intercom", title="Intercom", verified=verified, items=objects, preset=preset.load(__file__))
