"""The nearest account above the matched one that satisfies a condition, as fields of a rulebook.

    fields:
      nearest.regional: {where: {country: DE}, doc: The German holding}

gives ``nearest.regional.owner``, ``nearest.regional.tier`` and all else that one may ask of an account.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field as Setting

from routing.catalogue import ACCOUNT_ATTRIBUTES
from routing.conditions import Condition, compile_condition
from routing.fields import Field, FieldType, Scope, Value, reader_of, rep_fields
from routing.reading import Node
from routing.sections import Section
from routing.shape import Report, validate
from routing.types.facts import AccountFacts
from routing.when import ConditionReader

PREFIX = "nearest."


class NearestField(Section):
    """The nearest account above the matched one that satisfies a condition."""

    where: Any = Setting(description="What that account must satisfy; a condition on it.")
    doc: str = Setting(default="", description="What it means.")


def read_nearest(fields: Mapping[str, Node], reader: ConditionReader, report: Report) -> tuple[Field, ...]:
    """Read the declarations under ``fields`` that begin with ``nearest.``; return the fields they make."""
    found: list[Field] = []
    for name, node in fields.items():
        if not name.startswith(PREFIX):
            continue
        if not name.removeprefix(PREFIX).replace("_", "").replace("-", "").isalnum():
            message = f"'{name}' is no name for an account above"
            report(node, "bad_field_name", message, "write nearest.NAME, e.g. nearest.regional")
        settings = validate(NearestField, node, f"the field '{name}'", report)
        where = (node.mapping or {}).get("where")
        if settings is not None and where is not None:
            tree = reader.condition(where, reader.catalogue.collections["ancestors"])
            found += _fields(name, compile_condition(tree), settings.doc)
    return tuple(found)


def _fields(name: str, matches: Condition, doc: str) -> Iterator[Field]:
    called = doc or f"the nearest account above that is {name.removeprefix(PREFIX)}"
    for attribute, type_, text in ACCOUNT_ATTRIBUTES:
        field = Field(
            name=f"{name}.{attribute}",
            type=type_,
            doc=text.replace("{the account}", called),
            get=_getter(name, attribute, matches),
        )
        yield field
        if type_ is FieldType.REP:
            yield from rep_fields(field)


def _getter(name: str, attribute: str, matches: Condition) -> Any:
    key = ("nearest", name)
    read = reader_of(attribute)

    def get(scope: Scope, _item: Any) -> Value:
        if key not in scope.answers:
            scope.answers[key] = next((a for a in scope.facts.ancestors if matches(scope, a)[0]), None)
        account: AccountFacts | None = scope.answers[key]
        return read(account) if account is not None else None

    return get
