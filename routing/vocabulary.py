"""The words a rulebook declares for itself: its time zone, its fields, its lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from routing.catalogue import ACCOUNT_PLACES, BUILT_IN, Catalogue, find
from routing.fields import Collection, Field, FieldType, custom_field, custom_of_item, first_known, rep_fields
from routing.operators import fold
from routing.problems import did_you_mean
from routing.reading import Node, quoted
from routing.sections import CustomField
from routing.shape import Report, validate

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
    read: list[tuple[str, CustomField]] = []
    for name, declared in ((node.mapping if node is not None else None) or {}).items():
        if name.startswith("nearest."):  # read once conditions can be: routing.nearest
            continue
        settings = validate(CustomField, declared, f"the field '{name}'", report)
        if settings is not None:
            read.append((name, settings))
    # Those that look at other fields come last, so that the order in the file does not matter.
    for name, settings in sorted(read, key=lambda entry: entry[1].first_of is not None):
        assert node is not None
        for field in _declared(name, settings, node, fields, report):
            fields[field.name] = field
    return Catalogue(fields=fields, collections=_with_custom(fields))


def _with_custom(fields: Mapping[str, Field]) -> dict[str, Collection]:
    """Return the collections, with the declared fields of accounts in those that hold accounts."""
    own = [
        custom_of_item(name.removeprefix("account.custom."), field.type, field.doc, field.values)
        for name, field in fields.items()
        if name.startswith("account.custom.") and name.count(".") == 2
    ]
    more = {field.name: field for field in own}
    held = ("ancestors", "candidates")
    return {
        name: replace(collection, fields={**collection.fields, **more}) if name in held else collection
        for name, collection in BUILT_IN.collections.items()
    }


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


def _declared(
    name: str, settings: CustomField, section: Node, fields: Mapping[str, Field], report: Report
) -> Iterator[Field]:
    """Yield the fields of one declaration."""
    place = section.key_place(name)
    if settings.first_of is not None:
        yield from _first_known(name, settings, section, fields, report)
        return
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
    # A field of the account is one of its ancestors too.
    for where in ("contact",) if owner == "contact" else ACCOUNT_PLACES:
        field = custom_field(f"{where}.custom.{key}", type_, settings.doc or f"Your own {key}.", values)
        yield from _with_rep(field)


def _first_known(
    name: str, settings: CustomField, section: Node, fields: Mapping[str, Field], report: Report
) -> Iterator[Field]:
    place = section.key_place(name)
    if not name.startswith("known.") or not name.removeprefix("known."):
        message = f"'{name}' is no name for the first known of several fields"
        report(place, "bad_field_name", message, f"write known.{name.rsplit('.', 1)[-1]}")
    sources: list[Field] = []
    for source in settings.first_of or ():
        found = find(Catalogue(fields=fields, collections={}), source)
        if found is None or found.name.startswith("known."):
            hint = did_you_mean(source, fields)
            report(place, "unknown_field", f"there is no field '{source}' to look at", hint)
        elif sources and found.type is not sources[0].type:
            first = sources[0]
            message = f"'{found.name}' is of the type {found.type}, '{first.name}' of the type {first.type}"
            report(place, "wrong_type", message, "look at fields of one type")
        else:
            sources.append(found)
    if sources:
        doc = settings.doc or f"The first that is known of {', '.join(source.name for source in sources)}."
        values = tuple(str(value) for value in settings.values)
        yield from _with_rep(first_known(name, sources, doc, values))


def _with_rep(field: Field) -> Iterator[Field]:
    """Yield a field and, when it holds a rep, what one may ask of that rep."""
    yield field
    if field.type is FieldType.REP:
        yield from rep_fields(field)
