"""What the events of a kind of source mean, as data: a YAML file beside the source's code.

    about: a sentence for people
    volatile: [attemptNumber]            # what differs between two deliveries of one event
    cases:                               # the first whose conditions hold is the event's
      - when: {type: identify}           # path -> text with *, or a list of them; null: nothing stands there
        event_id: [messageId]            # what names the event for ever; several are joined
        contact: {email: traits.email}   # see service.intake.mapping
      - when: {type: group}
        signal: {domain: traits.domain}  # or account, or activity: see service.intake.accounts
      - when: {type: page}
        ignore: a page view says nothing of a contact

A case may say that its event names a record which must be got from the CRM first:

        fetch: {object: contacts, id: objectId}

Then paths see the event under ``event`` and the record under ``record``.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML

from service.intake.accounts import AccountMapping, ActivityMapping, SignalMapping
from service.intake.mapping import FieldMapping
from service.intake.paths import at

Wanted = str | None | list[str | None]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Fetching(_Part):
    """Which record an event is about: the CRM's name of the object, and where its id stands."""

    object: str
    id: str

    def id_in(self, item: Any) -> str | None:
        """The record's id, None where there is none."""
        found = at(item, self.id)
        return None if found is None or isinstance(found, list | dict | bool) else str(found) or None


class Case(_Part):
    """One kind of event, and what is to be read from it."""

    when: dict[str, Wanted] = Field(default_factory=dict)
    event_id: list[str] = Field(default_factory=list)
    fetch: Fetching | None = None
    contact: FieldMapping | None = None
    account: AccountMapping | None = None
    signal: SignalMapping | None = None
    activity: ActivityMapping | None = None
    ignore: str | None = None

    @model_validator(mode="after")
    def _one_meaning(self) -> Case:
        meanings = (self.contact, self.account, self.signal, self.activity, self.ignore)
        if sum(each is not None for each in meanings) != 1:
            raise ValueError("a case is one of contact, account, signal, activity and ignore")
        return self

    def fits(self, item: Any) -> bool:
        """Whether the conditions hold of an item."""
        return all(_is(at(item, path), wanted) for path, wanted in self.when.items())

    def named(self, item: Any) -> str | None:
        """What names the event; None when nothing of it is there."""
        parts = [at(item, path) for path in self.event_id]
        texts = ["" if part is None or isinstance(part, list | dict) else str(part) for part in parts]
        return ":".join(texts) if any(texts) else None


class Preset(_Part):
    """What the events of one kind of source mean."""

    about: str
    volatile: list[str] = Field(default_factory=list)
    cases: list[Case]

    def case(self, item: Any) -> Case | None:
        """What an item is, None when it is nothing that the source is known to send."""
        return next((case for case in self.cases if case.fits(item)), None)

    def lasting(self, item: Any) -> Any:
        """The item without what differs between two deliveries of it."""
        for path in self.volatile:
            item = _without(item, path.split("."))
        return item


def load(beside: str) -> Preset:
    """The preset in the YAML file that stands beside a module, given as its ``__file__``."""
    path = Path(beside).with_suffix(".yaml")
    return Preset.model_validate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")))


def _is(found: Any, wanted: Wanted) -> bool:
    if isinstance(wanted, list):
        return any(_is(found, each) for each in wanted)
    if wanted is None or found is None or found == "":
        return wanted is None and (found is None or found == "")
    text = ("true" if found else "false") if isinstance(found, bool) else str(found)
    return not isinstance(found, list | dict) and fnmatchcase(text, wanted)


def _without(item: Any, names: list[str]) -> Any:
    if not isinstance(item, Mapping) or names[0] not in item:
        return item
    rest = {name: value for name, value in item.items() if name != names[0]}
    return rest if len(names) == 1 else {**rest, names[0]: _without(item[names[0]], names[1:])}
