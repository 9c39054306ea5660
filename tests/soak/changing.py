"""Ops at work while processes are killed: who is in a pool, with what weight, who is away."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from bench import running

ALWAYS = 2
"""The first members are never touched, so that somebody is always there."""


def changes(reps: int, chance: random.Random) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Calls without an end: method, address and body."""
    while True:
        some = [f"r{n}" for n in range(ALWAYS, reps)]
        rep = chance.choice(some)
        inside = [f"r{n}" for n in range(ALWAYS)] + chance.sample(some, chance.randint(0, len(some)))
        yield "PUT", "/v1/pools/inbound", {"members": [{"rep": each} for each in inside]}
        weighed = [{"rep": each, "weight": 1 + chance.randrange(3)} for each in inside]
        yield "PUT", "/v1/pools/weighted", {"members": weighed}
        yield "POST", f"/v1/reps/{rep}/{chance.choice(['offline', 'online'])}", {}
        begins = datetime.now(UTC)
        away = {"from": begins.isoformat(), "until": (begins + timedelta(seconds=3)).isoformat()}
        yield "PUT", f"/v1/reps/{rep}", {"absences": chance.choice([[], [away]])}
        yield "PUT", f"/v1/reps/{rep}", {"active": chance.random() < 0.7}


def keep_changing(
    urls: Sequence[str], reps: int, over: threading.Event, done: list[int], faults: list[str]
) -> None:
    """Make one change after the other until it is over; a server that is gone is left for the next."""
    clients = [running.client(url) for url in urls]
    turns = itertools.cycle(clients)
    for method, path, body in changes(reps, random.Random(5)):
        while not over.is_set():
            try:
                answer = next(turns).request(method, path, json=body)
            except httpx2.HTTPError:
                over.wait(0.02)
                continue
            if answer.status_code < 500:
                done.append(answer.status_code)
                if answer.status_code >= 400:
                    faults.append(f"{path}: {answer.text}")
                break
            if answer.status_code != 503:
                faults.append(f"{path}: {answer.text}")
                break
        if over.wait(0.1):
            break
    for client in clients:
        client.close()
