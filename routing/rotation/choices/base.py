"""What a choice policy is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

from routing.rotation.load import Load
from routing.types.people import RepId
from routing.types.pools import PoolMember, PoolName

Order = Callable[[PoolName, Sequence[PoolMember], int, Load], Iterator[PoolMember]]
"""Yields whose turn it is, then whose it is once that turn is taken, and so on for ever.

It gets the pool's name, members whose shares are above 0, the place of the
pool's latest turn, and the load. Same input, same order; the order of the
members in it does not matter.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A choice policy. ``by_turns`` says that it goes by standings.

    Then a turn can fall to somebody who is away and count as taken. A policy
    that does not go by them looks at who is there, and nobody else.
    """

    order: Order
    by_turns: bool


@lru_cache(maxsize=10_000)
def lot(pool: PoolName, rep: RepId) -> bytes:
    """Return a member's lot in last ties: fixed, and blind to seniority, name and place in the list."""
    return blake2b(f"{pool}\0{rep}".encode(), digest_size=16).digest()
