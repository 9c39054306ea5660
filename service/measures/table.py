"""An answer as lines of CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import fields

from service.measures.asking import Against, Answer, Line
from service.reports.answering import safe

_AGAINST = tuple(each.name for each in fields(Against))


def as_csv(answer: Answer) -> Iterator[str]:
    """A line for each group, for the others together and for all: each figure with what it is set against."""
    names = [each.measure for each in answer.definitions]
    compared = answer.total.compared is not None
    more = [f"{name}_{other}" for name in names for other in _AGAINST] if compared else []
    yield _line([*answer.group_by, *names, *more], 0)
    for line in answer.lines:
        yield _line(
            [*(value or "" for value in line.group.values()), *_cells(line, names, compared)], _by(answer)
        )
    for last, title in ((answer.others, "(others)"), (answer.total, "(all)")):
        if last is not None:
            first = [title, *[""] * (_by(answer) - 1)] if _by(answer) else []
            yield _line([*first, *_cells(last, names, compared)], _by(answer))


def _by(answer: Answer) -> int:
    return len(answer.group_by)


def _cells(line: Line, names: Sequence[str], compared: bool) -> list[object]:
    own: list[object] = [line.figures[name].value for name in names]
    if not compared:
        return own
    against = [line.figures[name].against for name in names]
    return own + [None if each is None else getattr(each, other) for each in against for other in _AGAINST]


def _line(cells: Sequence[object], texts: int) -> str:
    """A line whose first ``texts`` cells are what people wrote."""
    out = io.StringIO()
    shown = [safe(cell) if place < texts else cell for place, cell in enumerate(cells)]
    csv.writer(out, lineterminator="\r\n").writerow(["" if cell is None else cell for cell in shown])
    return out.getvalue()
