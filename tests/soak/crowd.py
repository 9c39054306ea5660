"""A crowd of clients that never gives up, for servers that are killed under it."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2

from bench import running


@dataclass
class Sent:
    """What the clients got for an answer: each event's key and the decision ids it was told."""

    answers: dict[str, set[str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, event: str, decision: str) -> None:
        """Remember an answer."""
        with self.lock:
            self.answers.setdefault(event, set()).add(decision)


def insist(clients: dict[str, httpx2.Client], urls: Sequence[str], body: dict[str, Any], start: int) -> str:
    """Send a contact to one server after the other until one decides it; the decision's id."""
    for url in itertools.islice(itertools.cycle(urls), start, None):
        try:
            answer = clients[url].post("/v1/contacts", json=body)
        except httpx2.HTTPError:
            time.sleep(0.02)
            continue
        if answer.status_code in (200, 201):
            return str(answer.json()["id"])
        if answer.status_code != 503:
            raise AssertionError(f"{answer.status_code}: {answer.text}")
        time.sleep(0.05)
    raise AssertionError("unreachable: the cycle of servers has no end")


def crowd(urls: Sequence[str], bodies: Sequence[dict[str, Any]], size: int) -> Sent:
    """Send every contact from ``size`` clients at once; each insists until it is answered."""
    sent = Sent()
    faults: list[BaseException] = []

    def one(number: int) -> None:
        clients = {url: running.client(url) for url in urls}
        try:
            for place in range(number, len(bodies), size):
                decision = insist(clients, urls, bodies[place], place)
                sent.note(bodies[place]["event_id"], decision)
        except BaseException as fault:  # noqa: BLE001 - reported by the test's own thread
            faults.append(fault)
        finally:
            for client in clients.values():
                client.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return sent
