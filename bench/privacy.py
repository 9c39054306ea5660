"""How long it takes to export and to erase one person among 100,000 contacts, on either database.

    python -m bench.privacy [--rows 100000] [--only sqlite|postgresql]

Each contact has a decision of 4 KB, an inbox item and a delivered message. Three people are
exported and erased; the slowest of each is printed, on the clock and of the processor (of this process).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, text

from bench import running
from service.db import migrate
from service.db.engine import Database
from service.db.tables import contact, decision, delivery, destination, inbox
from service.privacy.erase import Eraser
from service.privacy.export import export
from service.services import new_id

AT = datetime(2026, 3, 1, tzinfo=UTC)
PEOPLE = (5, 50_003, 99_991)


def main() -> None:
    """Measure both databases."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    given = parser.parse_args()
    if given.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            _measure(f"sqlite:///{folder}/bench.db", given.rows)
    if given.only != "sqlite":
        with running.postgres() as url:
            _measure(url, given.rows)


def _measure(url: str, rows: int) -> None:
    database = Database(url)
    migrate.upgrade(database)
    with database.write() as connection:
        connection.execute(insert(destination), [_destination()])
    for start in range(0, rows, 5000):
        with database.write() as connection:
            for table, made in _tables(start, min(start + 5000, rows)):
                connection.execute(insert(table), made)
    with database.write() as connection:
        connection.execute(text("ANALYZE"))
    eraser = Eraser(database=database, now=lambda: datetime.now(UTC), new_id=new_id)
    people = [_email(number % rows) for number in PEOPLE]
    for name, work in (
        ("export", lambda email: export(database, email)),
        ("erase", lambda email: eraser.erase(email, "bench")),
    ):
        took = [_timed(work, email) for email in people]
        print(
            f"{database.url.get_backend_name():>10}  {name:<7} {max(took)[0]:.3f} s, {max(took)[1]:.3f} s CPU"
        )
    database.dispose()


def _timed(work: Callable[[str], object], email: str) -> tuple[float, float]:
    began, used = time.perf_counter(), time.process_time()
    if not work(email):
        raise RuntimeError(f"nothing is stored about {email}")
    return time.perf_counter() - began, time.process_time() - used


def _email(number: int) -> str:
    return f"p{number}@firm{number % 20_000}.example"


def _tables(start: int, end: int) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    numbers = range(start, end)
    yield contact, [_contact(number) for number in numbers]
    yield decision, [_decision(number) for number in numbers]
    yield inbox, [_item(number) for number in numbers]
    yield delivery, [_message(number) for number in numbers]


def _contact(number: int) -> dict[str, Any]:
    email = _email(number)
    data = {"email": email, "first_name": f"Given{number}", "last_name": f"Family{number}", "custom": {}}
    at = {"occurred_at": AT, "created_at": AT, "updated_at": AT}
    known = {"email": email, "domain": email.partition("@")[2], "data": data, "answers": {}}
    return {"id": number + 1, "identity": f"e:{email}", **known, **at}


def _decision(number: int) -> dict[str, Any]:
    email = _email(number)
    body = {"contact": {"email": email}, "facts": {}, "considered": "x" * 4000}
    decided = {"match_outcome": "unmatched", "score": 0.0, "routing_outcome": "queued", "queue": "all"}
    versions = {"policy_version": "p", "rulebook_version": "r"}
    event = {"event_key": f"k{number}", "event_digest": "d", "contact_id": number + 1, "at": AT}
    return {
        "id": f"d{number}",
        **event,
        "email": email,
        **decided,
        **versions,
        "body": body,
        "mentions": False,
    }


def _item(number: int) -> dict[str, Any]:
    body = f'{{"event_id":"e{number}","email":"{_email(number)}","company":"Firm"}}'.encode()
    key = {"source": "forms", "dedupe_key": f"id:e{number}", "digest": "d", "body": body}
    decided = {"state": "decided", "decision_id": f"d{number}", "decided_at": AT}
    return {**key, "received_at": AT, "attempts": 1, "next_at": AT, "notes": [], **decided}


def _message(number: int) -> dict[str, Any]:
    payload = {"contact": {"email": _email(number)}, "reason": "x" * 400}
    about = {"message_id": f"m{number}", "destination_id": "d", "type": "decision", "contact_id": number + 1}
    sent = {"state": "delivered", "attempts": 1, "next_at": AT, "created_at": AT, "delivered_at": AT}
    return {**about, "decision_id": f"d{number}", "payload": payload, **sent}


def _destination() -> dict[str, Any]:
    where = {"id": "d", "name": "d", "kind": "webhook", "url": "https://x.example/"}
    return {**where, "secrets": [], "events": [], "active": True, "created_at": AT}


if __name__ == "__main__":
    main()
