"""Salesforce Change Data Capture: change events as a subscriber of the Pub/Sub API or CometD forwards them.

A CREATE has every field, an UPDATE only those that changed, a gap event none: the record is then got from
Salesforce by its id, so that nothing is decided on half of it. One event may be about several records.
(Salesforce, Change Data Capture Developer Guide, "Change Event Message Structure", "Gap Events".)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.intake import preset
from service.intake.kinds import Call, Kind
from service.intake.providers.bodies import bounded, by_token_or_signature, objects

_HEADER = "ChangeEventHeader"


def items(call: Call) -> list[Any]:
    """The events of a call, one for each record; raises Malformed and TooLarge."""
    return bounded([each for event in objects(call) for each in _one_a_record(event)])


def _one_a_record(event: Any) -> Iterator[Any]:
    """An event apart for each of its records. CometD and relays wrap it in ``data`` and ``payload``."""
    for wrapping in ("data", "payload"):
        if isinstance(event, dict) and _HEADER not in event and isinstance(event.get(wrapping), dict):
            event = event[wrapping]
    header = event.get(_HEADER) if isinstance(event, dict) else None
    ids = header.get("recordIds") if isinstance(header, dict) else None
    if not isinstance(header, dict) or not isinstance(ids, list) or len(ids) < 2:
        yield event
        return
    for each in ids:
        yield event | {_HEADER: header | {"recordIds": [each]}}


KIND = Kind(
    name="salesforce-cdc",
    title="Salesforce Change Data Capture",
    verified=by_token_or_signature,
    items=items,
    preset=preset.load(__file__),
    own_secret=False,
)
