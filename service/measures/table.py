"""An answer as lines of CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from service import spreadsheet
from service.measures.asking import Against, Answer, Line
from service.measures.naming import Called

_AGAINST = tuple(each.name for each in fields(Against))


def as_csv(answer: Answer, called: Called) -> Iterator[str]:
    """A line for each group, for the others together and for all: each figure with what it is set against.

    Names stand beside values that are ids.
    """
    names = [each.measure for each in answer.definitions]
    compared = answer.total.compared is not None
    more = [f"{name}_{other}" for name in names for other in _AGAINST] if compared else []
    groups: list[str] = []
    for name in answer.group_by:
        groups += [name, f"{name}_name"] if name in called else [name]
    yield spreadsheet.line([*groups, *names, *more])
    for each in answer.lines:
        yield spreadsheet.line([*_group(each, called), *_cells(each, names, compared)])
    for last, title in ((answer.others, "(others)"), (answer.total, "(all)")):
        if last is not None:
            first = [title, *[None] * (len(groups) - 1)] if groups else []
            yield spreadsheet.line([*first, *_cells(last, names, compared)])


def _group(line: Line, called: Called) -> Iterator[str | None]:
    """The values of a group, each that is an id with its name."""
    for name, value in line.group.items():
        yield value
        if name in called:
            yield called[name].get(value or "")


def _cells(group: Line, names: Sequence[str], compared: bool) -> list[object]:
    own: list[object] = [group.figures[name].value for name in names]
    if not compared:
        return own
    against = [group.figures[name].against for name in names]
    return own + [None if each is None else getattr(each, other) for each in against for other in _AGAINST]
