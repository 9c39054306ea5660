"""The ledger of a pool: an entry for whatever changed a standing or a share, never changed itself.

A member's turns are the draws since joining, and the credit the sum of the
amounts since then; `muster doctor` checks both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from routing.types.people import RepId
from routing.types.pools import PoolName
from routing.types.rotation import EntryKind, RotationMove
from service.db.rotation import row_ids
from service.db.tables import pool, turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A turn that was used, for the ledger."""

    move: RotationMove
    decision_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What used no turn. ``amount`` was added to the credit; ``weight`` is the share after it, in hundredths.

    ``gives_back`` is the number of the turn that is given back.
    """

    pool: PoolName
    kind: EntryKind
    rep: RepId
    amount: int
    reason: str | None
    weight: int | None = None
    decision_id: str | None = None
    gives_back: int | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry. ``skipped`` says of a draw who was passed over, by the reason."""

    id: int
    at: datetime
    kind: EntryKind
    rep: RepId
    turn: int | None
    amount: int | None
    weight: int | None
    gives_back: int | None
    decision_id: str | None
    reason: str | None
    by: str | None
    skipped: Mapping[str, Sequence[RepId]]


_SHARES = (EntryKind.JOIN, EntryKind.LEAVE, EntryKind.REWEIGHT)


def record(connection: Connection, draws: Sequence[Draw], now: datetime) -> None:
    """Enter turns drawn, what was put right before them, and the turns that passed who was away."""
    if not draws:
        return
    ids = row_ids(connection, [draw.move.pool for draw in draws])
    connection.execute(
        insert(turn),
        [row for draw in draws for row in _rows(draw.move, ids[draw.move.pool], draw.decision_id, now)],
    )


def _rows(move: RotationMove, pool_id: int, decision_id: str, now: datetime) -> Iterable[dict[str, Any]]:
    common = {"pool_id": pool_id, "at": now, "decision_id": decision_id, **_NOTHING}
    for each in move.adjusted:
        yield common | {
            "kind": each.kind,
            "rep": each.rep,
            "amount": each.amount,
            "weight": each.weight,
            "reason": "by the passing of time",
        }
    passed: dict[str, list[RepId]] = {}
    for skip in move.skipped:
        if skip.pool == move.pool:
            passed.setdefault(skip.reason, []).append(skip.rep)
    yield common | {
        "kind": EntryKind.DRAW,
        "rep": move.rep,
        "turn": move.turn,
        "amount": 0,
        "skipped": passed or None,
    }
    for rep in move.missed:
        yield common | {"kind": EntryKind.MISSED, "rep": rep, "amount": 1}


_NOTHING: Mapping[str, Any] = {
    "turn": None,
    "reason": None,
    "weight": None,
    "gives_back": None,
    "skipped": None,
    "said_by": None,
}


def enter(connection: Connection, changes: Sequence[Change], now: datetime) -> None:
    """Enter what used no turn."""
    if not changes:
        return
    ids = row_ids(connection, [change.pool for change in changes])
    connection.execute(
        insert(turn),
        [
            {
                **_NOTHING,
                "pool_id": ids[change.pool],
                "kind": change.kind,
                "rep": change.rep,
                "amount": change.amount,
                "weight": change.weight,
                "reason": change.reason,
                "decision_id": change.decision_id,
                "gives_back": change.gives_back,
                "said_by": change.by,
                "at": now,
            }
            for change in changes
        ],
    )


def page(
    connection: Connection,
    name: PoolName,
    *,
    before: int | None = None,
    limit: int = 100,
    rep: RepId | None = None,
    kinds: Sequence[EntryKind] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Line]:
    """Up to ``limit`` entries, the newest first, from before the entry ``before``; all filters hold."""
    query = select(turn).join(pool, pool.c.id == turn.c.pool_id).where(pool.c.name == name)
    if before is not None:
        query = query.where(turn.c.id < before)
    if rep is not None:
        query = query.where(turn.c.rep == rep)
    if kinds:
        query = query.where(turn.c.kind.in_(kinds))
    if since is not None:
        query = query.where(turn.c.at >= since)
    if until is not None:
        query = query.where(turn.c.at < until)
    return [_line(row) for row in connection.execute(query.order_by(turn.c.id.desc()).limit(limit))]


@dataclass(frozen=True, slots=True)
class Weight:
    """An entry as far as fairness goes by it (`routing.rotation.fairness.Entry`)."""

    at: datetime
    kind: EntryKind
    rep: RepId
    amount: int | None
    weight: int | None
    skipped: Mapping[str, Sequence[RepId]]


def weighty(connection: Connection, name: PoolName, since: datetime, until: datetime) -> Iterable[Weight]:
    """Every entry of a time, the oldest first, with no more than fairness needs of it."""
    query = (
        select(turn.c.at, turn.c.kind, turn.c.rep, turn.c.amount, turn.c.weight, turn.c.skipped)
        .join(pool, pool.c.id == turn.c.pool_id)
        .where(pool.c.name == name, turn.c.at >= since, turn.c.at < until)
        .order_by(turn.c.id)
    )
    for at, kind, rep, amount, weight, skipped in connection.execute(query):
        yield Weight(at, EntryKind(kind), rep, amount, weight, skipped or {})


def shares_at(
    connection: Connection, name: PoolName, at: datetime, now: Mapping[RepId, int]
) -> dict[RepId, int]:
    """Who was a member at a moment, with the share in hundredths.

    Of a member of ``now`` of whom nothing is recorded the share is taken to have been the same.
    """
    of_pool = (
        select(turn.c.rep, func.max(turn.c.id))
        .join(pool, pool.c.id == turn.c.pool_id)
        .where(pool.c.name == name, turn.c.kind.in_(_SHARES))
        .group_by(turn.c.rep)
    )
    recorded = {row.rep for row in connection.execute(of_pool)}
    latest = [row[1] for row in connection.execute(of_pool.where(turn.c.at < at))]
    rows = connection.execute(select(turn.c.rep, turn.c.kind, turn.c.weight).where(turn.c.id.in_(latest)))
    then = {
        RepId(row.rep): now.get(RepId(row.rep), 100) if row.weight is None else row.weight
        for row in rows
        if row.kind != EntryKind.LEAVE
    }
    return then | {rep: share for rep, share in now.items() if rep not in recorded}


def drawn(connection: Connection, name: PoolName, number: int) -> Line | None:
    """The draw that used a turn's number, unless its member has left, or joined anew, since."""
    of_pool = select(turn).join(pool, pool.c.id == turn.c.pool_id).where(pool.c.name == name)
    row = connection.execute(of_pool.where(turn.c.turn == number)).first()
    if row is None:
        return None
    since = of_pool.where(
        turn.c.rep == row.rep, turn.c.id > row.id, turn.c.kind.in_([EntryKind.JOIN, EntryKind.LEAVE])
    )
    return None if connection.execute(since.limit(1)).first() else _line(row)


def given_back(connection: Connection, name: PoolName, number: int) -> Line | None:
    """The entry that gave a turn back, if one did."""
    query = select(turn).join(pool, pool.c.id == turn.c.pool_id)
    row = connection.execute(query.where(pool.c.name == name, turn.c.gives_back == number)).first()
    return None if row is None else _line(row)


def _line(row: Row[Any]) -> Line:
    return Line(
        id=row.id,
        at=row.at,
        kind=EntryKind(row.kind),
        rep=RepId(row.rep),
        turn=row.turn,
        amount=row.amount,
        weight=row.weight,
        gives_back=row.gives_back,
        decision_id=row.decision_id,
        reason=row.reason,
        by=row.said_by,
        skipped=row.skipped or {},
    )
