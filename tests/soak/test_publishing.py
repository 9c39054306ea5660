"""A publish storm: every 200 ms a version, a third of them invalid, processes killed, contacts coming in.

The short run, on PostgreSQL, is part of every test run; `make soak` runs both databases and makes
it as many seconds long as MUSTER_SOAK_SECONDS.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2
import pytest
from sqlalchemy import func, select

from bench import running
from routing.rulebook import version_of
from service.db import rulebooks
from service.db.engine import Database
from service.db.tables import decision, publication, rulebook
from tests.soak.crowd import crowd
from tests.soak.nursery import Nursery
from tests.soak.test_processes import RULEBOOK, servers

SECONDS = int(os.environ.get("MUSTER_SOAK_SECONDS", "0")) or 3
EVERY = 0.2
CLIENTS = 8
LEAST = 3
"""Versions that go live before the storm may end: a busy machine needs longer for them."""

BETWEEN = """
import os, signal, sys
from datetime import datetime, UTC
from service.db import rulebooks
from service.db.engine import Database
with Database(sys.argv[1]).write() as connection:
    rulebooks.publish(connection, sys.argv[2], author="killed", reason=None, at=datetime.now(UTC))
    os.kill(os.getpid(), signal.SIGKILL)
"""
"""A process that dies when the version is written and the live pointer moved, and nothing is committed."""


def text_of(number: int) -> str:
    """A sound rulebook whose one rule has a name of its own."""
    return f"""\
version: 1
rules:
  - id: storm-{number}
    because: Contacts with a country take turns
    when: {{contact.country: {{exists: true}}}}
    then: {{pool: inbound}}
fallback:
  then: {{pool: inbound}}
"""


FAULTS: tuple[Callable[[str], str], ...] = (
    lambda text: text.replace("pool: inbound", "pool: inbond"),
    lambda text: text.replace("when: {", "when: {none: [{contact.country: {exists: true}}], "),
    lambda text: text.replace("fallback:", "fallback: ["),
)
"""A pool that does not exist, a rule that can never apply, and text that is no YAML."""


@dataclass
class Storm:
    """What was sent: the sound versions, those of them said to be live, and how many others were refused."""

    sound: set[str] = field(default_factory=set)
    live: set[str] = field(default_factory=set)
    refusals: int = 0

    def blow(self, urls: list[str], over: threading.Event) -> None:
        """Publish a version every 200 ms, each third with a fault, through one server after the other."""
        clients = [running.client(url) for url in urls]
        for number, client in zip(itertools.count(), itertools.cycle(clients)):
            if over.wait(EVERY):
                break
            text, good = text_of(number), number % 3 != 2
            self._send(client, text if good else FAULTS[number // 3 % len(FAULTS)](text), good)
        for client in clients:
            client.close()

    def _send(self, client: httpx2.Client, text: str, good: bool) -> None:
        version = version_of(text)
        if good:
            self.sound.add(version)
        try:
            tag = client.get("/v1/rulebook/draft").headers["etag"]
            saved = client.put(
                "/v1/rulebook/draft",
                content=text,
                headers={"If-Match": tag, "Content-Type": "application/yaml"},
            )
            answer = client.post(
                "/v1/rulebook/publish",
                json={"reason": "storm"},
                headers={"If-Match": saved.headers["etag"]},
            )
        except (httpx2.HTTPError, KeyError):
            return  # it was killed; whether this one went live, the database knows
        assert answer.status_code == (200 if good else 422), answer.text
        self.refusals += not good
        if good:
            self.live.add(version)


@pytest.mark.timeout(300 + 20 * SECONDS)
def test_a_publish_storm(nursery: Nursery, database: Database, database_url: str) -> None:
    """Every decision names one version that was published, and replays to itself; no fault ever lives."""
    if database.sqlite and "MUSTER_SOAK_SECONDS" not in os.environ:
        pytest.skip("the short run is on PostgreSQL; `make soak` does both")
    over, storm = threading.Event(), Storm()
    faults: list[BaseException] = []

    def alone(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except BaseException as fault:  # noqa: BLE001 - reported by the test's own thread
                faults.append(fault)

        return run

    with servers(nursery, database_url, 2) as started:

        def kill() -> None:
            chance = random.Random(3)
            while not over.wait(chance.uniform(1, 2)):
                victim = chance.choice(started)
                victim.kill()
                victim.restart()
                victim.wait_ready(120)

        def die_between() -> None:
            for number in itertools.count(1_000_000):
                if over.wait(1):
                    return
                died = subprocess.run(
                    [sys.executable, "-c", BETWEEN, database_url, text_of(number)], check=False
                )
                assert died.returncode == -signal.SIGKILL

        urls = [server.url for server in started]
        works = (lambda: storm.blow(urls, over), kill, die_between)
        threads = [threading.Thread(target=alone(work)) for work in works]
        for thread in threads:
            thread.start()
        sent, end = 0, time.monotonic() + SECONDS
        while not faults and (time.monotonic() < end or len(storm.live) < LEAST or not storm.refusals):
            bodies = [
                {"event_id": f"e{n}", "email": f"p{n}@firm{n}.example", "country": "IT"}
                for n in range(sent, sent + 20)
            ]
            answers = crowd(urls, bodies, CLIENTS).answers
            assert all(len(ids) == 1 for ids in answers.values())
            sent += len(bodies)
        over.set()
        for thread in threads:
            thread.join()
    assert not faults, faults
    with database.read() as connection:
        decided = connection.execute(
            select(decision.c.rulebook_version, func.count().label("decisions")).group_by(
                decision.c.rulebook_version
            )
        )
        under = {each.rulebook_version: each.decisions for each in decided}
        published = set(connection.execute(select(publication.c.version)).scalars())
        stored = set(connection.execute(select(rulebook.c.version)).scalars())
        assert rulebooks.live_version(connection) in published
    assert sum(under.values()) == sent
    assert under.keys() <= published, "a decision names a version that was never live"
    assert len(under) > 2, "the storm changed nothing under the traffic"
    assert storm.live <= published <= storm.sound | {version_of(RULEBOOK)}
    assert stored == published
    found = running.muster(
        "doctor", "--replayed", str(sent), env=running.environment(database_url), check=False
    )
    assert found.returncode == 0, found.stdout
