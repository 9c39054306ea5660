"""Which field each column of a file means."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

from ruamel.yaml import YAML

from service.engagement.words import vendor_of
from service.imports.reading import Unreadable

CUSTOM = "custom."
UNTOLD: Mapping[str, bool] = {}
"""Of no field it is known whether its dates with slashes have the month first."""
UNSAID: Mapping[str, str] = {}
"""Of no column it was said by hand what it means."""
FILE = "file"
"""The source of signals of a file that is no export of a vendor we know."""


class Kind(StrEnum):
    """What a file holds."""

    ACCOUNTS = "accounts"
    REPS = "reps"
    OPPORTUNITIES = "opportunities"
    ACTIVITIES = "activities"
    SIGNALS = "signals"
    CONTACTS = "contacts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a file: what is read, and what is not.

    ``fields`` maps the number of a column, from 0, to its field; ``unknown``
    are headers that mean nothing here, ``double`` those whose field another
    column says already; ``usual`` are values of rows that do not say;
    ``month_first`` tells of fields how dates with slashes are meant in their columns.
    """

    headers: tuple[str, ...]
    fields: Mapping[int, str]
    unknown: tuple[str, ...]
    double: tuple[str, ...]
    usual: Mapping[str, str] = dataclasses.field(default_factory=dict)
    month_first: Mapping[str, bool] = dataclasses.field(default_factory=lambda: UNTOLD)

    def notes(self) -> list[str]:
        """What is left aside, for people to know."""
        notes = []
        if self.unknown:
            notes.append(f"columns not known and left aside: {', '.join(self.unknown)}")
        if self.double:
            notes.append(f"columns left aside because another says the same: {', '.join(self.double)}")
        return notes


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, list[str]]]:
    text = files("service.imports").joinpath("headers.yaml").read_text(encoding="utf-8")
    table: dict[str, dict[str, list[str]]] = YAML(typ="safe", pure=True).load(text)
    return table


def recognise(kind: Kind, headers: Sequence[str], by_hand: Mapping[str, str] = UNSAID) -> Columns:
    """The fields of a file's columns, by their headers.

    ``by_hand`` maps headers to fields and goes before what is known; "" leaves a column aside. Raises
    Unreadable where it names a column that is not there, no field, or one field twice.
    """
    places: dict[str, list[int]] = {}
    for place, header in enumerate(headers):
        places.setdefault(plain(header), []).append(place)
    fields = _said(kind, headers, by_hand)
    double: list[str] = []
    for field, aliases in _table()[kind].items():
        found = [place for alias in dict.fromkeys(map(plain, aliases)) for place in places.get(alias, ())]
        free = [place for place in found if place not in fields]
        if free and field not in fields.values():
            fields[free.pop(0)] = field
        double += [headers[place] for place in free]
    for place, header in enumerate(headers):
        if header.strip().lower().startswith(CUSTOM) and place not in fields:
            fields[place] = CUSTOM + header.strip()[len(CUSTOM) :]
    unknown = [
        header
        for place, header in enumerate(headers)
        if place not in fields and header not in double and header.strip()
    ]
    return Columns(
        headers=tuple(headers),
        fields={place: field for place, field in fields.items() if field},
        unknown=tuple(unknown),
        double=tuple(double),
        usual=_usual(headers) if kind is Kind.SIGNALS else {},
    )


def _said(kind: Kind, headers: Sequence[str], by_hand: Mapping[str, str]) -> dict[int, str]:
    """The fields of columns that were mapped by hand, by the number of the column."""
    fields: dict[int, str] = {}
    for header, field in by_hand.items():
        if header not in headers:
            raise Unreadable(f"The file has no column {header!r}. Columns: {named(headers)}")
        if field and field not in _table()[kind] and not _of_ones_own(field):
            raise Unreadable(
                f"Column {header!r}: {field!r} is no field of {kind}. Fields: {named(known_fields(kind))};"
                f" or {CUSTOM}NAME for one of your own"
            )
        if field and field in fields.values():
            raise Unreadable(f"Two columns cannot both be {field!r}; leave one of them aside")
        fields[headers.index(header)] = field
    return fields


def _of_ones_own(field: str) -> bool:
    return field.startswith(CUSTOM) and field != CUSTOM


def said_by_hand(said: Iterable[str]) -> dict[str, str]:
    """Columns mapped by hand as a line says them, ``Header=field``. Raises Unreadable."""
    found: dict[str, str] = {}
    for each in said:
        header, equals, field = each.rpartition("=")
        if not equals or not header.strip():
            raise Unreadable(f"{each!r} maps no column; write Header=field, such as Owner Name=owner")
        found[header.strip()] = field.strip()
    return found


def named(columns: Sequence[str]) -> str:
    """The first names of columns or fields, for a complaint."""
    return ", ".join(columns[:30])


def _usual(headers: Sequence[str]) -> dict[str, str]:
    """Who says so and what it is, of an export whose vendor its headers tell."""
    vendor = vendor_of(headers)
    return {"source": vendor.name, "kind": vendor.kind} if vendor is not None else {"source": FILE}


def known_fields(kind: Kind) -> tuple[str, ...]:
    """Every field that a file of this kind may have."""
    return tuple(_table()[kind])


def plain(header: str) -> str:
    """A header without what does not matter in it: case, spaces, underscores, punctuation."""
    return re.sub(r"[^0-9a-z]", "", header.casefold())
