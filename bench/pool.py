"""One pool under a crowd: `python -m bench.pool`.

Single contacts from many clients, all for one pool of seven, over one, two and
four server processes on PostgreSQL and one and two on SQLite; `--capped`: with caps.
Prints contacts per second, latencies, and how far the members' turns are apart: 1 at most. A refusal
ends it with what was answered; MUSTER_BENCH_LOGS=FOLDER keeps the servers' logs.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from bench import running

REPS = 7
RULEBOOK = "version: 1\nfallback: {because: Everyone takes turns, then: {pool: inbound}}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one run came to."""

    contacts: int
    seconds: float
    latencies: Sequence[float]
    spread: int

    def line(self, what: str) -> str:
        """The run as a row of a table."""
        cuts = statistics.quantiles(self.latencies, n=100)
        rate = self.contacts / self.seconds
        return f"| {what} | {rate:.0f} | {cuts[49] * 1000:.0f} | {cuts[98] * 1000:.0f} | {self.spread} |"


@contextmanager
def servers(database_url: str, count: int, **settings: Any) -> Iterator[list[running.Server]]:
    """That many processes over one database, with a pool of equals and a rulebook."""
    env = running.environment(database_url)
    with ExitStack() as stack:
        first = stack.enter_context(running.serving(env))
        with running.client(first.url) as client:
            for n in range(REPS):
                client.put(f"/v1/reps/r{n}", json={"name": f"Rep {n}"}).raise_for_status()
            members = [{"rep": f"r{n}"} for n in range(REPS)]
            client.put("/v1/pools/inbound", json={"members": members, **settings}).raise_for_status()
            running.publish(client, RULEBOOK)
        others = [running.Server(env) for _ in range(count - 1)]  # they start at the same time
        for server in others:
            stack.callback(server.stop)
        for server in others:
            server.wait_ready()
        yield [first, *others]


def crowd(urls: Sequence[str], contacts: int, clients: int) -> Figures:
    """Send contacts, one a call, from many clients at once, each to one of the servers."""
    latencies: list[float] = []
    refused: list[str] = []

    def one(number: int) -> None:
        with running.client(urls[number % len(urls)]) as client:
            for place in range(number, contacts, clients):
                body = {"event_id": f"e{place}", "email": f"p{place}@firm{place}.example"}
                began = time.perf_counter()
                answer = client.post("/v1/contacts", json=body)
                latencies.append(time.perf_counter() - began)
                if answer.status_code != 201:
                    refused.append(f"{answer.status_code} of {client.base_url}: {answer.text[:300]}")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    if refused:
        raise AssertionError(
            f"{len(refused)} of {contacts} contacts were refused, the first with {refused[0]}"
        )
    with running.client(urls[0]) as client:
        turns = [member["turns"] for member in client.get("/v1/pools/inbound").json()["members"]]
    if sum(turns) != contacts:
        raise AssertionError(f"{contacts} contacts, {sum(turns)} turns")
    return Figures(contacts=contacts, seconds=seconds, latencies=latencies, spread=max(turns) - min(turns))


def main() -> None:
    """Run every combination and print a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--contacts", type=int, default=1000)
    options.add_argument("--clients", type=int, default=16)
    options.add_argument("--capped", action="store_true", help="With caps, which are counted at each draw.")
    chosen = options.parse_args()
    caps: dict[str, Any] = {"caps": {"day": 1_000_000}, "open_cap": 1_000_000} if chosen.capped else {}
    print("| database, processes | contacts/s | p50 ms | p99 ms | spread |\n|---|---|---|---|---|")
    for name, counts in (("PostgreSQL", (1, 2, 4)), ("SQLite", (1, 2))):
        for count in counts:
            with ExitStack() as stack:
                url = (
                    stack.enter_context(running.postgres())
                    if name == "PostgreSQL"
                    else f"sqlite:///{stack.enter_context(tempfile.TemporaryDirectory())}/bench.db"
                )
                started = stack.enter_context(servers(url, count, **caps))
                figures = crowd([server.url for server in started], chosen.contacts, chosen.clients)
            print(figures.line(f"{name}, {count}"))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
