"""HubSpot's workflow step "Send a webhook": the whole record as the CRM's API gives it, or a part.

Signed by version 2, or with the secret in a header or the address. HubSpot waits 30 seconds and sends again
for three days after a 5xx, never after a 4xx.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service.db.sources import Source
from service.intake import preset
from service.intake.kinds import Call, Kind
from service.intake.providers import hubspot_signatures
from service.intake.providers.bodies import by_token, objects


def verified(call: Call, source: Source, now: datetime) -> bool:
    """By HubSpot's signature, or the token where the source has one."""
    return by_token(call, source, now) or hubspot_signatures.verified(call, source, now)


def view(item: Any) -> Any:
    """The record with its properties as plain values: older workflows wrap each in an object."""
    properties = item.get("properties") if isinstance(item, dict) else None
    if not isinstance(properties, dict):
        return {"properties": item} if isinstance(item, dict) else item
    return item | {"properties": {name: _plain(value) for name, value in properties.items()}}


def _plain(value: Any) -> Any:
    return value.get("value") if isinstance(value, Mapping) else value


KIND = Kind(
    name="hubspot-workflow",
    title="HubSpot workflow webhook",
    verified=verified,
    items=objects,
    preset=preset.load(__file__),
    view=view,
)
