"""Every page of the console over 100,000 decisions and 20,000 accounts: milliseconds and bytes.

    python -m bench.console [--decisions N] [--accounts N] [--only PART] [--on DATABASE] [--keep FOLDER]

The pages are the GET addresses of the console, with the values a reader would have clicked; besides them some
that ask for more (periods, filters, searches). For each, of five answers of a real server on loopback (after
one that is not counted): the fastest first byte, the fastest and the slowest whole answer, the processor's
time of the server, and the bytes of the page with all it loads, as sent.
With --keep the SQLite database stays in the folder and is used again.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urljoin

import httpx2
from sqlalchemy import Connection, select

from bench import running
from bench.console import begun
from bench.console.made import make
from service.console.app import PATH
from service.console.routes import ROUTES
from service.db import migrate
from service.db.engine import Database
from service.db.tables import (
    account,
    assignment,
    decision,
    delivery,
    pool,
    program_campaign,
    program_meeting,
    program_nomination,
    program_plan,
    publication,
    rep,
    signal,
    source,
    waiting,
)

TRIES = 5
GOAL_MS = 200
GOAL_BYTES = 300_000
MORE = (
    "/?period=90",
    "/pace?period=90",
    "/decisions?period=90",
    "/decisions?period=90&match_outcome=matched&event=outside",
    "/decisions?period=90&rule=fallback&routing_outcome=queued",
    "/decisions?search=company 4999",
    "/decisions?search=p77@made-77.example",
    "/decisions?search=nobody-is-called-so",
    "/decisions?rep={rep}&period=90",
    "/accounts?search=birch",
    "/accounts?search=nobody-is-called-so",
    "/accounts?page=200",
    "/accounts?look=no_domain",
    "/accounts?look=duplicates",
    "/accounts?look=shared_domains",
    "/reviews?tab=held",
)


def main() -> None:
    """Measure on both databases, or on one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--decisions", type=int, default=100_000)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--only", default="", help="addresses with this in them")
    parser.add_argument("--on", choices=("sqlite", "postgresql"))
    parser.add_argument("--keep")
    asked = parser.parse_args()
    if asked.on != "postgresql":
        with _folder(asked.keep) as folder:
            file = folder / "console.db"
            _measure(f"sqlite:///{file}", asked, fresh=not file.exists())
    if asked.on != "sqlite":
        with running.postgres() as url:
            _measure(url, asked, fresh=True)


@contextmanager
def _folder(kept: str | None) -> Iterator[Path]:
    if kept is not None:
        yield Path(kept)
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def _measure(url: str, asked: argparse.Namespace, *, fresh: bool) -> None:
    database = Database(url)
    if fresh:
        make(database, decisions=asked.decisions, companies=asked.accounts, now=datetime.now(UTC))
    migrate.upgrade(database)
    planned = begun.plan(database)
    with database.read() as connection:
        known = _known(connection) | {"plan_id": planned}
    database.dispose()
    packed = {"accept-encoding": "gzip"}
    with (
        running.serving(running.environment(url), "--no-worker") as server,
        httpx2.Client(base_url=server.url, headers=packed, timeout=120) as client,
        httpx2.Client(
            base_url=server.url, headers={"authorization": f"Bearer {running.KEY}"}, timeout=120
        ) as api,
    ):
        client.post(f"{PATH}/sign-in", data={"key": running.KEY, "next": "/"})
        wanted, left_out = _addresses(known | begun.others(api, client, known))
        print("first byte, fastest, slowest, processor; size with all it loads")
        for address in wanted:
            if asked.only in address:
                _visit(client, address, server.process.pid)
    for address in left_out:
        print(f"not visited: {address}")


def _visit(client: httpx2.Client, address: str, server: int) -> None:
    first, took = [], []
    client.get(PATH + address)
    used = processor(server)
    for _ in range(TRIES):
        began = time.perf_counter()
        with client.stream("GET", PATH + address) as response:
            first.append((time.perf_counter() - began) * 1000)
            response.read()
        took.append((time.perf_counter() - began) * 1000)
    used = (processor(server) - used) / TRIES
    size = response.num_bytes_downloaded + sum(_sent(client, each) for each in _loaded(response.text))
    missed = [f"{max(took):.0f} ms"] if min(took) > GOAL_MS else []
    missed += ["too large"] if size > GOAL_BYTES else []
    note = f"  <-- {', '.join(missed)}" if missed else ""
    times = f"{min(first):6.0f} {min(took):6.0f} {max(took):6.0f} {used:6.0f} ms"
    print(f"{times} {size / 1000:6.0f} kB  {response.status_code}  {address}{note}", flush=True)


def processor(process: int) -> float:
    """Milliseconds of the processor that a process has had."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def _loaded(html: str) -> list[str]:
    """What a page loads: its scripts, its styles, its pictures."""
    found = re.findall(r'<(?:script|img)[^>]+src="([^"]+)"|<link[^>]+href="([^"]+)"', html)
    return sorted({urljoin(PATH + "/", one or other) for one, other in found})


def _sent(client: httpx2.Client, address: str) -> int:
    return client.get(address).num_bytes_downloaded


def _addresses(known: dict[str, str]) -> tuple[list[str], list[str]]:
    """Every address that is looked at, with values in the places of names; and those without a value."""
    paths = [
        route.path
        for route in ROUTES
        if "GET" in (route.methods or ()) and not route.path.startswith("/static")
    ]
    wanted, left_out = [], []
    for path in (*paths, *MORE):
        names = [name.split(":")[0] for name in re.findall(r"{([^}]+)}", path)]
        values = [known.get(_called(path, name), "") for name in names]
        if not all(values):
            left_out.append(path)
            continue
        for value in values:
            path = re.sub(r"{[^}]+}", quote(value, safe=""), path, count=1)
        wanted.append(path)
    return wanted, left_out


def _called(path: str, name: str) -> str:
    """What a name in an address stands for: `name` alone is of whatever the address is of."""
    parts = path.strip("/").split("/")
    return parts[parts.index(next(part for part in parts if name in part)) - 1] if name == "name" else name


def _known(connection: Connection) -> dict[str, str]:
    """A value for each name in the addresses, where there is one."""

    def first(column: object, *conditions: object) -> str:
        value = connection.execute(select(column).where(*conditions).limit(1)).scalar()  # type: ignore[call-overload]
        return "" if value is None else str(value)

    waits = first(waiting.c.decision_id, waiting.c.settled_at.is_(None), waiting.c.kind == "review")
    return {
        "decision_id": waits or first(decision.c.id),
        "external_id": first(account.c.parent, account.c.parent.is_not(None)),
        "delivery_id": first(delivery.c.id),
        "account": first(signal.c.account) or first(account.c.external_id),
        "pools": first(pool.c.name),
        "sources": first(source.c.name),
        "rep": first(rep.c.external_id, rep.c.active),
        "rep_id": first(rep.c.external_id, rep.c.active),
        "version": first(publication.c.version),
        "assigned": first(assignment.c.decision_id, assignment.c.ended_at.is_(None)),
        "other": "helena.brandt",
        "nomination_id": first(program_nomination.c.id),
        "plan": first(program_plan.c.id),
        "meeting": first(program_meeting.c.id),
        "campaign": first(program_campaign.c.id),
        "report": "speed-to-lead",
        "measure": "assigned",
        "counted": "revenue",
    }


if __name__ == "__main__":
    main()
