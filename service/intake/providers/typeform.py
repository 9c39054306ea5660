"""Typeform responses, signed ``Typeform-Signature: sha256=`` in base64 with the secret of the webhook.

Typeform waits 30 seconds; 404 and 410 switch its webhook off at once. (typeform.com/developers/webhooks.)
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
    given = call.headers.get("typeform-signature", "")
    return given.startswith("sha256=") and hashed(
        source.secrets, given.removeprefix("sha256="), hmac_of(call.body, "sha256"), now, base64_text=True
    )


KIND = Kind(name="typeform", title="Typeform", verified=verified, items=objects, preset=preset.load(__file__))
