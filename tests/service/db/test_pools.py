"""service/db/pools.py: settings and members, every change of membership in the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from routing.rotation import draw
from routing.types.people import Rep, RepId
from routing.types.pools import NobodyPolicy, PoolName, PoolSettings, PoolState
from service.db import ledger as entries
from service.db import pools, rotation
from service.db.engine import Database
from service.db.ledger import Draw
from service.db.tables import turn
from service.db.upserts import Stored
from service.records.pools import PoolRecord

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
NAME = PoolName("inbound")


def store(database: Database, **said: Any) -> Stored:
    record = PoolRecord.model_validate({"name": NAME, **said})
    with database.write() as connection:
        return pools.upsert(connection, [record], NOW)[0]


def members(*weights: tuple[str, int]) -> list[dict[str, Any]]:
    return [{"rep": rep, "weight": weight} for rep, weight in weights]


def get(database: Database) -> PoolState:
    with database.read() as connection:
        found = pools.get(connection, NAME)
    assert found is not None
    return found


def drawn(database: Database, times: int) -> list[RepId | None]:
    """Draw turns the way a batch of decisions does."""
    taken: list[RepId | None] = []
    with database.write() as connection:
        before = rotation.load(connection, [NAME], lock=True)
        state = before[NAME]
        people = {member.rep: Rep(id=member.rep, name=member.rep) for member in state.members}
        draws = []
        for number in range(times):
            move, state = draw(state, people, NOW)
            taken.append(move.rep)
            draws.append(Draw(move=move, decision_id=f"d{state.turn}-{number}"))
        rotation.save(connection, before, {NAME: state}, NOW)
        entries.record(connection, draws, NOW)
    return taken


def ledger(database: Database) -> list[tuple[str, str]]:
    with database.read() as connection:
        rows = connection.execute(select(turn.c.kind, turn.c.rep).order_by(turn.c.id))
        return [(row.kind, row.rep) for row in rows if row.kind != "draw"]


def test_settings_stay_unless_named_and_null_is_the_default(database: Database) -> None:
    assert store(database, nobody="overflow", overflow="rest", respect_hours=True).outcome == "created"
    assert store(database, keep_holder=False).outcome == "updated"
    settings = PoolSettings(
        nobody=NobodyPolicy.OVERFLOW, overflow=PoolName("rest"), respect_hours=True, keep_holder=False
    )
    assert get(database).settings == settings
    store(database, nobody=None, overflow=None, respect_hours=None, keep_holder=None)
    assert get(database).settings == PoolSettings()


def test_members_are_the_whole_list_where_given(database: Database) -> None:
    store(database, members=members(("ann", 1), ("ben", 2)))
    store(database, respect_hours=True)
    assert [(member.rep, member.weight) for member in get(database).members] == [("ann", 1), ("ben", 2)]
    store(database, members=members(("ben", 1), ("cyd", 1)))
    assert [(member.rep, member.weight) for member in get(database).members] == [("ben", 1), ("cyd", 1)]
    assert ledger(database) == [
        ("join", "ann"),
        ("join", "ben"),
        ("leave", "ann"),
        ("reweight", "ben"),
        ("join", "cyd"),
    ]


def test_the_same_again_changes_nothing(database: Database) -> None:
    store(database, members=members(("ann", 1)))
    assert store(database, members=members(("ann", 1))).outcome == "unchanged"
    assert ledger(database) == [("join", "ann")]


def test_a_newcomer_starts_level_with_the_others(database: Database) -> None:
    store(database, members=members(("ann", 1), ("ben", 1)))
    drawn(database, 40)
    store(database, members=members(("ann", 1), ("ben", 1), ("cyd", 1)))
    counts = {rep: drawn(database, 9).count(rep) for rep in (RepId("cyd"),)}
    assert counts == {"cyd": 3}
    state = get(database)
    assert state.turn == 49
    assert sum(member.turns for member in state.members) == 49


def test_several_pools_and_pages(database: Database) -> None:
    records = [PoolRecord(name=PoolName(name)) for name in ("c", "a", "b", "a")]
    with database.write() as connection:
        stored = pools.upsert(connection, records, NOW)
        assert [each.outcome for each in stored] == ["created", "created", "created", "unchanged"]
        first = pools.page(connection, limit=2)
        rest = pools.page(connection, after=first[-1][0])
        assert sorted(state.name for _, state in first + rest) == ["a", "b", "c"]
        assert pools.remove(connection, "a")
        assert not pools.remove(connection, "a")
        assert pools.get(connection, "a") is None
