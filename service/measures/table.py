"""An answer as lines of CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from service import spreadsheet
from service.measures.asking import Against, Answer, Line

_AGAINST = tuple(each.name for each in fields(Against))


def as_csv(answer: Answer) -> Iterator[str]:
    """A line for each group, for the others together and for all: each figure with what it is set against."""
    names = [each.measure for each in answer.definitions]
    compared = answer.total.compared is not None
    more = [f"{name}_{other}" for name in names for other in _AGAINST] if compared else []
    yield spreadsheet.line([*answer.group_by, *names, *more])
    for each in answer.lines:
        yield spreadsheet.line([*each.group.values(), *_cells(each, names, compared)])
    for last, title in ((answer.others, "(others)"), (answer.total, "(all)")):
        if last is not None:
            first = [title, *[None] * (len(answer.group_by) - 1)] if answer.group_by else []
            yield spreadsheet.line([*first, *_cells(last, names, compared)])


def _cells(group: Line, names: Sequence[str], compared: bool) -> list[object]:
    own: list[object] = [group.figures[name].value for name in names]
    if not compared:
        return own
    against = [group.figures[name].against for name in names]
    return own + [None if each is None else getattr(each, other) for each in against for other in _AGAINST]
