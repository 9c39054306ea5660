"""service/db/loads.py: figures that span pools are read with the reps locked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import select

from routing.types.pools import PoolName
from service.db import loads, pools, reps, rotation
from service.db.engine import Database
from service.db.tables import rep
from service.records.pools import PoolRecord
from service.records.reps import RepRecord
from tests.service.organisation import MONDAY, organisation

HERE = PoolName("here")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer at a time
@pytest.mark.parametrize(
    ("settings", "spans"),
    [
        ({"choose": "turn_order"}, False),
        ({"choose": "lowest_count", "caps": {"day": 5}}, False),
        ({"choose": "least_open"}, True),
        ({"choose": "longest_idle"}, True),
        ({"open_cap": 5}, True),
    ],
)
def test_who_is_drawn_by_what_other_pools_gave_is_drawn_by_one_at_a_time(
    database: Database, settings: dict[str, Any], spans: bool
) -> None:
    """Ana is in both pools: two draws at one moment must not both find her the longest idle."""
    organisation(database)
    with database.write() as connection:
        reps.upsert(connection, [RepRecord(external_id="dan")], MONDAY)
        said = {"name": HERE, "members": [{"rep": "ana"}, {"rep": "bo"}], **settings}
        pools.upsert(connection, [PoolRecord.model_validate(said)], MONDAY)
    assert _free(database, ["ana", "bo", "dan"]) == {"ana", "bo", "dan"}
    with database.write() as connection:
        known = rotation.load(connection, [HERE], lock=True)
        people = reps.by_id(connection, {member.rep for member in known[HERE].members})
        loads.of(connection, known, people, MONDAY, lock=True)
        assert _free(database, ["ana", "bo", "dan"]) == ({"dan"} if spans else {"ana", "bo", "dan"})


def _free(database: Database, names: Iterable[str]) -> set[str]:
    """The reps whom another transaction could draw for now."""
    query = select(rep.c.external_id).where(rep.c.external_id.in_(list(names)))
    with database.write() as connection:
        return set(connection.scalars(query.with_for_update(key_share=True, skip_locked=True)))
