"""What a person, or an event after it, changes about turns: given back, counted, corrected, all from zero.

Every function works in the caller's transaction and locks the pool. To give the same turn
back twice is to give it back once.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from routing import rotation
from routing.rotation.standings import correct as corrected
from routing.rotation.standings import count_outside, find
from routing.types.people import RepId
from routing.types.pools import PoolName, PoolState, TurnReturn
from routing.types.rotation import EntryKind
from service.db import ledger
from service.db import rotation as pools
from service.db.ledger import Change, Line
from service.problems import Conflict, NotFound


def give_back(
    connection: Connection,
    name: PoolName,
    number: int,
    code: TurnReturn,
    *,
    note: str | None,
    by: str,
    now: datetime,
) -> Line | None:
    """Give a turn back, if its pool does for this reason; the entry that did, None when it does not.

    Nor does it when the member has left since, or joined anew.
    """
    before = pools.load(connection, [name], lock=True).get(name)
    if before is None or code not in before.settings.gives_back:
        return None
    if done := ledger.given_back(connection, name, number):
        return done
    drawn = ledger.drawn(connection, name, number)
    if drawn is None:
        return None
    after = rotation.give_back(before, drawn.rep)
    if after == before:
        return None
    pools.save(connection, {name: before}, {name: after}, now)
    change = Change(
        pool=name,
        kind=EntryKind.GIVE_BACK,
        rep=drawn.rep,
        amount=-1,
        reason=f"{code}: {note}" if note else code,
        decision_id=drawn.decision_id,
        gives_back=number,
        by=by,
    )
    ledger.enter(connection, [change], now)
    return ledger.given_back(connection, name, number)


def count_manual(
    connection: Connection, rep: RepId
) -> tuple[dict[PoolName, PoolState], dict[PoolName, PoolState]]:
    """The pools that count what a person puts in the rep's hands, locked: as they are, and after this one."""
    before = pools.load_counting_manual(connection, rep)
    return before, {name: count_outside(state, rep) for name, state in before.items()}


def correct(
    connection: Connection, name: PoolName, rep: RepId, amount: int, *, note: str, by: str, now: datetime
) -> None:
    """Add to what counts as taken (below 0: owe turns). Raises NotFound, Conflict for who is no member."""
    before = _pool(connection, name)
    if find(before, rep) is None:
        raise Conflict("The rep is no member of the pool")
    after = corrected(before, rep, amount)
    pools.save(connection, {name: before}, {name: after}, now)
    ledger.enter(
        connection,
        [Change(pool=name, kind=EntryKind.CORRECT, rep=rep, amount=amount, reason=note, by=by)],
        now,
    )


def reset(connection: Connection, name: PoolName, *, note: str, by: str, now: datetime) -> None:
    """Let all members start from zero. The ledger, and the turns drawn, stay. Raises NotFound."""
    before = _pool(connection, name)
    after = rotation.reset(before, now)
    pools.save(connection, {name: before}, {name: after}, now)
    changes = [
        Change(
            pool=name, kind=EntryKind.RESET, rep=old.rep, amount=new.credit - old.credit, reason=note, by=by
        )
        for old, new in zip(before.members, after.members, strict=True)
    ]
    ledger.enter(connection, changes, now)


def _pool(connection: Connection, name: PoolName) -> PoolState:
    found = pools.load(connection, [name], lock=True).get(name)
    if found is None:
        raise NotFound("There is no pool with this name")
    return found
