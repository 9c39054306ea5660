"""A cap under a crowd: 64 clients and two processes never get one contact past it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from service.db.engine import Database
from service.db.tables import decision
from service.doctor import examine
from tests.soak.crowd import crowd
from tests.soak.nursery import Nursery
from tests.soak.test_processes import REPS, servers

CAP = 5


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.timeout(300)
def test_a_cap_holds_across_processes(nursery: Nursery, database: Database, database_url: str) -> None:
    bodies = [{"event_id": f"e{n}", "email": f"p{n}@firm{n}.example"} for n in range(64)]
    with servers(nursery, database_url, 2, caps={"total": CAP}) as started:
        crowd([server.url for server in started], bodies, 64)
    with database.read() as connection:
        rows = connection.execute(
            select(decision.c.routing_outcome, decision.c.rep, func.count()).group_by(
                decision.c.routing_outcome, decision.c.rep
            )
        ).all()
    given = {rep: count for outcome, rep, count in rows if outcome == "assigned"}
    assert given == {f"r{n}": CAP for n in range(REPS)}
    held = Counter({outcome: count for outcome, rep, count in rows if rep is None})
    assert held == {"held": len(bodies) - CAP * REPS}
    assert list(examine(database, datetime.now(UTC))) == []
