"""The words a rulebook declares for itself: its time zone, its fields, its lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from routing.fields import (
    ACCOUNT_PLACES,
    BUILT_IN,
    Catalogue,
    Field,
    FieldType,
    custom_field,
    rep_fields,
)
from routing.operators import fold
from routing.problems import did_you_mean
from routing.reading import Node
from routing.sections import CustomField
from routing.shape import Report, validate
from routing.when import quoted

FORMAT = 1
"""The version of the rulebook format that this program reads."""


def check_version(node: Node | None, report: Report) -> None:
    """Report a format version that is not ours."""
    if node is not None and isinstance(node.value, int) and node.value != FORMAT:
        message = f"format version {node.raw} is not known"
        report(node, "unknown_version", message, f"write 'version: {FORMAT}'")


def read_zone(node: Node | None, report: Report) -> ZoneInfo:
    """Return the rulebook's zone; UTC where it gives none, or none there is."""
    if node is not None and isinstance(node.value, str):
        try:
            return ZoneInfo(node.value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            hint = "use a name such as Europe/Berlin or America/New_York"
            report(node, "unknown_timezone", f"there is no time zone {quoted(node)}", hint)
    return ZoneInfo("UTC")


def read_fields(node: Node | None, report: Report) -> Catalogue:
    """Return the built-in fields with those that the rulebook declares."""
    fields = dict(BUILT_IN.fields)
    entries = node.mapping if node is not None else None
    for name, declared in (entries or {}).items():
        settings = validate(CustomField, declared, f"the field '{name}'", report)
        if settings is not None and node is not None:
            for field in _declared(name, settings, node, report):
                fields[field.name] = field
    return Catalogue(fields=fields, collections=BUILT_IN.collections)


def check_lists(lists: Mapping[str, Node], report: Report) -> None:
    """Report lists that are empty, hold anything but words and numbers, or say something twice."""
    for name, node in lists.items():
        if not node.items:
            report(node, "not_a_list", f"the list '{name}' needs at least one value", "write [a, b, c]")
        seen: set[str] = set()
        for item in node.items or ():
            if item.scalar is None:
                report(item, "wrong_type", f"a value of the list '{name}' is one word or number")
            elif fold(item.raw) in seen:
                message = f"{quoted(item)} is in the list '{name}' twice"
                report(item, "duplicate_value", message, "keep one of the two")
            seen.add(fold(item.raw))


def _declared(name: str, settings: CustomField, section: Node, report: Report) -> Iterator[Field]:
    """Yield the fields of one declaration: a field of the account serves its ancestors too."""
    place = section.key_place(name)
    values = tuple(str(value) for value in settings.values)
    known = BUILT_IN.fields.get(name)
    type_ = settings.type or (known.type if known is not None else FieldType.TEXT)
    if values and type_ is not FieldType.TEXT:
        report(place, "unexpected", f"only text has a list of values, and '{name}' is of the type {type_}")
    if known is not None:
        if type_ is not known.type:
            message = f"'{name}' is built in, and of the type {known.type}"
            report(place, "wrong_type", message, "leave 'type' out")
        yield replace(known, values=values or known.values, doc=settings.doc or known.doc)
        return
    owner, _, key = name.partition(".custom.")
    if owner not in ("contact", "account") or not key:
        hint = did_you_mean(name, BUILT_IN.fields) if "custom" not in name else None
        hint = hint or "write contact.custom.NAME or account.custom.NAME"
        report(place, "bad_field_name", f"'{name}' is no name for a field of your own", hint)
        return
    for where in ("contact",) if owner == "contact" else ACCOUNT_PLACES:
        field = custom_field(f"{where}.custom.{key}", type_, settings.doc or f"Your own {key}.", values)
        yield field
        if type_ is FieldType.REP:
            yield from rep_fields(field)
