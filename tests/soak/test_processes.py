"""Several processes, many clients, one pool; and processes that die in the middle.

The short runs are part of every test run. `make soak` makes them long:
MUSTER_SOAK is how many times as many contacts are sent. See `test_minute` for worse.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from bench import running
from service.db.engine import Database
from service.db.tables import assignment, decision, pool, pool_member, turn
from service.doctor import examine
from tests.soak.crowd import crowd
from tests.soak.nursery import Nursery, Sapling

SCALE = int(os.environ.get("MUSTER_SOAK", "1"))
REPS = 7

RULEBOOK = """
version: 1
timezone: UTC
rules: []
fallback:
  because: Everyone takes turns
  then: {pool: inbound}
"""


@contextmanager
def servers(nursery: Nursery, database_url: str, count: int, **pool_settings: Any) -> Iterator[list[Sapling]]:
    """That many processes over one database, with a pool of equals and a rulebook."""
    with nursery.saplings(count, database_url=database_url) as started:
        set_up(started[0].url, **pool_settings)
        yield started


def set_up(
    url: str, *, rulebook: str = RULEBOOK, pools: Sequence[str] = ("inbound",), **pool_settings: Any
) -> None:
    """Make reps, pools of equals, and a rulebook."""
    with running.client(url) as client:
        for n in range(REPS):
            client.put(f"/v1/reps/r{n}", json={"name": f"Rep {n}"}).raise_for_status()
        members = [{"rep": f"r{n}", "weight": 1} for n in range(REPS)]
        for name in pools:
            client.put(f"/v1/pools/{name}", json={"members": members, **pool_settings}).raise_for_status()
        running.publish(client, rulebook)


def expect_exact(database: Database, contacts: int) -> None:
    """Every contact has one decision and one active assignment; the turns are even and all accounted for."""
    with database.read() as connection:
        count = connection.execute(select(func.count()).select_from(decision)).scalar_one()
        active = connection.execute(
            select(func.count(), func.count(assignment.c.contact_id.distinct())).where(
                assignment.c.ended_at.is_(None)
            )
        ).one()
        turns = connection.execute(select(pool_member.c.turns)).scalars().all()
        drawn = connection.execute(select(pool.c.turn)).scalar_one()
        ledger = connection.execute(select(func.count()).where(turn.c.kind == "draw")).scalar_one()
    assert count == contacts
    assert tuple(active) == (contacts, contacts)
    assert (drawn, sum(turns), ledger) == (contacts, contacts, contacts)
    assert max(turns) - min(turns) <= 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.timeout(300 * SCALE)
def test_64_clients_and_two_processes_share_a_pool_evenly(
    nursery: Nursery, database: Database, database_url: str
) -> None:
    bodies = [{"event_id": f"e{n}", "email": f"p{n}@firm{n}.example"} for n in range(384 * SCALE)]
    with servers(nursery, database_url, 2) as running_servers:
        sent = crowd([server.url for server in running_servers], bodies, 64)
    assert all(len(ids) == 1 for ids in sent.answers.values())
    expect_exact(database, len(bodies))
    assert list(examine(database, datetime.now(UTC))) == []


@pytest.mark.timeout(300 * SCALE)
def test_killed_processes_lose_nothing_and_decide_nothing_twice(
    nursery: Nursery, database: Database, database_url: str
) -> None:
    """SIGKILL at random moments, every event sent twice, from clients that insist."""
    events = [{"event_id": f"e{n}", "email": f"p{n}@firm{n}.example"} for n in range(120 * SCALE)]
    bodies = [body for body in events for _ in range(2)]
    random.Random(7).shuffle(bodies)
    done = threading.Event()
    with servers(nursery, database_url, 1 if database.sqlite else 2) as running_servers:

        def killer() -> None:
            chance = random.Random(11)
            while not done.wait(chance.uniform(0.3, 0.7)):
                victim = chance.choice(running_servers)
                victim.kill()
                victim.restart()
                victim.wait_ready(120)

        thread = threading.Thread(target=killer)
        thread.start()
        try:
            sent = crowd([server.url for server in running_servers], bodies, 16)
        finally:
            done.set()
            thread.join()
    assert len(sent.answers) == len(events)
    assert all(len(ids) == 1 for ids in sent.answers.values()), "one event was answered with two decisions"
    expect_exact(database, len(events))
    assert list(examine(database, datetime.now(UTC))) == []
