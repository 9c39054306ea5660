"""A minute in which everything happens at once; `make soak`, or MUSTER_SOAK_SECONDS=60.

Each of 4 processes on PostgreSQL, 2 on SQLite, is killed 20 to 300 ms after it is ready, again and again.
Every contact has three events, each sent twice, out of order. Meanwhile members join, leave, are weighed
anew, go away and come back, and clocks remind and run out.
"""

from __future__ import annotations

import os
import random
import threading

import pytest
from sqlalchemy import func, select

from bench import running
from service.db.engine import Database
from service.db.tables import assignment, decision, pool, timer, turn
from tests.soak.changing import keep_changing
from tests.soak.crowd import crowd
from tests.soak.evenness import widest
from tests.soak.nursery import Nursery, Sapling
from tests.soak.test_processes import REPS, set_up

SECONDS = int(os.environ.get("MUSTER_SOAK_SECONDS", "0"))
PEOPLE_A_SECOND = 15

RULEBOOK = """
version: 1
timezone: UTC
rules:
  - id: germans
    because: Their pool is weighed anew all the time, and who is late loses the contact
    when: {contact.country: DE}
    then: {pool: weighted}
    sla: [{clock: acceptance, within: 1 minute, then: reassign}]
fallback:
  because: Everyone else takes turns
  then: {pool: inbound}
  sla: [{clock: acceptance, within: 2 minutes, remind: 1 minute before}]
"""


def events_of(people: int) -> list[dict[str, str]]:
    """Three events of each contact."""
    return [
        {
            "event_id": f"e{n}-{nth}",
            "external_id": f"c{n}",
            "email": f"p{n}@firm{n}.example",
            "country": "DE" if n % 4 == 0 else "FR",
            "occurred_at": f"2026-01-0{nth + 1}T09:00:00Z",
        }
        for n in range(people)
        for nth in range(3)
    ]


@pytest.mark.skipif(not SECONDS, reason="a minute of kills: `make soak`, or MUSTER_SOAK_SECONDS=60")
@pytest.mark.timeout(600 + 10 * SECONDS)
def test_a_minute_of_kills(nursery: Nursery, database: Database, database_url: str) -> None:
    """A decision for every event, an assignment for every turn, even at every instant, and a clean doctor."""
    people = PEOPLE_A_SECOND * SECONDS
    events = events_of(people)
    bodies = [body for body in events for _ in range(2)]
    random.Random(7).shuffle(bodies)
    over, done = threading.Event(), threading.Event()
    kills: list[int] = []
    changed: list[int] = []
    faults: list[str] = []
    count = 2 if database.sqlite else 4
    with nursery.saplings(count, database_url=database_url, worker=True) as started:
        urls = [server.url for server in started]
        set_up(urls[0], rulebook=RULEBOOK, pools=("inbound", "weighted"))

        def hunt(victim: Sapling, seed: int) -> None:
            chance = random.Random(seed)
            while not over.wait(chance.uniform(0.02, 0.3)):
                victim.kill()
                kills.append(seed)
                victim.restart()
                victim.wait_ready(120)

        threads = [threading.Thread(target=hunt, args=each[::-1]) for each in enumerate(started)]
        threads.append(threading.Thread(target=keep_changing, args=(urls, REPS, done, changed, faults)))
        timekeeper = threading.Timer(SECONDS, over.set)
        for thread in (*threads, timekeeper):
            thread.start()
        try:
            sent = crowd(urls, bodies, 16)
        finally:
            over.wait(SECONDS)
            over.set()
            done.set()
            timekeeper.cancel()
            for thread in threads:
                thread.join()
    print(f"{len(kills)} kills, {len(changed)} changes, {len(bodies)} calls")
    assert kills and changed and not faults, faults[:5]
    assert len(sent.answers) == len(events)
    assert all(len(ids) == 1 for ids in sent.answers.values()), "one event was answered with two decisions"
    found = running.muster("doctor", env=running.environment(database_url), check=False)
    assert found.returncode == 0, found.stdout
    expect_all(database, people, {decision for ids in sent.answers.values() for decision in ids})
    assert widest(database, "inbound") <= 1


def expect_all(database: Database, people: int, answered: set[str]) -> None:
    """Each event has its decision, each contact one rep, and each turn of a pool one assignment."""
    with database.read() as connection:
        stored = set(connection.execute(select(decision.c.id)).scalars())
        active = connection.execute(
            select(func.count(), func.count(assignment.c.contact_id.distinct())).where(
                assignment.c.ended_at.is_(None)
            )
        ).one()
        drawn = connection.execute(select(func.sum(pool.c.turn))).scalar_one()
        ledger = connection.execute(select(func.count()).where(turn.c.kind == "draw")).scalar_one()
        given = connection.execute(select(func.count()).where(assignment.c.turn.is_not(None))).scalar_one()
        fired = connection.execute(select(func.count()).where(timer.c.fired_at.is_not(None))).scalar_one()
    assert len(answered) == 3 * people
    assert answered <= stored, "a decision that was told to a caller is gone"
    assert tuple(active) == (people, people)
    assert drawn == ledger == given
    assert SECONDS < 60 or fired
