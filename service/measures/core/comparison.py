"""What an account in the program is set against: itself before, and accounts like it outside.

Accounts are alike when they have the same segment, size band and region: a cell. What the
accounts outside brought in a cell, per account and in the whole period, is taken times the
accounts of the program in that cell and the part of the period that each was in the program:
what as many accounts of the same mix bring, outside, in the same time. A cell with too few
accounts outside tells nothing; its accounts are left out of that comparison, and counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from service.measures.core.components import NOTHING, Sums, added, scaled
from service.measures.core.spans import Stay, Unit


@dataclass(frozen=True, slots=True)
class Cell:
    """What makes accounts alike. ``size`` counts the bounds it reaches; None where it is not known."""

    segment: str | None
    size: int | None
    region: str | None


Lot = tuple[Cell, str | None]
"""A cell in a part of the period; in all of it, where parts are not told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The accounts of a lot that are not in the program: how many, and what they brought together."""

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


def compared(
    units: Iterable[Stay],
    inside: Mapping[Unit, Sums],
    before: Mapping[Unit, Sums],
    cells: Mapping[str, Cell],
    outside: Mapping[Lot, Outside],
    *,
    seconds: Mapping[str | None, int],
    least: int,
) -> Compared:
    """Compare the stays of a group. ``seconds``: the length of the period, or of each part by name."""
    stays = list(units)
    lasted: dict[Lot, int] = defaultdict(int)
    matched: list[Unit] = []
    for each in stays:
        cell, part = cells.get(each.account), each.unit[2]
        found = None if cell is None else outside.get((cell, part))
        if cell is not None and found is not None and found.accounts >= least:
            lasted[cell, part] += each.seconds
            matched.append(each.unit)
    shares = {lot: Fraction(length, seconds[lot[1]]) for lot, length in lasted.items()}
    return Compared(
        accounts=len({each.account for each in stays}),
        inside=added([inside.get(each.unit, NOTHING) for each in stays]),
        before=added([before.get(each.unit, NOTHING) for each in stays]),
        likened=len({unit[0] for unit in matched}),
        others=sum({lot[0]: outside[lot].accounts for lot in shares}.values()),
        matched=added([inside.get(unit, NOTHING) for unit in matched]) if matched else None,
        outside=added(
            [scaled(outside[lot].sums, share / outside[lot].accounts) for lot, share in shares.items()]
        )
        if matched
        else None,
    )
