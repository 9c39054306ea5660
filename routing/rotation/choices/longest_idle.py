"""Longest idle: whoever has gone longest without getting a contact, from wherever it came.

Weights play no part but that 0 pauses. Who never got one comes first. Nobody
catches up: who was away is simply the longest idle, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from routing.rotation.choices.base import Choice, lot
from routing.rotation.load import Load
from routing.types.pools import PoolMember, PoolName

_NEVER = datetime.min.replace(tzinfo=UTC)


def _order(pool: PoolName, members: Sequence[PoolMember], _place: int, load: Load) -> Iterator[PoolMember]:
    """Ties (contacts of one batch) go to the longest since a turn of this pool, then by `lot`."""

    def idle(member: PoolMember) -> tuple[datetime, int, bytes]:
        return load.latest.get(member.rep, _NEVER), member.last_turn, lot(pool, member.rep)

    while True:
        yield from sorted(members, key=idle)


CHOICE = Choice(order=_order, by_turns=False)
