"""From a verified call to items for the inbox, and from an item of the inbox to a contact event."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from service.db.inbox import Claimed, Item
from service.db.sources import Source
from service.decision import Incoming
from service.intake.kinds import Kind
from service.intake.mapping import BadItem, FieldMapping
from service.intake.sources import KINDS

_LONGEST_ID = 190


def read_items(source: Source, body: bytes, now: datetime) -> list[Item]:
    """The items of a body. Raises a Problem when the body as a whole cannot be read.

    An item that cannot be mapped is among them, with its problem.
    """
    kind, mapping = KINDS[source.kind], FieldMapping.model_validate(source.mapping)
    return [_item(kind, mapping, value, now) for value in kind.items(body)]


def _item(kind: Kind, mapping: FieldMapping, value: Any, now: datetime) -> Item:
    digest = hashlib.sha256(_canonical(value)).hexdigest()
    notes: Sequence[Any] = ()
    problem = None
    try:
        notes = kind.contact(value, mapping, now).notes
    except BadItem as bad:
        problem = str(bad)
    return Item(
        dedupe_key=dedupe_key(kind.event_id(value, mapping), digest),
        digest=digest,
        body=json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(),
        notes=tuple(asdict(note) for note in notes),
        problem=problem,
    )


def _canonical(value: Any) -> bytes:
    """The same bytes for the same content, whatever the order and spacing of the names."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def dedupe_key(event_id: str | None, digest: str) -> str:
    """What an item is known by for ever: the source's own id, else its content."""
    if event_id is None:
        return f"same:{digest}"
    if len(event_id) <= _LONGEST_ID:
        return f"id:{event_id}"
    return f"long:{hashlib.sha256(event_id.encode()).hexdigest()}"


def event_of(claimed: Claimed, source: Source) -> Incoming:
    """The contact event of an item, by the source's mapping as it is now. Raises BadItem.

    A source that gives no time of its own is ordered by arrival.
    """
    mapping = FieldMapping.model_validate(source.mapping)
    mapped = KINDS[source.kind].contact(json.loads(claimed.body), mapping, claimed.received_at)
    return Incoming(
        contact=mapped.contact,
        event_key=f"webhook:{claimed.source}:{claimed.dedupe_key}",
        digest=claimed.digest,
        occurred_at=mapped.contact.occurred_at or claimed.received_at,
    )
