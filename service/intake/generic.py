"""Any JSON: one object, a list of them, or ``{"contacts": [...]}``, mapped by the source's own paths."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from service.api.body import parse_items
from service.db.sources import Source
from service.intake import signatures
from service.intake.kinds import Call, Kind
from service.intake.mapping import find_event_id, map_item
from service.problems import Malformed, TooLarge

BATCH = "contacts"
MAX_ITEMS = 1000


def verified(call: Call, source: Source, now: datetime) -> bool:
    """By the source's token header where it has one, else by a Standard Webhooks signature."""
    if source.token_header:
        return signatures.token(source.secrets, call.headers.get(source.token_header.lower()), now)
    return signatures.standard_webhook(source.secrets, call.headers, call.body, now)


def items(body: bytes) -> list[Any]:
    """The items of a body. Raises Malformed when it is not JSON of one of the three forms, and TooLarge."""
    value = parse_items(body)
    if isinstance(value, dict) and isinstance(value.get(BATCH), list):
        value = value[BATCH]
    if value is None:
        return []
    if not isinstance(value, list | dict):
        raise Malformed('The body must be an object, a list of objects, or {"contacts": [...]}')
    found = value if isinstance(value, list) else [value]
    if len(found) > MAX_ITEMS:
        raise TooLarge(f"The body has more than {MAX_ITEMS} items")
    return found


KIND = Kind(name="generic", verified=verified, items=items, event_id=find_event_id, contact=map_item)
