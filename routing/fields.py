"""Fields: what a rule may ask about, each with its type, its meaning and how its value is read off the facts.

A value that is not known is missing (None): it equals nothing, no comparison holds for it, ``exists``
tests it. `routing.catalogue` has the fields there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from routing.types.facts import RoutingFacts

Value = str | int | float | bool | datetime | None
"""What a field can hold; None is missing."""


class FieldType(StrEnum):
    """What kind of value a field holds, which decides the comparisons it takes."""

    TEXT = "text"  # compared without regard to letter case and outer blanks
    NUMBER = "number"
    BOOLEAN = "boolean"  # true or false
    TIME = "time"  # a moment
    REP = "rep"  # the external id of a rep, compared exactly


TYPE_WORDS: Mapping[FieldType, str] = {
    FieldType.TEXT: "text",
    FieldType.NUMBER: "a number",
    FieldType.BOOLEAN: "true or false",
    FieldType.TIME: "a time",
    FieldType.REP: "a rep's id",
}
"""What a value of each type is called in messages."""


class Scope:
    """The facts and the clock of one decision, laid out for reading fields.

    ``answers`` remembers what definitions answered, for the decision only.
    """

    __slots__ = ("account", "answers", "facts", "now", "parent", "reps", "ultimate", "zone")

    def __init__(self, facts: RoutingFacts, now: datetime, zone: ZoneInfo) -> None:
        self.facts = facts
        self.now = now
        self.zone = zone
        self.reps = facts.reps
        self.answers: dict[Any, Any] = {}
        self.account = facts.account
        self.parent = facts.ancestors[0] if facts.ancestors else None
        self.ultimate = facts.ancestors[-1] if facts.ancestors else None


Getter = Callable[[Scope, Any], Value]
"""Reads a field: the scope, and the item when the field belongs to a collection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing a rule may ask about.

    ``values`` are the only values it can have, where they are known; text
    outside them is a typing error. ``sources`` are the fields of which the first
    known one counts, for a field that is made of others; ``place`` says where the
    value stands, for one that was looked up in a table.
    """

    name: str
    type: FieldType
    doc: str
    get: Getter
    values: tuple[str, ...] = ()
    sources: tuple[Field, ...] = ()
    place: Callable[[Scope], str | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A list on the facts, e.g. the opportunities; ``fields`` are those of one item."""

    name: str
    doc: str
    items: Callable[[Scope], Sequence[Any]]
    fields: Mapping[str, Field]


TEXT, NUMBER, BOOLEAN, TIME, REP = FieldType

Attribute = tuple[str, FieldType, str]

_REP_ATTRIBUTES: tuple[Attribute, ...] = (
    ("name", TEXT, "The name of {the rep}."),
    ("role", TEXT, "The role of {the rep}, e.g. AE or SDR."),
    ("team", TEXT, "The team of {the rep}."),
    ("manager", REP, "The manager of {the rep}."),
    ("active", BOOLEAN, "Whether {the rep} is active."),
)


def reader_of(name: str) -> Callable[[Any], Value]:
    """Return what reads an attribute off an account or an item, also ``program.tier`` of its place."""
    head, _, rest = name.partition(".")
    if not rest:
        return attrgetter(name)

    def read(item: Any) -> Value:
        holder = getattr(item, head)
        value: Value = getattr(holder, rest) if holder is not None else None
        return value

    return read


def rep_fields(owner: Field) -> tuple[Field, ...]:
    """Return the fields one may ask of the rep that ``owner`` names, e.g. ``account.owner.role``."""
    return tuple(_of_rep(owner, attribute) for attribute in _REP_ATTRIBUTES)


def _of_rep(owner: Field, attribute: Attribute) -> Field:
    name, type_, doc = attribute
    whom = owner.get

    def get(scope: Scope, item: Any) -> Value:
        rep = scope.reps.get(whom(scope, item))  # type: ignore[call-overload]
        if rep is None:
            return None
        value: Value = getattr(rep, name)
        return value

    called = owner.doc[0].lower() + owner.doc[1:].rstrip(".").split(";")[0]
    return Field(name=f"{owner.name}.{name}", type=type_, doc=doc.replace("{the rep}", called), get=get)


def custom_field(name: str, type_: FieldType, doc: str, values: tuple[str, ...]) -> Field:
    """Return a declared custom field. ``name`` is ``PLACE.custom.KEY``.

    A value that is not of the declared type is missing: a rule never compares
    a number with text. Numbers that came as text, as forms send them, are read.
    """
    place, _, key = name.split(".", 2)
    read = READERS[type_]

    def get(scope: Scope, _item: Any) -> Value:
        holder = scope.facts.contact if place == "contact" else getattr(scope, place)
        return read(holder.custom.get(key)) if holder is not None else None

    return Field(name=name, type=type_, doc=doc, get=get, values=values)


def custom_of_item(key: str, type_: FieldType, doc: str, values: tuple[str, ...]) -> Field:
    """Return a declared custom field of the accounts of a collection: ``custom.KEY``."""
    read = READERS[type_]
    return Field(
        name=f"custom.{key}",
        type=type_,
        doc=doc,
        get=lambda _scope, item: read(item.custom.get(key)),
        values=values,
    )


def first_known(name: str, sources: Sequence[Field], doc: str, values: tuple[str, ...]) -> Field:
    """Return a field whose value is that of the first of its sources that is known and not blank."""
    getters = tuple(source.get for source in sources)

    def get(scope: Scope, item: Any) -> Value:
        for read in getters:
            value = read(scope, item)
            if value is not None and (not isinstance(value, str) or value.strip()):
                return value
        return None

    return Field(name=name, type=sources[0].type, doc=doc, get=get, values=values, sources=tuple(sources))


def _as_text(value: Any) -> Value:
    return value if isinstance(value, str) or value is None else str(value)


def _as_number(value: Any) -> Value:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return value
    try:
        return float(value)
    except ValueError:
        return None


def _as_boolean(value: Any) -> Value:
    if isinstance(value, bool):
        return value
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(
        str(value).strip().casefold()
    )


def _as_time(value: Any) -> Value:
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None


READERS: dict[FieldType, Callable[[Any], Value]] = {
    TEXT: _as_text,
    NUMBER: _as_number,
    BOOLEAN: _as_boolean,
    TIME: _as_time,
    REP: _as_text,
}
"""How a custom value is read as each type."""
