"""What a file means, before any of it is stored: its columns, its first rows, and their faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from service.imports.headers import UNSAID, UNTOLD, Columns, Kind
from service.imports.reading import Row, Source, Unreadable
from service.imports.rows import Fault
from service.imports.run import check, columns_of, read_row

ROWS = 20
"""How many rows are read."""
_EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its header, the field it is read as (None: it is left aside), and the first values in it.

    ``double``: it is left aside because another column says the same.
    """

    header: str
    field: str | None
    double: bool
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The columns, how many rows were looked at and how many of them can be read, their faults, and notes.

    ``problem`` says why nothing can be stored with the columns as they are read. The columns of NDJSON and
    JSON are the fields of the rows read, each under its own name.
    """

    columns: Sequence[Column]
    rows: int
    good: int
    faults: Sequence[Fault]
    notes: Sequence[str]
    problem: str | None


def look(
    source: Source,
    kind: Kind,
    month_first: Mapping[str, bool] = UNTOLD,
    by_hand: Mapping[str, str] = UNSAID,
) -> Preview:
    """The first rows of a file as they would be stored. Raises Unreadable."""
    columns = columns_of(kind, source, month_first, by_hand)
    problem = _problem(kind, columns)
    rows = list(islice(source.rows, ROWS))
    read = [read_row(kind, columns, row, month_first) for row in rows] if problem is None else []
    if columns is None:
        fields = dict(enumerate(_names(rows)))
        headers, double = tuple(fields.values()), frozenset[str]()
    else:
        fields, headers, double = dict(columns.fields), columns.headers, frozenset(columns.double)
    return Preview(
        columns=[
            Column(
                header=header,
                field=fields.get(place),
                double=place not in fields and header in double,
                examples=_examples(rows, place if columns is not None else header),
            )
            for place, header in enumerate(headers)
        ],
        rows=len(rows),
        good=sum(each.record is not None for each in read),
        faults=[fault for each in read for fault in each.faults],
        notes=source.notes,
        problem=problem,
    )


def _problem(kind: Kind, columns: Columns | None) -> str | None:
    try:
        check(kind, columns)
    except Unreadable as wrong:
        return str(wrong)
    return None


def _names(rows: Sequence[Row]) -> list[str]:
    """The names in the records, each once, as they come."""
    records = [row.value for row in rows if isinstance(row.value, Mapping)]
    return list(dict.fromkeys(str(name) for record in records for name in record))


def _examples(rows: Sequence[Row], where: int | str) -> tuple[str, ...]:
    """The first values that are not empty in a column of cells, or under a name of records."""
    found: dict[str, None] = {}
    for row in rows:
        value = _value(row, where)
        if value and len(found) < _EXAMPLES:
            found[value] = None
    return tuple(found)


def _value(row: Row, where: int | str) -> str:
    if row.problem is not None:
        return ""
    if isinstance(where, str):
        value = row.value.get(where)
        return "" if value is None else str(value)
    return str(row.value[where]).strip() if where < len(row.value) else ""
