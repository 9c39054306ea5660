"""From an item of any JSON to a contact, by paths that are configuration.

A mapping says for a contact's field where in the item it stands (`service.intake.paths`):

    {"email": "person.email", "company": {"path": "org.name", "default": "unknown"},
     "event_id": "meta.id", "occurred_at": "meta.timestamp", "custom.plan": "fields[0].value",
     "source": {"default": "webinar"}, "website": ["site", "company.domain"]}

``name`` is a whole name: where first and last name are not given, they are cut from it.

The empty mapping reads our own contact format. Mapping is lenient where
leniency loses nothing (a number for a text, surplus fields, text that is too
long) and notes what it changed; what would change who gets the contact, it
refuses, and the item waits in quarantine for a person.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, field_validator, model_validator

from matching.normalize import normalize
from matching.types import AccountId, Contact, Motion, Scalar
from service.intake.paths import first, is_path
from service.records.contacts import MAX_EMPLOYEES
from service.records.fields import EARLIEST, LATEST, OUT_OF_RANGE
from service.records.reserved import not_reserved

EVENT_ID = "event_id"
NAME = "name"
CUSTOM = "custom"
_CONTACT_FIELDS = frozenset(field.name for field in fields(Contact))
_TEXT_LIMITS = {
    "external_id": 255,
    "email": 320,
    "first_name": 128,
    "last_name": 128,
    "company": 256,
    "website": 2048,
    "country": 128,
    "state": 128,
    "city": 128,
    "phone": 64,
    "title": 256,
    "source": 128,
    "account_id": 255,
}
_NOT_CUT = frozenset({"external_id", "account_id", "email", "website"})  # half of one is another one
_CUSTOM_NAMES, _CUSTOM_NAME, _CUSTOM_TEXT, _CUSTOM_INTEGER = 500, 64, 2000, 2**53
_MILLISECONDS_FROM = 10**11  # as seconds this would be the year 5138

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPACES = re.compile(r"[\t\r\n]+")
_LEAP_SECOND = re.compile(r"(T\d\d:\d\d):60")
_MICROSOFT = re.compile(r"/Date\((-?[0-9]{1,15})(?:[+-][0-9]{4})?\)/")  # milliseconds, UTC whatever follows
_UNIX = re.compile(r"[0-9]{9,13}")  # HubSpot's workflows write milliseconds as a text; shorter are dates

Path = Annotated[str, Field(min_length=1, max_length=500)]


class BadItem(ValueError):
    """An item that cannot be mapped. The message names the field and what would be right, never the value."""


class Where(BaseModel):
    """Where a field's value stands, and what it is when nothing stands there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path | Annotated[tuple[Path, ...], Field(min_length=1, max_length=20)] | None = None
    default: str | int | float | bool | None = None

    @field_validator("path")
    @classmethod
    def _readable(cls, path: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        if not all(is_path(each) for each in ((path,) if isinstance(path, str) else path or ())):
            raise ValueError(
                "must be names joined by dots, list places in brackets, e.g. person.emails[0].value"
            )
        return path

    def value(self, item: Any) -> Any:
        """What stands at the path, or at the first of several that holds something; else the default."""
        paths = (self.path,) if isinstance(self.path, str) else self.path or ()
        found = first(item, paths)
        return self.default if found is None else found

    @model_validator(mode="after")
    def _says_something(self) -> Where:
        if self.path is None and self.default is None:
            raise ValueError("needs a path, a default or both")
        return self


class FieldMapping(RootModel[dict[str, Where]]):
    """Contact fields to where they stand. The keys: a field, ``event_id``, ``custom`` or ``custom.NAME``."""

    model_config = ConfigDict(frozen=True)
    root: dict[str, Where] = Field(default_factory=dict, max_length=_CUSTOM_NAMES)

    @model_validator(mode="before")
    @classmethod
    def _paths(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            name: {"path": where} if isinstance(where, str | list) else where for name, where in value.items()
        }

    @field_validator("root")
    @classmethod
    def _known(cls, root: dict[str, Where]) -> dict[str, Where]:
        for name in root:
            known = name in (EVENT_ID, NAME) or name in _CONTACT_FIELDS
            if not known and not (name.startswith("custom.") and len(name) > len("custom.")):
                near = get_close_matches(name, [*_CONTACT_FIELDS, EVENT_ID], n=1)
                hint = f"did you mean {near[0]}?" if near else "fields of your own are custom.NAME"
                raise ValueError(f"{name[:64]} is not a field of a contact; {hint}")
        return root


class NoteKind(StrEnum):
    """What mapping did to an item besides reading it. Each has a sentence in the docs."""

    IGNORED = "ignored"  # not a field of a contact
    TRUNCATED = "truncated"  # longer than the field holds
    CLEANED = "cleaned"  # tabs and line breaks became spaces
    UNUSABLE = "unusable"  # left out, the rest stands
    CLAMPED = "clamped"  # a time in the future became the time of arrival


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing that mapping did to a field."""

    kind: NoteKind
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """An item as a contact. ``occurred_at`` is the source's own time, None when it gave none."""

    event_id: str | None
    contact: Contact
    notes: tuple[Note, ...]


def map_item(item: Any, mapping: FieldMapping, received_at: datetime) -> Mapped:
    """Read a contact from an item. Raises BadItem."""
    if not isinstance(item, dict):
        raise BadItem("the item is not an object")
    _check_values(item)
    reader = _Reader(item, mapping)
    texts = {name: reader.text(name) for name in _TEXT_LIMITS if name != "account_id"}
    contact = Contact(
        **{**texts, **reader.names(texts)},
        account_id=_account_id(reader.text("account_id")),
        employees=reader.employees(),
        motion=reader.motion(),
        occurred_at=reader.moment(received_at),
        custom=reader.custom(),
    )
    _check_identified(contact)
    return Mapped(event_id=reader.event_id(), contact=contact, notes=reader.noted())


def find_event_id(item: Any, mapping: FieldMapping) -> str | None:
    """The id that the source gave an item, also when the rest of the item cannot be mapped."""
    if not isinstance(item, dict):
        return None
    try:
        return _Reader(item, mapping).event_id()
    except BadItem:
        return None


def _check_values(item: dict[str, Any]) -> None:
    for value in _leaves(item):
        if isinstance(value, str) and _CONTROL.search(value):
            raise BadItem(
                "a text or name has a control character; only tabs and line breaks may stand in texts"
            )
        if isinstance(value, float) and not math.isfinite(value):
            raise BadItem("a number is not finite")


def _leaves(item: dict[str, Any]) -> Iterator[Any]:
    """Every value that is no list or object, and every name."""
    waiting: list[Any] = [item]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield from found
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)
        else:
            yield found


def _check_identified(contact: Contact) -> None:
    if contact.external_id:
        try:
            not_reserved(contact.external_id)
        except ValueError as wrong:
            raise BadItem(str(wrong)) from None
    if contact.company or contact.external_id:
        return
    found = normalize(contact)
    if found.email is None and not found.domains:
        raise BadItem("none of email, company, website and external_id is there in a usable form")


def _account_id(text: str | None) -> AccountId | None:
    return None if text is None else AccountId(text)


class _Reader:
    """Takes a contact's fields out of one item and notes what it had to do."""

    def __init__(self, item: dict[str, Any], mapping: FieldMapping) -> None:
        self._item = item
        self._mapping = mapping.root
        self._notes: list[Note] = []

    def text(self, name: str) -> str | None:
        value = self._value(name)
        text = _as_text(value, name)
        if text is None:
            return None
        if name == "website" and ("\\" in text or "@" in text):  # two programs would read two hosts
            self._note(NoteKind.UNUSABLE, name)
            return None
        return self._fitting(name, self._cleaned(name, text))

    def names(self, texts: dict[str, str | None]) -> dict[str, str | None]:
        """First and last name from the whole one, where neither stands by itself."""
        if NAME not in self._mapping or texts["first_name"] or texts["last_name"]:
            return {}
        whole = _SPACES.sub(" ", _as_text(self._value(NAME), NAME) or "").split()
        parts = {"first_name": " ".join(whole[:-1]), "last_name": "".join(whole[-1:])}
        return {name: self._fitting(name, part) for name, part in parts.items()}

    def event_id(self) -> str | None:
        text = _as_text(self._value(EVENT_ID), EVENT_ID)
        return text or None

    def employees(self) -> int | None:
        value = self._value("employees")
        if value is None or value == "":
            return None
        if isinstance(value, str):
            digits = value.strip().replace(",", "").replace(" ", "")
            if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
                self._note(NoteKind.UNUSABLE, "employees")
                return None
            value = int(digits)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_EMPLOYEES:
            raise BadItem(f"employees must be a whole number from 0 to {MAX_EMPLOYEES}")
        return value

    def motion(self) -> Motion | None:
        text = _as_text(self._value("motion"), "motion")
        if not text:
            return None
        try:
            return Motion(text.strip().lower())
        except ValueError:
            raise BadItem("motion must be inbound or outbound") from None

    def moment(self, received_at: datetime) -> datetime | None:
        value = self._value("occurred_at")
        if value is None or value == "":
            return None
        moment = as_moment(value)
        if not EARLIEST <= moment < LATEST:
            raise BadItem(f"occurred_at {OUT_OF_RANGE}")
        if moment > received_at:
            self._note(NoteKind.CLAMPED, "occurred_at")
            return received_at
        return moment

    def custom(self) -> dict[str, Scalar]:
        whole = self._value(CUSTOM)
        if whole is not None and not isinstance(whole, dict):
            raise BadItem("custom must be an object")
        named = {
            name.removeprefix("custom."): where.value(self._item)
            for name, where in self._mapping.items()
            if name.startswith("custom.")
        }
        found = {**(whole or {}), **named}
        if len(found) > _CUSTOM_NAMES or any(len(name) > _CUSTOM_NAME for name in found):
            raise BadItem(
                f"custom must have at most {_CUSTOM_NAMES} names of at most {_CUSTOM_NAME} characters"
            )
        return {
            name: self._scalar(f"custom.{name}", value) for name, value in found.items() if value is not None
        }

    def noted(self) -> tuple[Note, ...]:
        surplus = set() if self._mapping else set(self._item) - _CONTACT_FIELDS - {EVENT_ID}
        ignored = sorted(surplus)[:20]
        return (*self._notes, *(Note(kind=NoteKind.IGNORED, field=name[:_CUSTOM_NAME]) for name in ignored))

    def _value(self, name: str) -> Any:
        if not self._mapping:
            return self._item.get(name)
        where = self._mapping.get(name)
        return None if where is None else where.value(self._item)

    def _scalar(self, name: str, value: Any) -> Scalar:
        if isinstance(value, list | dict):
            value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        if isinstance(value, str) and len(value) > _CUSTOM_TEXT:
            self._note(NoteKind.TRUNCATED, name)
            return value[:_CUSTOM_TEXT]
        if isinstance(value, int) and abs(value) > _CUSTOM_INTEGER:
            raise BadItem(f"{name} must be from -2^53 to 2^53; send longer numbers as text")
        scalar: Scalar = value
        return scalar

    def _cleaned(self, name: str, text: str) -> str:
        one_line = _SPACES.sub(" ", text)
        if one_line != text:
            self._note(NoteKind.CLEANED, name)
        return one_line.strip()

    def _fitting(self, name: str, text: str) -> str | None:
        limit = _TEXT_LIMITS[name]
        if len(text) <= limit:
            return text or None
        if name not in _NOT_CUT:
            self._note(NoteKind.TRUNCATED, name)
            return text[:limit]
        if name in ("external_id", "account_id"):
            raise BadItem(f"{name} must have at most {limit} characters")
        self._note(NoteKind.UNUSABLE, name)
        return None

    def _note(self, kind: NoteKind, field: str) -> None:
        self._notes.append(Note(kind=kind, field=field))


def _as_text(value: Any, name: str) -> str | None:
    """A text; numbers are written out, as senders give ids and phone numbers either way."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | list | dict):
        raise BadItem(f"{name} must be a text")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def as_moment(value: Any) -> datetime:
    """A time with an offset, or seconds or milliseconds since 1970."""
    wrong = BadItem("occurred_at must be a time with an offset, e.g. 2026-01-31T09:30:00Z, or a Unix time")
    if isinstance(value, bool):
        raise wrong
    try:
        if isinstance(value, int | float):
            seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
            return datetime.fromtimestamp(seconds, UTC)
        if not isinstance(value, str):
            raise wrong
        if microsoft := _MICROSOFT.fullmatch(value):
            return datetime.fromtimestamp(int(microsoft[1]) / 1000, UTC)
        if _UNIX.fullmatch(value.strip()):
            return as_moment(int(value))
        moment = datetime.fromisoformat(_LEAP_SECOND.sub(r"\1:59", value.strip()))
        if moment.tzinfo is None:
            raise wrong
        return moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise wrong from None
