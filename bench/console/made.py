"""A database that has been in use for a quarter: the demo, copied until there is enough of everything.

Rows are copied by the driver, not decided: 100,000 decisions with the bodies of the demo's, each with
its contact, figures, assignment, clock, delivery and what it waits for, over 20,000 accounts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Table, insert, select, text

from service.db import accounts, migrate
from service.db.engine import Database
from service.db.tables import (
    activity,
    assignment,
    assignment_clock,
    audit,
    contact,
    credit,
    decision,
    decision_figure,
    delivery,
    destination,
    inbox,
    opportunity,
    pool,
    source,
    turn,
    waiting,
)
from service.demo.load import load
from service.records.accounts import AccountRecord

SPAN = timedelta(days=90)
_AT_ONCE = 5000
_FIRST = 1_000_000  # of the rows that are copies
_FIRST_WORDS = ("Alder", "Birch", "Cedar", "Dorn", "Esche", "Fichte", "Ginkgo", "Holm")
_WORDS = ("Jasmin", "Kiefer", "Linde", "Mistel", "Nuss", "Olive", "Pappel", "Quitte")
_KINDS = ("Werke", "Systems", "Logistics", "Pumps", "Foods", "Media", "Energy", "Tools", "Labs", "Holding")
_COUNTRIES = ("DE", "FR", "GB", "US", "BR", "NL", None)
_OPEN = 40
"""One decision in so many still waits for what it waited for."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The rows of the demo that copies are made of, by table."""

    decisions: Sequence[Row]
    contacts: dict[int, Row]
    figures: dict[str, Row]
    assignments: dict[str, Row]
    clocks: dict[str, list[Row]]
    waits: dict[str, list[Row]]
    pools: dict[str, int]


def make(database: Database, *, decisions: int, companies: int, now: datetime) -> None:
    """Fill an empty database."""
    migrate.upgrade(database)
    load(database, now, lambda: str(uuid4()))
    for start in range(0, companies, 500):
        records = [_account(number) for number in range(start, min(start + 500, companies))]
        database.transact(partial(accounts.upsert, records=records, now=now - SPAN))
    with database.read() as connection:
        demo = _demo(connection)
    database.transact(lambda connection: _exchange(connection, now))
    step = SPAN / max(decisions, 1)
    for start in range(0, decisions, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, decisions))
        tables = _copies(demo, numbers, companies, lambda number: now - SPAN + step * (number + 0.5))
        with database.write() as connection:
            for table, rows in tables.items():
                if rows:
                    connection.execute(insert(table), rows)
    _tidy(database)


def _account(number: int) -> AccountRecord:
    name = f"{_FIRST_WORDS[number % 8]} {_WORDS[number // 8 % 8]} {_KINDS[number // 64 % 10]} {number}"
    said: Row = {
        "external_id": _company(number),
        "name": name,
        "country": _COUNTRIES[number % 7],
        "city": "Esslingen",
        "lifecycle": "customer" if number % 3 else "prospect",
        "segment": "enterprise" if number % 5 == 0 else "mid-market",
    }
    if number % 10:
        said["domains"] = [f"{name.lower().replace(' ', '-')}.example"]
    if number % 4:
        said["owner"] = {"rep": ("helena.brandt", "tom.ashby", "sofia.lindgren")[number % 3]}
    if number % 50 == 0:
        said["tier"] = {"tier": "strategic"}
    if number % 20 in (1, 2, 3):
        said["parent_id"] = _company(number - number % 20)
    return AccountRecord.model_validate(said)


def _company(number: int) -> str:
    return f"MADE-{number:06d}"


def _demo(connection: Connection) -> Demo:
    def rows(table: Table) -> list[Row]:
        return [row._asdict() for row in connection.execute(select(table)).all()]

    return Demo(
        decisions=rows(decision),
        contacts={row["id"]: row for row in rows(contact)},
        figures={row["decision_id"]: row for row in rows(decision_figure)},
        assignments={row["id"]: row for row in rows(assignment)},
        clocks=_by(rows(assignment_clock), "assignment_id"),
        waits=_by(rows(waiting), "decision_id"),
        pools={row["name"]: row["id"] for row in rows(pool)},
    )


def _by(rows: Sequence[Row], name: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[name], []).append({key: value for key, value in row.items() if key != "id"})
    return found


def _exchange(connection: Connection, now: datetime) -> None:
    """A source and a destination, for what comes in and goes out."""
    common = {"secrets": [], "active": True, "created_at": now - SPAN}
    connection.execute(
        insert(source).values(name="bench-form", kind="generic", mapping={}, updated_at=now, **common)
    )
    connection.execute(
        insert(destination).values(
            id="bench", name="bench", kind="webhook", url="https://crm.example/hook", events=[], **common
        )
    )


def _copies(
    demo: Demo, numbers: range, companies: int, when: Callable[[int], datetime]
) -> dict[Table, list[Row]]:
    made: dict[Table, list[Row]] = {
        table: []
        for table in (
            *(contact, decision, decision_figure, assignment, assignment_clock, waiting, delivery, credit),
            *(turn, activity, opportunity, inbox, audit),
        )
    }
    for number in numbers:
        for table, row in _copy(demo, number, companies, when(number)):
            made[table].append(row)
    return made


def _copy(demo: Demo, number: int, companies: int, at: datetime) -> Iterator[tuple[Table, Row]]:
    row = demo.decisions[number % len(demo.decisions)]
    person = demo.contacts[row["contact_id"]]
    key, who = f"copy-{number:07d}", _FIRST + number
    company = _company(number * 7919 % companies) if row["account"] else None
    times = {"occurred_at": at, "created_at": at, "updated_at": at}
    email = f"p{number}@made-{number % 5000}.example"
    known = {"external_id": key, "email": email, "domain": email.split("@")[1], "account": company}
    yield contact, person | times | known | {"id": who, "identity": f"x:{key}"}
    held = f"{key}-a" if row["assignment_id"] in demo.assignments else None
    same = {"id": key, "event_key": key, "contact_id": who, "assignment_id": held, "at": at}
    yield decision, row | same | {"account": company, "email": email, "company": f"Company {number % 5000}"}
    if row["id"] in demo.figures:
        yield (
            decision_figure,
            demo.figures[row["id"]] | {"decision_id": key, "at": at, "received_at": at, "started": held},
        )
    moved = at - row["at"]
    open_ = number % _OPEN == 0
    if held is not None:
        yield from _assigned(demo, row, key, held, who, moved, open_)
    for each in demo.waits.get(row["id"], ()):
        settled = None if open_ else at + timedelta(hours=2)
        due = each["due_at"] and each["due_at"] + moved
        yield (
            waiting,
            each
            | {"decision_id": key, "contact_id": who, "due_at": due, "settled_at": settled}
            | {"settled_by": None if open_ else "bench"},
        )
    yield from _beside(number, key, who, company, at, row["rep"])
    if row["rep"] is not None and row["pool"] is not None:
        yield (
            turn,
            {"pool_id": demo.pools[row["pool"]], "turn": _FIRST + number, "kind": "draw", "rep": row["rep"]}
            | {"decision_id": key, "at": at, "amount": 1},
        )


def _assigned(
    demo: Demo, row: Row, key: str, held: str, who: int, moved: timedelta, open_: bool
) -> Iterator[tuple[Table, Row]]:
    was = demo.assignments[row["assignment_id"]]
    shifted = {
        name: was[name] and was[name] + moved
        for name in ("due_at", "assigned_at", "accepted_at", "touched_at")
    }
    ended = None if open_ else shifted["assigned_at"] + timedelta(hours=5)
    status = was["status"] if open_ else "completed"
    same = {"id": held, "decision_id": key, "contact_id": who, "ended_at": ended, "status": status}
    yield assignment, was | shifted | same
    for clock in demo.clocks.get(was["id"], ()):
        names = ("anchor_at", "started_at", "due_at", "paused_at", "ended_at", "missed_at")
        times = {name: clock[name] and clock[name] + moved for name in names}
        yield assignment_clock, clock | times | {"assignment_id": held, "contact_id": who}


def _beside(
    number: int, key: str, who: int, company: str | None, at: datetime, rep: str | None
) -> Iterator[tuple[Table, Row]]:
    """What else a decision leaves behind, or comes with."""
    dead = number % 500 == 0
    yield (
        delivery,
        {"message_id": key, "destination_id": "bench", "type": "contact.assigned", "contact_id": who}
        | {"decision_id": key, "payload": {"padding": "x" * 500}, "state": "dead" if dead else "delivered"}
        | {"attempts": 1, "next_at": at, "created_at": at, "delivered_at": None if dead else at},
    )
    yield (
        inbox,
        {"source": "bench-form", "dedupe_key": key, "digest": key, "body": b'{"email": "a@b.example"}'}
        | {"received_at": at, "state": "quarantined" if dead else "decided", "attempts": 1, "next_at": at}
        | {
            "notes": [],
            "problem": "email is missing" if dead else None,
            "decision_id": key,
            "decided_at": at,
        },
    )
    yield (
        audit,
        {"at": at, "actor": "bench", "actor_id": "bench", "action": "decide", "subject": key, "detail": {}},
    )
    if rep is not None:
        yield (
            credit,
            {"contact_id": who, "kind": "sourced", "rep": rep, "share": 1_000_000, "decision_id": key}
            | {"reason": "earned", "cause": key, "at": at},
        )
    if number % 2 == 0:
        yield (
            activity,
            {"external_id": key, "rep": rep, "account": company, "contact": key, "kind": "email"}
            | {"direction": "outbound", "at": at},
        )
    if number % 20 == 0 and company is not None:
        yield (
            opportunity,
            {"external_id": key, "account": company, "owner": rep, "stage": "proposal", "kind": "new"}
            | {"amount": 5000, "opened_at": at, "updated_at": at},
        )


def _tidy(database: Database) -> None:
    """What a server does by itself within the hour: statistics, and the map of what is visible to all."""
    if database.sqlite:
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
