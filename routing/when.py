"""Reads the ``when:`` of a rule: positioned YAML -> condition tree, faults collected.

A condition is a mapping whose entries must all hold, or a list of such. An
entry is a field with a comparison, a collection with ``any``, ``none`` or
``count``, one of ``all``, ``any``, ``none``, ``unless``, or ``is`` with the name
of a definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routing.catalogue import Catalogue, find
from routing.conditions import ALWAYS, All, Any_, Count, Named, Not, Test, Tree
from routing.fields import TYPE_WORDS, Collection, Field, FieldType
from routing.operands import OperandReader
from routing.operators import COMPARISONS, SYNONYMS, Operator
from routing.problems import did_you_mean, did_you_mean_field
from routing.reading import Faults, Node

MAX_COMPARISONS = 1_000
"""The comparisons one rule may make, definitions written out."""

_JUNCTIONS = ("all", "any", "none", "unless")
_DEFINED = ("is", "is not")
_QUANTIFIERS = ("any", "none", "count")
_COUNTS = ("is", "at least", "at most", "more than", "less than")


class ConditionReader:
    """Reads conditions against one rulebook's fields, lists and definitions.

    Faults are collected; what is faulty reads as `ALWAYS`, and the
    rulebook is then never used.
    """

    def __init__(self, *, faults: Faults, operands: OperandReader, definitions: Mapping[str, Node]) -> None:
        self._faults = faults
        self._report = faults.report
        self._operands = operands
        self.used_definitions: set[str] = set()
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
    def catalogue(self) -> Catalogue:
        """The fields and collections that conditions may use by now."""
        return self._operands.catalogue

    @property
    def faults(self) -> int:
        """How many faults were found so far."""
        return len(self._faults.found)

    def cell(self, field: Field, node: Node) -> Tree:
        """Read what one cell of a table says of its field."""
        self._comparisons = 0
        return self._comparison(field, node)

    def value(self, field: Field, node: Node) -> Any:
        """Read one value of the field's type."""
        return self._operands.value(field, node)

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
                hint = did_you_mean_field(key, choices)
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
            hint = did_you_mean_field(key, choices)
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
            message = f"'{word}' does not go with '{field.name}', which is {TYPE_WORDS[field.type]}"
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
            message = f"'{field.name}' is {TYPE_WORDS[field.type]} and takes one value, not a list"
            self._report(node, "wrong_operator", message)
            return ALWAYS
        before = len(self._faults.found)
        operand, wanted = self._operands.operand(field, operator, node)
        if len(self._faults.found) > before:
            return ALWAYS
        return Test(field=field, operator=operator, operand=operand, wanted=wanted)


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
