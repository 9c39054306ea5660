"""Turn order, interleaved by weight; with equal weights plain round robin.

The next turn goes, among the members whose level is not above the pool's, to
the one who reaches the next full turn first ("earliest eligible virtual
deadline first": Stoica and Abdel-Wahab 1995; the bound is Tijdeman's, The
chairman assignment problem, 1980). While the members stay the same, nobody is
ever a whole turn away from the exact share, and levels never differ by more
than one turn for each unit of weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from math import lcm

from routing.rotation.choices.base import Choice, lot
from routing.rotation.load import Load
from routing.rotation.standings import share, standing
from routing.types.pools import PoolMember, PoolName


def _order(pool: PoolName, members: Sequence[PoolMember], place: int, _load: Load) -> Iterator[PoolMember]:
    """Who is above the pool's level waits; of the others the first to reach the next full turn is due.

    Ties go to the heavier, then to the longest since the last turn, then by
    `lot`. Levels are whole numbers of 1/``unit``.
    """
    shares = [share(member) for member in members]
    unit, total = lcm(*shares), sum(shares)
    taken = sum(standing(member) for member in members)
    last = [member.last_turn for member in members]
    due: list[tuple[int, int, int, bytes, int]] = []
    waiting = [(standing(member) * (unit // shares[at]), at) for at, member in enumerate(members)]
    heapify(waiting)
    while True:
        while waiting and waiting[0][0] * total <= taken * unit:
            level, at = heappop(waiting)
            heappush(due, (level + unit // shares[at], -shares[at], last[at], lot(pool, members[at].rep), at))
        level, *_, at = heappop(due)
        yield members[at]
        taken, place = taken + 1, place + 1
        last[at] = place
        heappush(waiting, (level, at))


CHOICE = Choice(order=_order, by_turns=True)
