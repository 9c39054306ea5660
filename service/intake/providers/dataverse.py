"""Dataverse (Dynamics 365): the execution context of a step, posted by a service endpoint.

Attributes are lists of keys and values, dates ``/Date(ms)/``. The key is in a header, or in the address as
``?code=``. Beyond 256 kB Dataverse leaves the record out and says so in a header.
(Microsoft, "Use webhooks to create external handlers for server events".)
"""

from __future__ import annotations

from typing import Any

from service.intake import preset
from service.intake.kinds import Call, Kind
from service.intake.providers.bodies import by_token, objects

_TOO_LARGE = "x-ms-dynamics-msg-size-exceeded"


def items(call: Call) -> list[Any]:
    """The context of a call. Raises Malformed and TooLarge."""
    marked = {"size_exceeded": True} if _TOO_LARGE in call.headers else {}
    return [each | marked if isinstance(each, dict) else each for each in objects(call)]


def view(item: Any) -> Any:
    """The record after the step:

    Its image before, what was changed above it; formatted values under ``shown``.
    """
    if not isinstance(item, dict):
        return item
    images = [each.get("value") for each in item.get("PostEntityImages") or () if isinstance(each, dict)]
    targets = [
        each.get("value")
        for each in item.get("InputParameters") or ()
        if isinstance(each, dict) and each.get("key") == "Target"
    ]
    record: dict[str, Any] = {}
    shown: dict[str, Any] = {}
    for entity in (*images, *targets):
        if isinstance(entity, dict):
            record |= _pairs(entity.get("Attributes"))
            shown |= _pairs(entity.get("FormattedValues"))
    return {**item, "record": record, "shown": shown}


def _pairs(listed: Any) -> dict[str, Any]:
    pairs = listed if isinstance(listed, list) else []
    return {each["key"]: each.get("value") for each in pairs if isinstance(each, dict) and "key" in each}


KIND = Kind(
    name="dataverse",
    title="Dataverse / Dynamics 365",
    verified=by_token,
    items=items,
    preset=preset.load(__file__),
    view=view,
)
