"""The generated parts of docs/rulebook.md: tables made from the docstrings the reader works with.

A part stands in the page between ``<!-- NAME -->`` and ``<!-- end of NAME -->``. `refreshed`
writes them anew; a test holds that the page is fresh.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from pydantic import BaseModel

from routing.calendars import CalendarSettings
from routing.cases import Expected, Fixtures, Given, TestCase
from routing.catalogue import BUILT_IN
from routing.effects.credit import CreditSettings
from routing.fields import Field
from routing.misses import MissSettings
from routing.nearest import NearestField
from routing.operators import COMPARISONS, Operator
from routing.promises import ClockSettings
from routing.rules import RULE_TYPES
from routing.sections import (
    ConflictSettings,
    CustomField,
    Defaults,
    FallbackSettings,
    RulebookFile,
    RuleSettings,
)
from routing.table_reading import TableSettings

_PART = re.compile(r"<!-- (?P<name>[a-z ]+) -->\n.*?<!-- end of (?P=name) -->", re.DOTALL)


class UnknownPart(KeyError):
    """A page asks for a part that is not made here."""


def refreshed(page: str) -> str:
    """Return a page with its generated parts written anew. Raises `UnknownPart`."""

    def made(found: re.Match[str]) -> str:
        name = found["name"]
        if name not in PARTS:
            raise UnknownPart(name)
        return f"<!-- {name} -->\n\n{PARTS[name]()}\n\n<!-- end of {name} -->"

    return _PART.sub(made, page)


def _keys(model: type[BaseModel]) -> str:
    rows = (
        (f"`{field.alias or name}`" + (" *" if field.is_required() else ""), field.description or "")
        for name, field in model.model_fields.items()
    )
    return _table(("key", "what it is"), rows)


def _fields() -> str:
    rows = ((f"`{field.name}`", field.type.value, _meaning(field)) for field in BUILT_IN.fields.values())
    return _table(("field", "type", "what it is"), [*rows, *_PATTERNS])


_PATTERNS = (
    (
        "`account.team.ROLE`",
        "rep",
        "The rep with that role on the account's team; `parent` and `ultimate` too.",
    ),
    ("`contact.custom.NAME`", "declared", "A field of your own of the contact."),
    ("`nearest.NAME.…`", "as of `account`", "The nearest account above that satisfies a condition."),
    ("`known.NAME`", "declared", "The first that is known of several fields."),
    ("`table.NAME.COLUMN`", "declared", "What a table gives; `table.NAME.row` is the number of the row."),
    ("`account.custom.NAME`", "declared", "A field of your own of the account; `parent` and `ultimate` too."),
)


def _collections() -> str:
    parts = []
    for collection in BUILT_IN.collections.values():
        rows = ((f"`{f.name}`", f.type.value, _meaning(f)) for f in collection.fields.values())
        parts.append(
            f"**`{collection.name}`**: {collection.doc}\n\n{_table(('field', 'type', 'what it is'), rows)}"
        )
    return "\n\n".join(parts)


def _meaning(field: Field) -> str:
    values = f" One of {', '.join(f'`{value}`' for value in field.values)}." if field.values else ""
    return field.doc + values


def _comparisons() -> str:
    rows = (
        (f"`{op}`", ", ".join(t.value for t in sorted(COMPARISONS[op].types)), COMPARISONS[op].doc)
        for op in Operator
    )
    return _table(("comparison", "for", "holds when the field"), rows)


def _outcomes() -> str:
    parts = []
    for kind in RULE_TYPES:
        doc = " ".join((kind.settings.__doc__ or "").split())
        person = " Names a person: can be asked and notified." if kind.person else ""
        claims = ", ".join(f"`{name.replace('_', ' ')}`" for name in kind.kinds)
        parts.append(
            f"**`{kind.key}`**: {doc}{person} Its claims are of the kind {claims}.\n\n{_keys(kind.settings)}"
        )
    return "\n\n".join(parts)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


PARTS: dict[str, Callable[[], str]] = {
    "sections": lambda: _keys(RulebookFile),
    "rule keys": lambda: _keys(RuleSettings),
    "conflict keys": lambda: _keys(ConflictSettings),
    "fallback keys": lambda: _keys(FallbackSettings),
    "default keys": lambda: _keys(Defaults),
    "nearest keys": lambda: _keys(NearestField),
    "table keys": lambda: _keys(TableSettings),
    "clock keys": lambda: _keys(ClockSettings),
    "calendar keys": lambda: _keys(CalendarSettings),
    "miss keys": lambda: _keys(MissSettings),
    "credit keys": lambda: _keys(CreditSettings),
    "custom field keys": lambda: _keys(CustomField),
    "test keys": lambda: _keys(TestCase),
    "given keys": lambda: _keys(Given),
    "expect keys": lambda: _keys(Expected),
    "fixture keys": lambda: _keys(Fixtures),
    "fields": _fields,
    "collections": _collections,
    "comparisons": _comparisons,
    "outcomes": _outcomes,
}
