"""Pipedrive webhooks, versions 1 and 2: HTTP Basic only; the secret is ``USER:PASSWORD`` as entered there.

Pipedrive waits 10 seconds, tries three more times within three minutes, and after ten calls that failed at
once sends nothing for half an hour: what happens then is lost. (pipedrive.readme.io, "Webhooks v2".)
"""

from __future__ import annotations

from datetime import datetime

from service.db.sources import Source
from service.intake import preset
from service.intake.kinds import Call, Kind
from service.intake.providers.bodies import objects
from service.intake.signatures import basic


def verified(call: Call, source: Source, now: datetime) -> bool:
    """By the user name and password of the webhook."""
    return basic(source.secrets, call.headers.get("authorization"), now)


KIND = Kind(
    name="pipedrive", title="Pipedrive", verified=verified, items=objects, preset=preset.load(__file__)
)
