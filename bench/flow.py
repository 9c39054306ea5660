"""The whole path over HTTP with real organisations: `python -m bench.flow`.

Imports the accounts, publishes a rulebook that hands contacts to country
pools, sends every contact through POST /v1/contacts/batch and checks that each
ended in exactly one decision; then sends single contacts from many clients.
Prints accuracy (with the benchmark's own scorer), contacts per second,
latencies and memory, for SQLite and PostgreSQL.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from bench import running

SHARED = Path(os.environ.get("MUSTER_SHARED", "../shared")) / "bench"
FIELDS = ("company", "email", "website", "country", "city", "phone")
REGIONS = {
    "americas": ["US", "CA", "MX", "BR", "AR", "CL", "CO", "PE"],
    "dach": ["DE", "AT", "CH", "LI"],
    "nordics": ["NO", "SE", "DK", "FI", "IS"],
    "western europe": ["GB", "IE", "FR", "BE", "NL", "LU", "ES", "PT", "IT"],
    "eastern europe": [
        "PL",
        "CZ",
        "SK",
        "HU",
        "RO",
        "BG",
        "UA",
        "RU",
        "GR",
        "TR",
        "RS",
        "HR",
        "SI",
        "LT",
        "LV",
        "EE",
    ],
    "asia": ["CN", "JP", "KR", "IN", "TW", "HK", "SG", "MY", "TH", "VN", "ID", "PH"],
    "pacific": ["AU", "NZ"],
}
REPS_A_POOL = 5


def rulebook() -> str:
    """Rules that hand each contact to the pool of its country, and the rest to one for the world."""
    rules = "\n".join(
        f"  - id: {region.replace(' ', '-')}\n"
        f"    because: The pool of {region} answers contacts from there\n"
        f"    when: {{contact.country: {{in: [{', '.join(countries)}]}}}}\n"
        f"    then: {{pool: {region}}}\n"
        for region, countries in REGIONS.items()
    )
    fallback = "fallback:\n  because: Everyone else\n  then: {pool: world}\n"
    return f"version: 1\ntimezone: UTC\nrules:\n{rules}{fallback}"


def set_up(client: httpx2.Client, env: dict[str, str], accounts: Path) -> float:
    """Reps, pools, rulebook and accounts, each as a user would bring them in; seconds for the accounts."""
    for region in (*REGIONS, "world"):
        names = [f"{region.replace(' ', '-')}-{n}" for n in range(REPS_A_POOL)]
        for name in names:
            client.put(f"/v1/reps/{name}", json={"name": name}).raise_for_status()
        members = [{"rep": name, "weight": 1} for name in names]
        client.put(f"/v1/pools/{region}", json={"members": members}).raise_for_status()
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "rulebook.yaml"
        book.write_text(rulebook(), encoding="utf-8")
        running.muster("rules", "publish", str(book), "--author", "bench", "--reason", "bench", env=env)
    started = time.perf_counter()
    running.muster("import", "accounts", str(accounts), env=env)
    return time.perf_counter() - started


def contacts(path: Path) -> list[dict[str, Any]]:
    """The benchmark's contacts as the API takes them; the external id is the row's."""
    packed = path.suffix == ".gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") if packed else path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [{"external_id": row["qid"]} | {name: row[name] for name in FIELDS if row[name]} for row in rows]


def send_batches(
    client: httpx2.Client, sent: Sequence[dict[str, Any]], size: int
) -> tuple[list[Any], list[float]]:
    """Every item's result, in order, and the seconds of each call."""
    results: list[Any] = []
    seconds = []
    for start in range(0, len(sent), size):
        before = time.perf_counter()
        answer = client.post("/v1/contacts/batch", json={"contacts": sent[start : start + size]})
        seconds.append(time.perf_counter() - before)
        answer.raise_for_status()
        results += answer.json()["results"]
    return results, seconds


def send_singles(url: str, sent: Sequence[dict[str, Any]], clients: int) -> tuple[float, list[float]]:
    """Seconds in all and of each call, with that many clients sending at once."""

    def one(share: Sequence[dict[str, Any]]) -> list[float]:
        took = []
        with running.client(url) as client:
            for contact in share:
                before = time.perf_counter()
                client.post("/v1/contacts", json=contact).raise_for_status()
                took.append(time.perf_counter() - before)
        return took

    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as threads:
        shares = list(threads.map(one, (sent[n::clients] for n in range(clients))))
    return time.perf_counter() - started, [each for share in shares for each in share]


def score(results: Sequence[Any], folder: Path, contacts_file: Path) -> None:
    """Run the benchmark's scorer over the decisions."""
    predictions = folder / "predictions.csv"
    with predictions.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["qid", "account_id", "score"])
        for result in results:
            match = result["decision"]["match"]
            writer.writerow(
                [result["decision"]["contact"]["external_id"], match["account_id"] or "", match["score"]]
            )
    done = subprocess.run(
        [sys.executable, str(SHARED / "score.py"), str(contacts_file), str(predictions)],
        capture_output=True,
        text=True,
        check=True,
    )
    print("\n".join(done.stdout.splitlines()[:5]))


def latencies(seconds: Sequence[float]) -> str:
    """Median and 99th percentile in milliseconds."""
    ranked = sorted(seconds)
    last = ranked[int(len(ranked) * 0.99) - 1]
    return f"p50 {statistics.median(ranked) * 1000:.1f} ms, p99 {last * 1000:.1f} ms"


def run(
    database_url: str, accounts: Path, contacts_file: Path, *, size: int, clients: int, singles: int
) -> None:
    """The whole benchmark against one database; raises where a contact has not exactly one decision."""
    env = running.environment(database_url)
    running.muster("db", "upgrade", env=env)
    sent = contacts(contacts_file)
    with (
        running.serving(env) as server,
        running.client(server.url) as client,
        tempfile.TemporaryDirectory() as folder,
    ):
        took = set_up(client, env, accounts)
        print(f"accounts imported in {took:.1f} s")
        before = time.perf_counter()
        results, seconds = send_batches(client, sent, size)
        total = time.perf_counter() - before
        assert all(result["status"] == 201 for result in results), Counter(r["status"] for r in results)
        again, _ = send_batches(client, sent[: 2 * size], size)
        assert [r["decision"]["id"] for r in again] == [r["decision"]["id"] for r in results[: 2 * size]]
        print(f"batches of {size}: {len(sent) / total:,.0f} contacts/s; a call {latencies(seconds)}")
        print(f"decisions: {dict(Counter(r['decision']['match']['outcome'] for r in results))}")
        fresh = [
            contact | {"external_id": f"S-{n}", "source": "single"}
            for n, contact in enumerate(sent[:singles])
        ]
        total, seconds = send_singles(server.url, fresh, clients)
        print(
            f"singles, {clients} clients: {len(fresh) / total:,.0f} contacts/s; a call {latencies(seconds)}"
        )
        print(f"server memory: {server.memory_mb():.0f} MB")
        score(results, Path(folder), contacts_file)
        running.muster("doctor", env=env)
        print("doctor: all is well")


@contextmanager
def databases(given: str | None) -> Iterator[list[str]]:
    """The databases to run on: the one given, else SQLite and PostgreSQL."""
    if given:
        yield [given]
        return
    with tempfile.TemporaryDirectory() as folder, running.postgres() as postgres:
        yield [f"sqlite:///{folder}/bench.db", postgres]


def main() -> None:
    """Run the benchmark as the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--accounts", type=Path, default=SHARED / "dev" / "accounts.csv.gz")
    parser.add_argument("--contacts", type=Path, default=SHARED / "dev" / "contacts.csv.gz")
    parser.add_argument("--database", help="one URL of an empty database; default: SQLite, then PostgreSQL")
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--singles", type=int, default=2000)
    given = parser.parse_args()
    with databases(given.database) as urls:
        for url in urls:
            print(f"--- {url.split(':')[0]}")
            run(
                url,
                given.accounts,
                given.contacts,
                size=given.batch,
                clients=given.clients,
                singles=given.singles,
            )


if __name__ == "__main__":
    main()
