"""Webhooks that come many times at once, at two processes (on SQLite one): every event is decided once."""

from __future__ import annotations

import random
import threading
import time

import pytest
from sqlalchemy import func, select

from bench import running
from service.db.engine import Database
from service.db.tables import decision, inbox
from tests.soak.nursery import Nursery
from tests.soak.test_processes import SCALE, servers

EVENTS = 50 * SCALE
COPIES = 50
CLIENTS = 8


@pytest.mark.skipif(SCALE == 1, reason="fifty thousand items: `make soak`, or MUSTER_SOAK=20")
@pytest.mark.timeout(300 * SCALE)
def test_duplicates_at_two_processes_are_decided_once(
    nursery: Nursery, database: Database, database_url: str
) -> None:
    """`make soak` sends a thousand events fifty times each."""
    bodies = [{"event_id": f"e{n}", "email": f"p{n}@firm{n}.example"} for n in range(EVENTS)]
    sent = [body for body in bodies for _ in range(COPIES)]
    random.Random(5).shuffle(sent)
    faults: list[str] = []
    count = 1 if database.sqlite else 2
    with servers(nursery, database_url, count) as running_servers:
        with running.client(running_servers[0].url) as admin:
            admin.post("/v1/sources", json={"name": "forms"}).raise_for_status()

        def send(number: int) -> None:
            with running.client(running_servers[number % count].url) as client:
                for place in range(number * 10, len(sent), CLIENTS * 10):
                    answer = client.post("/v1/webhooks/forms", json=sent[place : place + 10])
                    if answer.status_code != 202:
                        faults.append(answer.text)

        threads = [threading.Thread(target=send, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if database.sqlite:
            _wait(database)
        else:  # the servers have no worker on PostgreSQL: one more decides what was kept
            with running.serving(running.environment(database_url, worker="true")):
                _wait(database)
    assert faults == []
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(decision)).scalar_one() == EVENTS
        states = connection.execute(select(inbox.c.state, func.count()).group_by(inbox.c.state)).all()
    assert [tuple(row) for row in states] == [("decided", EVENTS)]


def _wait(database: Database) -> None:
    """Until nothing waits; the test's own time limit ends it otherwise."""
    waiting = select(func.count()).select_from(inbox).where(inbox.c.state == "waiting")
    while True:
        with database.read() as connection:
            if connection.execute(waiting).scalar_one() == 0:
                return
        time.sleep(0.1)
