"""Contacts who say the same of their company: the first of them is matched, and all get its answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from service.imports.layouts import Row
from service.imports.quick import Reader

MOST_KNOWN = 100_000
"""Answers that are kept for colleagues to come, about 1 kB each."""

_ROWS = 8  # are read at most for each that is to be matched

Answer = tuple[str, ...]


class _Place:
    """Where the answer to a contact stands as soon as there is one."""

    __slots__ = ("answer",)

    answer: Answer


class Asked(NamedTuple):
    """Rows of a file in order, by what they are called; ``new`` are those to match, for their colleagues too.

    A colleague may be among rows asked before: those are to be answered first.
    """

    names: list[str]
    new: list[Row]
    places: list[_Place]
    open: list[_Place]

    def answered(self, answers: Sequence[Answer]) -> Iterator[Answer]:
        """Take in the answers to ``new``; return that of each row behind its name."""
        for place, answer in zip(self.open, answers, strict=True):
            place.answer = answer
        return ((name, *place.answer) for name, place in zip(self.names, self.places, strict=True))


def asked(rows: Iterable[Row], reader: Reader, size: int) -> Iterator[Asked]:
    """Return the rows of a file, ``size`` to match at a time."""
    known: dict[bytes, _Place] = {}
    some = Asked([], [], [], [])
    for row in rows:
        question = reader.question(row.value)
        place = None if question is None else known.get(question)
        if place is None:
            place = _Place()
            some.new.append(row)
            some.open.append(place)
            if len(known) >= MOST_KNOWN:
                known.clear()
            if question is not None:
                known[question] = place
        some.names.append(reader.name(row.line, row.value))
        some.places.append(place)
        if len(some.new) == size or len(some.names) == _ROWS * size:
            yield some
            some = Asked([], [], [], [])
    yield some
