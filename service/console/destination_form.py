"""The form of a new destination as what the API takes: settings and credentials are lines, `name: value`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.console import forms
from service.db.destinations import Destination
from service.delivery.kind import Fields, Kind
from service.delivery.kinds import KINDS
from service.delivery.outbox import EventType

_LINE = re.compile(r"([A-Za-z_]{1,64}):(?:\s+(.*))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The names that a kind of destination takes, with commas between them."""

    settings: str
    credentials: str


def read(form: Mapping[str, str]) -> dict[str, Any]:
    """What a form says, by the names of `DestinationIn`; what is empty is left out. Raises Invalid."""
    said: dict[str, Any] = {name: form.get(name, "").strip() for name in ("name", "kind", "url")}
    said["events"] = _events(form)
    said["settings"] = {name: _value(name, text) for name, text in _lines(form, "settings").items()}
    said["credentials"] = _lines(form, "credentials")
    return {name: value for name, value in said.items() if value}


def change(form: Mapping[str, str]) -> dict[str, Any]:
    """What a form says that changes a destination, by the names of `DestinationChange`. Raises Invalid.

    Events and settings are as the form has them, also where it has none; an address and credentials that
    are not given stay.
    """
    said = read(form)
    said.pop("kind", None)
    return {"events": [], "settings": {}} | said


def standing(destination: Destination) -> dict[str, str]:
    """A destination as its form has it; what is secret stays out."""
    settings = "\n".join(f"{name}: {_text(value)}" for name, value in destination.settings.items())
    ticked = {f"event_{each}": each for each in destination.events}
    return {"name": destination.name, "url": "", "settings": settings} | ticked


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _events(form: Mapping[str, str]) -> list[str]:
    """What was chosen one by one, and all of the groups that were chosen whole."""
    said = [value for name, value in form.items() if name.startswith("event_")]
    whole = [each.value for group, events in EVENTS.items() if f"every_{group}" in form for each in events]
    return list(dict.fromkeys((*said, *whole)))


def _lines(form: Mapping[str, str], field: str) -> dict[str, str]:
    """The values by their names. A line without a name belongs to the value before it, as keys in PEM do."""
    found: dict[str, list[str]] = {}
    last: list[str] | None = None
    for line in form.get(field, "").strip().splitlines():
        named = _LINE.fullmatch(line.strip())
        if named is not None and named[1] not in found:
            last = found[named[1]] = [named[2] or ""]
        elif named is None and last is not None:
            last.append(line)
        else:
            raise forms.wrong(field, "must be lines of a name, a colon, a space and a value, each name once")
    return {name: "\n".join(lines).strip() for name, lines in found.items()}


def _value(name: str, text: str) -> Any:
    """A setting: what begins like an object is JSON, all else is as it was typed."""
    if not text.startswith("{"):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise forms.wrong(f"settings/{name}", 'must be an object, such as {"name": "value"}') from None


def _named(model: type[Fields]) -> str:
    return ", ".join(model.model_fields)


def _asked(kind: Kind) -> Asked:
    return Asked(settings=_named(kind.settings), credentials=_named(kind.credentials))


FIELDS = {name: _asked(kind) for name, kind in KINDS.items()}
"""What each kind takes, by its name."""


def _grouped() -> dict[str, list[EventType]]:
    found: dict[str, list[EventType]] = {}
    for event in EventType:
        found.setdefault(event.value.partition(".")[0], []).append(event)
    return found


EVENTS = _grouped()
"""What a destination can be told of, by what it is about: contacts, disputes, ..."""
