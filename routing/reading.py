"""YAML text -> a tree in which every value knows its line and column.

YAML 1.2, and deliberately not all of it: anchors, aliases, tags, duplicate
keys, keys that are not words, and a second document are refused where they
stand, and size, depth and number of values are capped. What is left is plain
data that reads the same to everyone: ``NO`` is a word, ``12:30`` is text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from routing.problems import Problem

MAX_BYTES = 1_048_576
MAX_DEPTH = 32
MAX_VALUES = 200_000
MAX_FAULTS = 200

Place = tuple[int, int]
"""A line and a column, counted from 1."""

Plain = str | int | float | bool | None

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Plain] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
"""YAML 1.2 core schema, section 10.3.2: these words and no others are not text."""


@dataclass(slots=True)
class Node:
    """A value of the file with its place. ``value`` is a scalar, a list or a mapping of nodes.

    ``keys`` holds the place of each key of a mapping; ``raw`` is a scalar as it
    is written, so that a postcode keeps its leading zero. Lines and columns
    count from 1.
    """

    value: Plain | list[Node] | dict[str, Node]
    line: int
    column: int
    raw: str = ""
    keys: dict[str, Place] = field(default_factory=dict)
    file: str | None = None  # where it is not the rulebook itself

    @property
    def mapping(self) -> dict[str, Node] | None:
        """The entries when this is a mapping, else None."""
        return self.value if isinstance(self.value, dict) else None

    @property
    def items(self) -> list[Node] | None:
        """The elements when this is a list, else None."""
        return self.value if isinstance(self.value, list) else None

    @property
    def scalar(self) -> Plain:
        """The value when it is neither list nor mapping, else None."""
        return None if isinstance(self.value, list | dict) else self.value

    def plain(self) -> Any:
        """Return the value without places, as dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def key_place(self, key: str) -> Place:
        """Return line and column of a key, or of the mapping itself where it has none such."""
        return self.keys.get(key, (self.line, self.column))


def quoted(node: Node) -> str:
    """Render a value of the file for a message, cut short."""
    if node.mapping is not None:
        return "a mapping"
    if node.items is not None:
        return "a list"
    text = node.raw if len(node.raw) <= 60 else node.raw[:59] + "…"
    return f"'{text}'"


class CannotGoOn(Exception):
    """Reading stops here; what is wrong is among the faults."""


class Faults:
    """Collects what is wrong with one file, up to `MAX_FAULTS`."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Problem] = []

    def report(self, place: Node | Place, code: str, message: str, hint: str | None = None) -> None:
        """Note a fault at a node or a (line, column). Raises `CannotGoOn` when there are too many."""
        line, column = (place.line, place.column) if isinstance(place, Node) else place
        file = (place.file if isinstance(place, Node) else None) or self.file
        full = len(self.found) == MAX_FAULTS
        if full:
            code, message = "too_many_faults", f"there are more than {MAX_FAULTS} faults; no more are listed"
            hint = None
        self.found.append(Problem(file=file, line=line, column=column, code=code, message=message, hint=hint))
        if full:
            raise CannotGoOn

    def stop(self, place: Node | Place, code: str, message: str, hint: str | None = None) -> NoReturn:
        """Note a fault that nothing can be read after."""
        self.report(place, code, message, hint)
        raise CannotGoOn


def read(text: str, file: str) -> tuple[Node | None, list[Problem]]:
    """Read one YAML document: its tree, None where it cannot be read, and what is wrong."""
    faults = Faults(file)
    try:
        return read_tree(text, faults), faults.found
    except CannotGoOn:
        return None, faults.found


def read_tree(text: str, faults: Faults) -> Node:
    """Read one YAML document and return its tree. Raises `CannotGoOn`.

    Duplicate keys and odd keys leave a tree to go on with; syntax errors,
    anchors, aliases, tags and broken caps do not.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        faults.stop((1, 1), "too_large", f"the file has {size:,} bytes, at most {MAX_BYTES:,} are read")
    try:
        return _Reader(text, faults).document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = " ".join(str(error.problem or error.context or "not YAML").split())
        hint = "check the indentation, colons, brackets and quotes here and on the line above"
        faults.stop(place, "syntax", said, hint)
    except YAMLError as error:
        faults.stop((1, 1), "syntax", f"not YAML: {str(error).splitlines()[0]}")


class _Reader:
    """Builds the tree from the parser's events, one pass, depth counted."""

    def __init__(self, text: str, faults: Faults) -> None:
        yaml = YAML(typ="safe", pure=True)
        yaml.version = (1, 2)
        self._events: Iterator[Event] = iter(yaml.parse(text))
        self._faults = faults
        self._count = 0

    def document(self) -> Node:
        root: Node | None = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    self._faults.stop(
                        _place(event),
                        "second_document",
                        "a second document starts here",
                        "keep one rulebook in one file, without '---' between parts",
                    )
                root = self._value(next(self._events), 1)
        if root is None:
            self._faults.stop((1, 1), "empty", "the file is empty")
        return root

    def _value(self, event: Event, depth: int) -> Node:
        self._refuse_extras(event)
        self._count += 1
        if self._count > MAX_VALUES:
            self._faults.stop(_place(event), "too_many_values", f"more than {MAX_VALUES:,} values")
        if depth > MAX_DEPTH:
            self._faults.stop(
                _place(event),
                "too_deep",
                f"nested more than {MAX_DEPTH} levels deep",
                "give the inner condition a name under 'definitions' and refer to it",
            )
        if isinstance(event, ScalarEvent):
            return Node(_scalar(event), *_place(event), raw=str(event.value))
        if isinstance(event, SequenceStartEvent):
            items: list[Node] = []
            node = Node(items, *_place(event))
            while not isinstance(inner := next(self._events), SequenceEndEvent):
                items.append(self._value(inner, depth + 1))
            return node
        return self._mapping(event, depth)

    def _mapping(self, start: Event, depth: int) -> Node:
        entries: dict[str, Node] = {}
        node = Node(entries, *_place(start))
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event, depth)
            value = self._value(next(self._events), depth + 1)
            if key in entries:
                first = node.keys[key][0]
                self._faults.report(
                    _place(event),
                    "duplicate_key",
                    f"'{key}' is given twice, first on line {first}",
                    "keep one of the two",
                )
                continue
            entries[key] = value
            node.keys[key] = _place(event)
        return node

    def _key(self, event: Event, depth: int) -> str:
        if not isinstance(event, ScalarEvent):
            self._value(event, depth + 1)
            self._faults.report(
                _place(event), "key_not_text", "a key must be a word, not a list or a mapping"
            )
            return f"\0{self._count}"
        self._refuse_extras(event)
        if event.value == "<<" and event.style is None:
            self._faults.stop(
                _place(event),
                "merge_key",
                "merge keys ('<<') are not read",
                "write the entries out, or use 'definitions'",
            )
        return str(event.value)

    def _refuse_extras(self, event: Event) -> None:
        if isinstance(event, AliasEvent):
            self._faults.stop(
                _place(event),
                "alias",
                f"aliases ('*{event.anchor}') are not read",
                "write the value out, or name it under 'definitions' or 'lists'",
            )
        if not isinstance(event, ScalarEvent | CollectionStartEvent):
            return
        if event.anchor:
            self._faults.stop(
                _place(event),
                "anchor",
                f"anchors ('&{event.anchor}') are not read",
                "name the value under 'definitions' or 'lists' instead",
            )
        if event.ctag is not None and str(event.ctag) not in ("", "None"):
            self._faults.stop(
                _place(event),
                "tag",
                f"tags ('{event.ctag}') are not read",
                "remove the tag; text that looks like a number goes in quotes",
            )


def _place(event: Event) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _scalar(event: ScalarEvent) -> Plain:
    text: str = event.value
    if event.style is not None:  # quoted or a block: always text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text) and len(text) < 19:
        return int(text)
    if _FLOAT.fullmatch(text) and not _INTEGER.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text
