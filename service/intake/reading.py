"""From a verified call to items for the inbox, and from an item of the inbox to what follows from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from service.db.inbox import Claimed, Item
from service.db.sources import Source
from service.decision import Incoming
from service.intake.accounts import (
    AccountSaid,
    ActivitySaid,
    SignalSaid,
    read_account,
    read_activity,
    read_signal,
)
from service.intake.kinds import Call, Kind
from service.intake.mapping import BadItem, FieldMapping, Mapped, find_event_id, map_item
from service.intake.preset import Case
from service.intake.sources import KINDS

_LONGEST_ID = 190
_UNKNOWN = "is nothing that this kind of source is known to send"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Nothing follows from the item, and why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """The item only names a record, which must be got from the CRM first."""

    object: str
    id: str


Meaning = Mapped | AccountSaid | SignalSaid | ActivitySaid | Ignored | Needed
"""What an item means: a contact that came in, or one of the others."""


_CALLED: dict[type[Meaning], str] = {
    Mapped: "contact",
    AccountSaid: "account",
    SignalSaid: "signal",
    ActivitySaid: "activity",
    Ignored: "ignored",
    Needed: "needed",
}


def called(meaning: Meaning) -> str:
    """What a meaning is called in answers and on pages."""
    return _CALLED[type(meaning)]


def read_items(source: Source, call: Call, now: datetime) -> list[Item]:
    """The items of a call. Raises a Problem when the call as a whole cannot be read.

    An item that cannot be mapped is among them, with its problem.
    """
    reader = Reader(source)
    return [reader.item(value, now) for value in KINDS[source.kind].items(call)]


class Reader:
    """Reads the items of one source: by its kind's preset, with the source's own mapping above it."""

    def __init__(self, source: Source) -> None:
        self._kind: Kind = KINDS[source.kind]
        self._own = FieldMapping.model_validate(source.mapping)

    def item(self, value: Any, now: datetime) -> Item:
        """An item for the inbox; with its problem when it means nothing."""
        notes: Sequence[Any] = ()
        problem, ignored = None, False
        try:
            meaning = self.meaning(value, None, now)
            notes = meaning.notes if isinstance(meaning, Mapped) else ()
            if isinstance(meaning, Ignored):
                problem, ignored = meaning.reason, True
        except BadItem as bad:
            problem = str(bad)
        preset = self._kind.preset
        lasting = value if preset is None else preset.lasting(value)
        digest = hashlib.sha256(_canonical(lasting)).hexdigest()
        return Item(
            dedupe_key=dedupe_key(self.event_id(value), digest),
            digest=digest,
            body=json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(),
            notes=tuple(asdict(note) for note in notes),
            problem=problem,
            ignored=ignored,
        )

    def event_id(self, value: Any) -> str | None:
        """What names the item's event for ever; None when nothing but its content does."""
        seen = self._kind.view(value)
        if self._kind.preset is None or "event_id" in self._own.root:
            return find_event_id(seen, self._own)
        case = self._kind.preset.case(seen)
        return None if case is None else case.named(seen)

    def meaning(self, value: Any, record: Any, received_at: datetime) -> Meaning:
        """What an item means; ``record`` is what the CRM has of it, once that was asked. Raises BadItem."""
        seen = self._kind.view(value)
        if self._kind.preset is None:
            return map_item(seen, self._own, received_at)
        if not isinstance(seen, dict):
            raise BadItem("the item is not an object")
        case = self._kind.preset.case(seen)
        if case is None:
            raise BadItem(f"the item {_UNKNOWN}")
        if case.fetch is None:
            return self._by_case(case, seen, received_at)
        if record is None:
            named = case.fetch.id_in(seen)
            if named is None:
                raise BadItem(f"the event names no record: nothing stands at {case.fetch.id}")
            return Needed(object=case.fetch.object, id=named)
        return self._by_case(case, {"event": seen, "record": record}, received_at)

    def _by_case(self, case: Case, seen: dict[str, Any], received_at: datetime) -> Meaning:
        if case.contact is not None:
            mapping = FieldMapping.model_construct(root={**case.contact.root, **self._own.root})
            return map_item(seen, mapping, received_at)
        if case.account is not None:
            return read_account(seen, case.account, received_at)
        if case.signal is not None:
            return read_signal(seen, case.signal, received_at)
        if case.activity is not None:
            return read_activity(seen, case.activity, received_at)
        return Ignored(reason=case.ignore or "")


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


def meaning_of(claimed: Claimed, source: Source) -> Meaning:
    """What an item means, by the source's mapping as it is now. Raises BadItem."""
    record = None if claimed.record is None else json.loads(claimed.record)
    return Reader(source).meaning(json.loads(claimed.body), record, claimed.received_at)


def incoming(claimed: Claimed, mapped: Mapped) -> Incoming:
    """The contact event of an item. A source that gives no time of its own is ordered by arrival."""
    return Incoming(
        contact=mapped.contact,
        event_key=f"webhook:{claimed.source}:{claimed.dedupe_key}",
        digest=claimed.digest,
        occurred_at=mapped.contact.occurred_at or claimed.received_at,
    )
