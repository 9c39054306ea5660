"""How even the turns of a pool were at every instant, by its ledger alone."""

from __future__ import annotations

from fractions import Fraction

from sqlalchemy import select

from routing.types.rotation import EntryKind
from service.db.engine import Database
from service.db.tables import pool, turn


def widest(database: Database, name: str) -> Fraction:
    """The furthest that two members' standings for each unit of weight were ever apart, after any change."""
    query = (
        select(turn).join(pool, pool.c.id == turn.c.pool_id).where(pool.c.name == name).order_by(turn.c.id)
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
    standings: dict[str, int] = {}
    shares: dict[str, int] = {}
    most = Fraction(0)
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        if row.kind == EntryKind.JOIN:
            standings[row.rep], shares[row.rep] = 0, row.weight
        elif row.kind == EntryKind.REWEIGHT:
            shares[row.rep] = row.weight
        if row.kind == EntryKind.LEAVE:
            del standings[row.rep], shares[row.rep]
            continue
        standings[row.rep] += (row.amount or 0) + (row.kind == EntryKind.DRAW)
        if after is None or after.decision_id is None or after.decision_id != row.decision_id:
            levels = [Fraction(standings[rep] * 100, share) for rep, share in shares.items() if share]
            most = max(most, max(levels) - min(levels)) if levels else most
    return most
