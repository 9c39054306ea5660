"""Reads the ``when:`` of a rule: positioned YAML -> condition tree, faults collected.

A condition is a mapping whose entries must all hold, or a list of such. An
entry is a field with a comparison, a collection with ``any``, ``none`` or
``count``, one of ``all``, ``any``, ``none``, ``unless``, or ``is`` with the name
of a definition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from rapidfuzz import process

from routing.catalogue import Catalogue, find
from routing.conditions import ALWAYS, All, Any_, Count, Named, Not, Test, Tree
from routing.durations import TIME_HINT, parse_time
from routing.fields import Collection, Field, FieldType
from routing.operators import COMPARISONS, SYNONYMS, Operand, Operator, pattern_fault, shown
from routing.problems import did_you_mean
from routing.reach import Reach
from routing.reach_reading import ReachReader
from routing.reading import Faults, Node

MAX_COMPARISONS = 1_000
"""The comparisons one rule may make, definitions written out."""

_JUNCTIONS = ("all", "any", "none", "unless")
_DEFINED = ("is", "is not")
_QUANTIFIERS = ("any", "none", "count")
_COUNTS = ("is", "at least", "at most", "more than", "less than")

Report = Callable[..., None]


class ConditionReader:
    """Reads conditions against one rulebook's fields, lists and definitions.

    Faults are collected; what is faulty reads as `ALWAYS`, and the
    rulebook is then never used.
    """

    def __init__(
        self,
        *,
        faults: Faults,
        catalogue: Catalogue,
        lists: Mapping[str, Node],
        definitions: Mapping[str, Node],
        zone: ZoneInfo,
        reaches: ReachReader,
    ) -> None:
        self._faults = faults
        self._report = faults.report
        self.catalogue = catalogue
        self.zone = zone
        self.reaches = reaches
        self.used_lists: set[str] = set()
        self.used_definitions: set[str] = set()
        self._lists = lists
        self._definitions = definitions
        self._read: dict[str, tuple[Tree, int]] = {}
        self._reading: list[str] = []
        self._comparisons = 0

    def condition(self, node: Node, collection: Collection | None = None) -> Tree:
        """Read one whole condition; inside a collection its fields are those of the item."""
        self._comparisons = 0
        tree = self._condition(node, collection)
        if self._comparisons > MAX_COMPARISONS:
            self._report(
                node,
                "too_large",
                f"more than {MAX_COMPARISONS:,} comparisons, definitions written out",
                "split the rule",
            )
            return ALWAYS
        return tree

    @property
    def faults(self) -> int:
        """How many faults were found so far."""
        return len(self._faults.found)

    def cell(self, field: Field, node: Node) -> Tree:
        """Read what one cell of a table says of its field."""
        self._comparisons = 0
        return self._comparison(field, node)

    def read_definitions(self) -> None:
        """Read every definition, so that the faults of one that nobody uses are found too."""
        for name in self._definitions:
            self._resolve(name)

    def _definition(self, name: str, place: Node) -> Tree:
        """Return the condition of a definition that is used at ``place``."""
        if name not in self._definitions:
            hint = did_you_mean(name, self._definitions) or "name it under 'definitions'"
            self._report(place, "unknown_definition", f"there is no definition '{name}'", hint)
            return ALWAYS
        self.used_definitions.add(name)
        if name in self._reading:
            cycle = " -> ".join([*self._reading[self._reading.index(name) :], name])
            message = f"definitions refer to each other in a circle: {cycle}"
            self._report(place, "circular_definition", message)
            return ALWAYS
        tree, size = self._resolve(name)
        self._comparisons += size
        return Named(name=name, part=tree)

    def _resolve(self, name: str) -> tuple[Tree, int]:
        """Return a definition's condition and how many comparisons it makes, reading it once."""
        if name not in self._read:
            before, self._comparisons = self._comparisons, 0
            self._reading.append(name)
            tree = self._condition(self._definitions[name], None)
            self._reading.pop()
            self._read[name] = tree, self._comparisons
            self._comparisons = before
        return self._read[name]

    def _condition(self, node: Node, collection: Collection | None) -> Tree:
        if node.items is not None:
            return _all([self._condition(item, collection) for item in node.items])
        if node.mapping is None:
            self._report(
                node,
                "not_a_condition",
                "a condition is a mapping such as {account.tier: strategic}",
                "write 'field: value', or leave 'when' out for a rule that always applies",
            )
            return ALWAYS
        return _all([self._entry(key, value, node, collection) for key, value in node.mapping.items()])

    def _entry(self, key: str, value: Node, parent: Node, collection: Collection | None) -> Tree:
        if key in _JUNCTIONS:
            return self._junction(key, value, collection)
        if key in _DEFINED and collection is None:
            trees = [self._defined(item) for item in (value.items or [value])]
            return _all(trees if key == "is" else [Not(part=tree) for tree in trees])
        if collection is not None:
            known = collection.fields.get(key)
            if known is None:
                choices = [*collection.fields, *_JUNCTIONS]
                message = f"'{key}' is no field of {collection.name}"
                hint = _suggest(key, choices)
                if find(self.catalogue, key) is not None:
                    hint = f"conditions here are on one of the {collection.name}; put this one beside it"
                self._report(parent.key_place(key), "unknown_field", message, hint)
                return ALWAYS
            return self._comparison(known, value)
        found = find(self.catalogue, key)
        if found is not None:
            return self._comparison(found, value)
        if key in self.catalogue.collections:
            return self._collection(self.catalogue.collections[key], value)
        self._report_unknown(key, parent)
        return ALWAYS

    def _report_unknown(self, key: str, parent: Node) -> None:
        if ".custom." in key:
            own = [name for name in self.catalogue.fields if ".custom." in name]
            hint = did_you_mean(key, own) if own else None
            hint = hint or "declare it under 'fields' with its type"
        else:
            choices = [*self.catalogue.fields, *self.catalogue.collections, *_JUNCTIONS, *_DEFINED]
            hint = _suggest(key, choices)
        self._report(parent.key_place(key), "unknown_field", f"there is no field '{key}'", hint)

    def _junction(self, key: str, value: Node, collection: Collection | None) -> Tree:
        if key == "unless":
            return Not(part=self._condition(value, collection))
        if value.items is None:
            self._report(
                value,
                "not_a_list",
                f"'{key}' takes a list of conditions",
                f"write '{key}: [{{...}}, {{...}}]' or one condition a line, each after '- '",
            )
            return ALWAYS
        if not value.items:
            self._report(value, "empty", f"'{key}' has no conditions")
            return ALWAYS
        parts = tuple(self._condition(item, collection) for item in value.items)
        if key == "all":
            return All(parts=parts)
        return Any_(parts=parts) if key == "any" else Not(part=Any_(parts=parts))

    def _defined(self, node: Node) -> Tree:
        if not isinstance(node.value, str):
            self._report(node, "not_a_name", "'is' takes the name of a definition")
            return ALWAYS
        return self._definition(node.value, node)

    # --- collections --------------------------------------------------------

    def _collection(self, collection: Collection, node: Node) -> Tree:
        entries = node.mapping
        if not entries or any(key not in _QUANTIFIERS for key in entries):
            odd = next((key for key in entries or {} if key not in _QUANTIFIERS), None)
            place = node.key_place(odd) if odd else node
            what = f"'{odd}' is not one of them" if odd else "none is given"
            self._report(
                place,
                "no_quantifier",
                f"'{collection.name}' takes 'any', 'none' or 'count'; {what}",
                f"write '{collection.name}: {{any: {{...}}}}'",
            )
            return ALWAYS
        return _all([self._counted(collection, key, value) for key, value in entries.items()])

    def _counted(self, collection: Collection, quantifier: str, node: Node) -> Tree:
        if quantifier == "count":
            return self._count(collection, node)
        where = self._condition(node, collection)
        least, most = (1, None) if quantifier == "any" else (0, 0)
        return Count(collection=collection, where=where, least=least, most=most)

    def _count(self, collection: Collection, node: Node) -> Tree:
        entries = dict(node.mapping or {})
        where_node = entries.pop("where", None)
        where = self._condition(where_node, collection) if where_node is not None else ALWAYS
        if len(entries) != 1 or next(iter(entries)) not in _COUNTS:
            words = ", ".join(map(repr, _COUNTS))
            self._report(
                node,
                "bad_count",
                f"'count' takes one of {words}, and 'where'",
                "write e.g. 'count: {at least: 2, where: {...}}'",
            )
            return ALWAYS
        [(word, number)] = entries.items()
        value = number.value
        if not isinstance(value, int) or isinstance(value, bool) or value < (1 if word == "less than" else 0):
            self._report(number, "wrong_type", f"'{word}' takes a whole number of 0 or more")
            return ALWAYS
        least, most = _bounds(word, value)
        return Count(collection=collection, where=where, least=least, most=most)

    # --- comparisons --------------------------------------------------------

    def _comparison(self, field: Field, node: Node) -> Tree:
        self._comparisons += 1
        if node.items is not None:
            return self._test(field, Operator.IN, node)
        if node.mapping is None:
            if field.type is FieldType.TIME:
                self._report(
                    node,
                    "wrong_operator",
                    f"'{field.name}' is a time and needs a comparison",
                    "write e.g. '{within: 30 days}' or '{since: 2026-01-01}'",
                )
                return ALWAYS
            return self._test(field, Operator.IS, node)
        if not node.mapping:
            self._report(node, "empty", f"'{field.name}' has no comparison")
            return ALWAYS
        return _all([self._operator(field, key, value, node) for key, value in node.mapping.items()])

    def _operator(self, field: Field, word: str, node: Node, parent: Node) -> Tree:
        allowed = [op.value for op in Operator if field.type in COMPARISONS[op].types]
        if word in allowed:
            return self._test(field, Operator(word), node)
        place = parent.key_place(word)
        if word in list(Operator):
            message = f"'{word}' does not go with '{field.name}', which is {_a(field.type)}"
            self._report(place, "wrong_operator", message, f"use one of {', '.join(allowed)}")
            return ALWAYS
        hint = did_you_mean(word, allowed)
        if (meant := SYNONYMS.get(word.casefold())) is not None and meant.value in allowed:
            hint = "write 'exists: false'" if word.casefold() == "missing" else f"write '{meant}'"
        hint = hint or f"use one of {', '.join(allowed)}"
        self._report(place, "unknown_operator", f"'{word}' is no comparison", hint)
        return ALWAYS

    def _test(self, field: Field, operator: Operator, node: Node) -> Tree:
        if field.type not in COMPARISONS[operator].types:
            message = f"'{field.name}' is {_a(field.type)} and takes one value, not a list"
            self._report(node, "wrong_operator", message)
            return ALWAYS
        before = len(self._faults.found)
        operand, wanted = self._operand(field, operator, node)
        if len(self._faults.found) > before:
            return ALWAYS
        return Test(field=field, operator=operator, operand=operand, wanted=wanted)

    def _operand(self, field: Field, operator: Operator, node: Node) -> tuple[Any, str]:
        match COMPARISONS[operator].operand:
            case Operand.ONE:
                value = self.value(field, node)
            case Operand.LIST:
                return self._list(field, node)
            case Operand.PAIR:
                value = self._pair(field, node)
            case Operand.PARTS:
                value = self._parts(field, node)
            case Operand.PATTERN:
                value = self._pattern(node)
            case Operand.FIELD:
                value = self._other_field(field, node)
            case Operand.WINDOW:
                value = self._window(operator, node)
            case Operand.FLAG:
                value = node.value
                if not isinstance(value, bool):
                    self._report(node, "wrong_type", f"'{operator}' takes true or false, not {quoted(node)}")
        return value, _shown_band(value, self.zone) if operator is Operator.BETWEEN else shown(
            value, self.zone
        )

    def _window(self, operator: Operator, node: Node) -> Any:
        window = self.reaches.read(node, self.catalogue, anchored=operator is not Operator.WITHIN_NEXT)
        if operator is Operator.OLDER_THAN and isinstance(window, Reach) and window.ahead:
            message = "'older than' looks back, and 'after' looks ahead"
            self._report(node, "wrong_operator", message, "write 'within', or 'before'")
        return window

    def value(self, field: Field, node: Node) -> Any:
        """Read one value of the field's type."""
        found = node.value
        number = isinstance(found, int | float) and not isinstance(found, bool)
        match field.type:
            case FieldType.NUMBER if number:
                return found
            case FieldType.BOOLEAN if isinstance(found, bool):
                return found
            case FieldType.TIME:
                moment = parse_time(found, self.zone)
                if moment is None:
                    self._report(node, "bad_time", f"{quoted(node)} is no date or time", TIME_HINT)
                return moment
            case FieldType.TEXT | FieldType.REP if isinstance(found, str) or number:
                text = node.raw.strip()
                if not text:
                    self._report(
                        node,
                        "empty",
                        f"'{field.name}' is compared with empty text",
                        "to ask whether it is missing write '{exists: false}'",
                    )
                elif field.values and text.casefold() not in {v.casefold() for v in field.values}:
                    hint = did_you_mean(text, field.values) or f"use one of {', '.join(field.values)}"
                    self._report(node, "unknown_value", f"{quoted(node)} is no value of '{field.name}'", hint)
                return text
        if found is None:
            self._report(
                node,
                "no_value",
                f"'{field.name}' is compared with nothing",
                "to ask whether it is missing write '{exists: false}'",
            )
        else:
            message = f"'{field.name}' is {_a(field.type)}, but {quoted(node)} is {_kind(node)}"
            self._report(node, "wrong_type", message, _type_hint(field, node))
        return None

    def _list(self, field: Field, node: Node) -> tuple[tuple[Any, ...], str]:
        name = None
        if isinstance(node.value, str):
            name = node.value
            if name not in self._lists:
                hint = did_you_mean(name, self._lists)
                hint = hint or "name it under 'lists', or write the values as [a, b]"
                self._report(node, "unknown_list", f"there is no list '{name}'", hint)
                return (), name
            self.used_lists.add(name)
            node = replace(self._lists[name], line=node.line, column=node.column)
        if not node.items:
            self._report(node, "not_a_list", f"'{field.name}' needs a list of at least one value here")
            return (), ""
        values = tuple(self.value(field, item) for item in node.items)
        return values, f"{name} ({shown(values)})" if name else shown(values)

    def _pair(self, field: Field, node: Node) -> Any:
        if node.items is None or len(node.items) != 2:
            self._report(
                node,
                "bad_band",
                "'between' takes the two ends of a band",
                "write '[250, 4000]': from 250 up to, not including, 4000",
            )
            return None
        before = len(self._faults.found)
        first, last = (self.value(field, item) for item in node.items)
        if len(self._faults.found) == before and first >= last:
            message = f"the band from {shown(first)} up to {shown(last)} has nothing in it"
            self._report(
                node, "empty_band", message, "write the smaller value first; the second is not included"
            )
        return first, last

    def _parts(self, field: Field, node: Node) -> tuple[str, ...]:
        plain = replace(field, values=())
        return tuple(self.value(plain, item) or "" for item in (node.items or [node]))

    def _pattern(self, node: Node) -> str:
        if not isinstance(node.value, str) or not node.value:
            self._report(node, "wrong_type", "'matches' takes a pattern as text")
            return ""
        fault = pattern_fault(node.value)
        if fault:
            self._report(node, "bad_pattern", fault, "RE2 syntax: no look-around, no back-references")
        return node.value

    def _other_field(self, field: Field, node: Node) -> Field | None:
        name = node.value if isinstance(node.value, str) else ""
        other = find(self.catalogue, name)
        if other is None:
            self._report(
                node,
                "unknown_field",
                f"there is no field {quoted(node)}",
                _suggest(name, self.catalogue.fields),
            )
        elif other.type is not field.type:
            message = f"'{field.name}' is {_a(field.type)}, '{other.name}' is {_a(other.type)}"
            self._report(node, "wrong_type", message, "compare fields of one type")
        return other


def quoted(node: Node) -> str:
    """Render a value of the file for a message, cut short."""
    if node.mapping is not None:
        return "a mapping"
    if node.items is not None:
        return "a list"
    text = node.raw if len(node.raw) <= 60 else node.raw[:59] + "…"
    return f"'{text}'"


def _bounds(word: str, number: int) -> tuple[int, int | None]:
    """Return the least and most items that a count allows."""
    bounds: dict[str, tuple[int, int | None]] = {
        "is": (number, number),
        "at least": (number, None),
        "at most": (0, number),
        "more than": (number + 1, None),
        "less than": (0, number - 1),
    }
    return bounds[word]


def _all(parts: list[Tree]) -> Tree:
    return parts[0] if len(parts) == 1 else All(parts=tuple(parts))


def _shown_band(band: Any, zone: ZoneInfo) -> str:
    return " up to ".join(shown(end, zone) for end in band or ())


def _suggest(word: str, choices: Iterable[str]) -> str | None:
    """Suggest a near miss, else a field with the same last word."""
    known = list(choices)
    close = did_you_mean(word, known)
    if close is not None or not word:
        return close
    last = word.rsplit(".", 1)[-1]
    same = [name for name in known if name.rsplit(".", 1)[-1] == last]
    found = same or [name for name, _, _ in process.extract(word, known, limit=3, score_cutoff=70)]
    return f"did you mean {' or '.join(repr(name) for name in found[:3])}?" if found else None


def _a(type_: FieldType) -> str:
    return {
        FieldType.TEXT: "text",
        FieldType.NUMBER: "a number",
        FieldType.BOOLEAN: "true or false",
        FieldType.TIME: "a time",
        FieldType.REP: "a rep's id",
    }[type_]


def _kind(node: Node) -> str:
    if node.mapping is not None:
        return "none"
    if isinstance(node.value, bool):
        return "true or false"
    if isinstance(node.value, int | float):
        return "a number"
    return "a list" if node.items is not None else "text"


def _type_hint(field: Field, node: Node) -> str | None:
    if field.type is FieldType.NUMBER and isinstance(node.value, str):
        return "write the number without quotes" if re.fullmatch(r"\d{1,15}", node.value.strip()) else None
    if field.type is FieldType.BOOLEAN:
        return "write true or false"
    if field.type is FieldType.TEXT and isinstance(node.value, bool):
        return f"put it in quotes, or declare '{field.name}' as boolean"
    return None
