"""Reads what a comparison compares with: positioned YAML -> values of the field's type, faults collected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from routing.catalogue import Catalogue, find
from routing.durations import TIME_HINT, parse_time
from routing.fields import TYPE_WORDS, Field, FieldType
from routing.operators import COMPARISONS, Operand, Operator, pattern_fault, shown
from routing.problems import did_you_mean, did_you_mean_field
from routing.reach import Reach
from routing.reach_reading import ReachReader
from routing.reading import Faults, Node, quoted


class OperandReader:
    """Reads operands against one rulebook's fields and lists.

    Faults are collected; what is faulty reads as None, and the rulebook is then never used.
    """

    def __init__(
        self,
        *,
        faults: Faults,
        catalogue: Catalogue,
        lists: Mapping[str, Node],
        zone: ZoneInfo,
        reaches: ReachReader,
    ) -> None:
        self.catalogue = catalogue
        self.used_lists: set[str] = set()
        self._faults = faults
        self._report = faults.report
        self._lists = lists
        self._zone = zone
        self._reaches = reaches

    def operand(self, field: Field, operator: Operator, node: Node) -> tuple[Any, str]:
        """Read the operand of a comparison of the field, and return how it is said in a finding."""
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
        return value, _shown_band(value, self._zone) if operator is Operator.BETWEEN else shown(
            value, self._zone
        )

    def _window(self, operator: Operator, node: Node) -> Any:
        window = self._reaches.read(node, self.catalogue, anchored=operator is not Operator.WITHIN_NEXT)
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
                moment = parse_time(found, self._zone)
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
            message = f"'{field.name}' is {TYPE_WORDS[field.type]}, but {quoted(node)} is {_kind(node)}"
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
                did_you_mean_field(name, self.catalogue.fields),
            )
        elif other.type is not field.type:
            message = (
                f"'{field.name}' is {TYPE_WORDS[field.type]}, '{other.name}' is {TYPE_WORDS[other.type]}"
            )
            self._report(node, "wrong_type", message, "compare fields of one type")
        return other


def _shown_band(band: Any, zone: ZoneInfo) -> str:
    return " up to ".join(shown(end, zone) for end in band or ())


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
