"""Any JSON: one object, a list of them, or ``{"contacts": [...]}``, mapped by the source's own paths."""

from __future__ import annotations

from typing import Any

from service.intake.kinds import Call, Kind
from service.intake.providers.bodies import by_token_or_signature
from service.problems import Malformed, TooLarge
from service.strict_json import parse_items

BATCH = "contacts"
MAX_ITEMS = 1000


def items(call: Call) -> list[Any]:
    """The items of a body. Raises Malformed when it is not JSON of one of the three forms, and TooLarge."""
    value = parse_items(call.body)
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


KIND = Kind(name="generic", title="Any JSON", verified=by_token_or_signature, items=items, own_secret=False)
