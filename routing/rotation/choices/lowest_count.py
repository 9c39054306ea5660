"""Lowest count: whoever has had the fewest turns for each unit of weight.

Unlike turn order it does not spread a heavy member's turns: with weights 3 and
1 the order is A B A A. A correction, or a newcomer at zero, is made good at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heapreplace
from math import lcm

from routing.rotation.choices.base import Choice, lot
from routing.rotation.load import Load
from routing.rotation.standings import share, standing
from routing.types.pools import PoolMember, PoolName


def _order(pool: PoolName, members: Sequence[PoolMember], place: int, _load: Load) -> Iterator[PoolMember]:
    """Ties go to the heavier, then to the longest since the last turn, then by `lot`."""
    shares = [share(member) for member in members]
    unit = lcm(*shares)
    heap = [
        (standing(member) * (unit // shares[at]), -shares[at], member.last_turn, lot(pool, member.rep), at)
        for at, member in enumerate(members)
    ]
    heapify(heap)
    while True:
        level, weight, _, drawn_by, at = heap[0]
        yield members[at]
        place += 1
        heapreplace(heap, (level + unit // shares[at], weight, place, drawn_by, at))


CHOICE = Choice(order=_order, by_turns=True)
