"""Which of day and month stands first in the slashed dates of a file: its rows tell, or who sends it says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from enum import StrEnum

from service.imports.cells import MOMENTS, SLASHED
from service.imports.headers import UNSAID, Kind, recognise
from service.imports.reading import Format, Source

_MONTHS = 12


class Dates(StrEnum):
    """How dates with slashes are written."""

    MDY = "mdy"  # 3/31/2026
    DMY = "dmy"  # 31/3/2026


def orders(
    kind: Kind, source: Source, said: Dates | None, by_hand: Mapping[str, str] = UNSAID
) -> Mapping[int, bool]:
    """Whether the month stands first, by the number of the column. The rows of ``source`` are used up.

    What is ``said`` is so for all columns. Else a column with a day above 12 tells; one with none, or
    with such days in both places, is not among them. Records of JSON tell nothing. Raises Unreadable.
    """
    if source.format is not Format.CSV:
        return {}
    fields = recognise(kind, source.headers, by_hand).fields
    places = [place for place, field in fields.items() if field in MOMENTS]
    if said is not None:
        return dict.fromkeys(places, said is Dates.MDY)
    found: dict[int, set[bool]] = defaultdict(set)
    for row in source.rows if places else ():
        for place in places if row.problem is None else ():
            cell = row.value[place].strip() if place < len(row.value) else ""
            if slashed := SLASHED.fullmatch(cell):
                first, second = int(slashed[1]), int(slashed[2])
                if (first > _MONTHS) != (second > _MONTHS):
                    found[place].add(second > _MONTHS)
    return {place: each.pop() for place, each in found.items() if len(each) == 1}
