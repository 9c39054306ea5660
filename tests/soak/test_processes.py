"""Several processes, many clients, one pool; and processes that die in the middle.

The short runs are part of every test run. `make soak` makes them long:
MUSTER_SOAK is how many times as many contacts are sent, MUSTER_SOAK_SECONDS how long processes are killed.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bench import running
from service.db.engine import Database
from service.db.tables import assignment, decision, pool, pool_member, turn
from tests.soak.crowd import crowd

SCALE = int(os.environ.get("MUSTER_SOAK", "1"))
SECONDS = int(os.environ.get("MUSTER_SOAK_SECONDS", "0"))
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
def servers(database_url: str, folder: Path, count: int) -> Iterator[list[running.Server]]:
    """That many processes over one database, with a pool of equals and a rulebook."""
    env = running.environment(database_url)
    book = folder / "rulebook.yaml"
    book.write_text(RULEBOOK, encoding="utf-8")
    with ExitStack() as stack:
        first = stack.enter_context(running.serving(env))
        with running.client(first.url) as client:
            for n in range(REPS):
                client.put(f"/v1/reps/r{n}", json={"name": f"Rep {n}"}).raise_for_status()
            members = [{"rep": f"r{n}", "weight": 1} for n in range(REPS)]
            client.put("/v1/pools/inbound", json={"members": members}).raise_for_status()
        running.muster("rules", "publish", str(book), "--author", "soak", "--reason", "soak", env=env)
        yield [first, *(stack.enter_context(running.serving(env)) for _ in range(count - 1))]


def expect_exact(database: Database, contacts: int, *, decisions: int | None = None) -> None:
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
    assert count == (contacts if decisions is None else decisions)
    assert tuple(active) == (contacts, contacts)
    assert (drawn, sum(turns), ledger) == (contacts, contacts, contacts)
    assert max(turns) - min(turns) <= 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.timeout(300 * SCALE)
def test_64_clients_and_two_processes_share_a_pool_evenly(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    bodies = [{"event_id": f"e{n}", "email": f"p{n}@firm{n}.example"} for n in range(640 * SCALE)]
    with servers(database_url, tmp_path, 2) as running_servers:
        sent = crowd([server.url for server in running_servers], bodies, 64)
    assert all(len(ids) == 1 for ids in sent.answers.values())
    expect_exact(database, len(bodies))
    assert running.muster("doctor", env=running.environment(database_url)).returncode == 0


@pytest.mark.timeout(300 * SCALE)
def test_killed_processes_lose_nothing_and_decide_nothing_twice(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """SIGKILL at random moments, every event sent twice, from clients that insist."""
    events = [{"event_id": f"e{n}", "email": f"p{n}@firm{n}.example"} for n in range(200 * SCALE)]
    bodies = [body for body in events for _ in range(2)]
    random.Random(7).shuffle(bodies)
    done = threading.Event()
    with servers(database_url, tmp_path, 1 if database.sqlite else 2) as running_servers:

        def killer() -> None:
            chance = random.Random(11)
            while not done.wait(chance.uniform(0.8, 2.0)):
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
    assert running.muster("doctor", env=running.environment(database_url)).returncode == 0


@pytest.mark.skipif(not SECONDS, reason="a minute of kills: `make soak`, or MUSTER_SOAK_SECONDS=60")
@pytest.mark.timeout(600 + 5 * SECONDS)
def test_a_minute_of_kills(database: Database, database_url: str, tmp_path: Path) -> None:
    """Each process is killed 20 to 300 ms after it is ready, for a minute: 4 on PostgreSQL, 2 on SQLite.

    Every contact has three events, each sent twice, out of order: as many decisions as events, an
    assignment and a turn for each contact, and a doctor who finds nothing.
    """
    people = range(40 * SECONDS)
    events = [
        {
            "event_id": f"e{n}-{nth}",
            "external_id": f"c{n}",
            "email": f"p{n}@firm{n}.example",
            "occurred_at": f"2026-01-0{nth + 1}T09:00:00Z",
        }
        for n in people
        for nth in range(3)
    ]
    bodies = [body for body in events for _ in range(2)]
    random.Random(7).shuffle(bodies)
    over = threading.Event()
    kills: list[int] = []
    with servers(database_url, tmp_path, 2 if database.sqlite else 4) as running_servers:

        def hunt(victim: running.Server, seed: int) -> None:
            chance = random.Random(seed)
            while not over.wait(chance.uniform(0.02, 0.3)):
                victim.kill()
                kills.append(seed)
                victim.restart()
                victim.wait_ready(120)

        hunters = [threading.Thread(target=hunt, args=each[::-1]) for each in enumerate(running_servers)]
        timer = threading.Timer(SECONDS, over.set)
        for thread in (*hunters, timer):
            thread.start()
        try:
            sent = crowd([server.url for server in running_servers], bodies, 16)
        finally:
            over.set()
            timer.cancel()
            for thread in hunters:
                thread.join()
    assert kills
    assert len(sent.answers) == len(events)
    assert all(len(ids) == 1 for ids in sent.answers.values()), "one event was answered with two decisions"
    expect_exact(database, len(people), decisions=len(events))
    found = running.muster("doctor", env=running.environment(database_url))
    assert found.returncode == 0, found.stdout
