"""Whose turn it is: fair rotation, whatever happens to the pool.

A member's *standing* is the turns drawn plus the credit, its *level* the
standing for each unit of weight. A draw passes over who may not take the
contact (`skips`), keeps those who fit it best (`fit`), and asks the pool's
choice policy (`choices`) who of them is next. Whatever else changes a standing
is a correction with its own entry in the ledger (`standings`, `passing`).

Away members take part as well under `KEEP_POSITION`: a turn that falls to one of
them is credited, so it counts as taken, and the draw goes on. Who is there gets
the turns they would get if all were there; nothing remembers when somebody left
or came back. Under `CATCH_UP` the away do not take part and stay behind.

Everything is counted in whole turns, so there is nothing to round or to drift.
"""

from __future__ import annotations

from routing.rotation.draw import draw
from routing.rotation.load import Load
from routing.rotation.need import Need, need_of
from routing.rotation.pools import Rotation, UnknownPool
from routing.rotation.standings import give_back, join, leave, reset, reweight, standing

__all__ = [
    "Load",
    "Need",
    "Rotation",
    "UnknownPool",
    "draw",
    "give_back",
    "join",
    "leave",
    "need_of",
    "reset",
    "reweight",
    "standing",
]
