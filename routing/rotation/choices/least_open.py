"""Least open work: whoever has the fewest contacts to act on for each unit of weight.

They count from wherever they came. It follows the work and not the turns: who
finishes faster gets more. Nobody catches up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from fractions import Fraction

from routing.rotation.choices.base import Choice, lot
from routing.rotation.load import Load
from routing.rotation.standings import share
from routing.types.pools import PoolMember, PoolName

_NEVER = datetime.min.replace(tzinfo=UTC)


def _order(pool: PoolName, members: Sequence[PoolMember], _place: int, load: Load) -> Iterator[PoolMember]:
    """Ties go to the longest idle, then to the longest since a turn of this pool, then by `lot`."""

    def work(member: PoolMember) -> tuple[Fraction, datetime, int, bytes]:
        open_for_each = Fraction(load.open.get(member.rep, 0), share(member))
        return open_for_each, load.latest.get(member.rep, _NEVER), member.last_turn, lot(pool, member.rep)

    while True:
        yield from sorted(members, key=work)


CHOICE = Choice(order=_order, by_turns=False)
