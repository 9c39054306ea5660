"""Which field each column of a file means."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

from ruamel.yaml import YAML

from service.engagement.words import vendor_of

CUSTOM = "custom."
UNTOLD: Mapping[int, bool] = {}
"""Of no column it is known whether its dates with slashes have the month first."""
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
    ``month_first`` tells of columns how dates with slashes are meant in them.
    """

    headers: tuple[str, ...]
    fields: Mapping[int, str]
    unknown: tuple[str, ...]
    double: tuple[str, ...]
    usual: Mapping[str, str] = dataclasses.field(default_factory=dict)
    month_first: Mapping[int, bool] = dataclasses.field(default_factory=lambda: UNTOLD)


@lru_cache(maxsize=1)
def _table() -> dict[str, dict[str, list[str]]]:
    text = files("service.imports").joinpath("headers.yaml").read_text(encoding="utf-8")
    table: dict[str, dict[str, list[str]]] = YAML(typ="safe", pure=True).load(text)
    return table


def recognise(kind: Kind, headers: Sequence[str]) -> Columns:
    """The fields of a file's columns, by their headers."""
    places: dict[str, list[int]] = {}
    for place, header in enumerate(headers):
        places.setdefault(plain(header), []).append(place)
    fields: dict[int, str] = {}
    double: list[str] = []
    for field, aliases in _table()[kind].items():
        found = [place for alias in dict.fromkeys(map(plain, aliases)) for place in places.get(alias, ())]
        free = [place for place in found if place not in fields]
        if free:
            fields[free[0]] = field
        double += [headers[place] for place in free[1:]]
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
        fields=fields,
        unknown=tuple(unknown),
        double=tuple(double),
        usual=_usual(headers) if kind is Kind.SIGNALS else {},
    )


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
