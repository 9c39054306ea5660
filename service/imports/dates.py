"""Which of day and month stands first in the slashed dates of a file: its rows tell, or who sends it says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import StrEnum

from service.imports.cells import MOMENTS, SLASHED
from service.imports.headers import UNSAID, Kind, recognise
from service.imports.reading import Format, Source
from service.imports.rows import laid_out

_MONTHS = 12


class Dates(StrEnum):
    """How dates with slashes are written."""

    MDY = "mdy"  # 3/31/2026
    DMY = "dmy"  # 31/3/2026


def orders(
    kind: Kind, source: Source, said: Dates | None, by_hand: Mapping[str, str] = UNSAID
) -> Mapping[str, bool]:
    """Whether the month stands first, by field. The rows of ``source`` are used up where nothing is said.

    What is ``said`` is so for all fields. Else a field with a day above 12 tells; one with none, or
    with such days in both places, is not among them. Records of JSON tell of signals, whose values are read
    as cells are; all others have dates as the API takes them. Raises Unreadable.
    """
    if source.format is not Format.CSV and kind is not Kind.SIGNALS:
        return {}
    if said is not None:
        return dict.fromkeys(MOMENTS, said is Dates.MDY)
    found: dict[str, set[bool]] = defaultdict(set)
    for field, cell in _dated(kind, source, by_hand):
        if slashed := SLASHED.fullmatch(cell):
            first, second = int(slashed[1]), int(slashed[2])
            if (first > _MONTHS) != (second > _MONTHS):
                found[field].add(second > _MONTHS)
    return {field: each.pop() for field, each in found.items() if len(each) == 1}


def _dated(kind: Kind, source: Source, by_hand: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The cells of a file that say when, each with its field."""
    columns = recognise(kind, source.headers, by_hand) if source.format is Format.CSV else None
    if columns is not None and not MOMENTS & set(columns.fields.values()):
        return
    for row in source.rows:
        if row.problem is not None or not (columns or isinstance(row.value, dict)):
            continue
        here, cells = (columns, row.value) if columns is not None else laid_out(row.value)
        for place, field in here.fields.items():
            if field in MOMENTS and place < len(cells):
                yield field, cells[place].strip()
