"""What an account in the program is set against: itself before, and accounts like it outside.

Accounts are alike when they have the same segment, size band and region: a cell. What the
accounts outside brought in a cell, per account and in the whole period, is taken times the
accounts of the program in that cell and the part of the period that each was in the program:
what as many accounts of the same mix bring, outside, in the same time. A cell with too few
accounts outside tells nothing; its accounts are left out of that comparison, and counted.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from service.measures.core.components import NOTHING, Sums, added, scaled
from service.measures.core.spans import Stay, Unit


@dataclass(frozen=True, slots=True)
class Cell:
    """What makes accounts alike. ``size`` counts the bands below; None where it is not known."""

    segment: str | None
    size: int | None
    region: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The accounts of a cell that are not in the program: how many, and what they brought together."""

    accounts: int
    sums: Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The accounts of a group against themselves and others. Sums of other accounts are estimates.

    ``accounts`` were in the program; ``inside`` is what they brought while they were, ``before`` what they
    brought in the equal span before. ``matched`` is the part of ``inside`` of those that have accounts
    like them outside (``likened`` of them), ``outside`` what as many accounts of that kind bring there, made
    of ``others``; both are None where there are too few.
    """

    accounts: int
    inside: Sums
    before: Sums
    likened: int
    others: int
    matched: Sums | None
    outside: Sums | None


def size(employees: int | None, bands: Sequence[int]) -> int | None:
    """The size band of an account: how many of the bounds it reaches."""
    return None if employees is None else bisect_right(bands, employees)


def compared(
    units: Iterable[Stay],
    inside: Mapping[Unit, Sums],
    before: Mapping[Unit, Sums],
    cells: Mapping[str, Cell],
    outside: Mapping[Cell, Outside],
    *,
    seconds: Mapping[str | None, int],
    least: int,
) -> Compared:
    """Compare the stays of a group. ``seconds``: the length of the period, or of each part by name."""
    stays = list(units)
    shares: dict[Cell, Fraction] = defaultdict(Fraction)
    matched: list[Unit] = []
    for each in stays:
        cell = cells.get(each.account)
        found = None if cell is None else outside.get(cell)
        if cell is not None and found is not None and found.accounts >= least:
            shares[cell] += Fraction(each.seconds, seconds[each.unit[2]])
            matched.append(each.unit)
    return Compared(
        accounts=len({each.account for each in stays}),
        inside=added(inside.get(each.unit, NOTHING) for each in stays),
        before=added(before.get(each.unit, NOTHING) for each in stays),
        likened=len({unit[0] for unit in matched}),
        others=sum(outside[cell].accounts for cell in shares),
        matched=added(inside.get(unit, NOTHING) for unit in matched) if matched else None,
        outside=added(
            scaled(outside[cell].sums, share / outside[cell].accounts) for cell, share in shares.items()
        )
        if matched
        else None,
    )
