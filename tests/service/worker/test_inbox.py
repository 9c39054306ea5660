"""The inbox is decided: in batches, each item once, whatever fails in between."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from matching.types import Contact
from service.db import inbox, sources
from service.db.engine import Database
from service.db.inbox import Entry, State
from service.db.sources import Source
from service.decision import Handled, Incoming
from service.intake.kinds import Call
from service.intake.reading import read_items
from service.problems import Unavailable
from service.worker.inbox import ATTEMPTS, BATCH, CLAIM, Inbox, paced
from tests.service.deciding import NOW, decided

FORMS = Source(
    name="forms",
    kind="generic",
    secrets=(),
    token_header=None,
    mapping={},
    active=True,
    created_at=NOW,
    updated_at=NOW,
)


@dataclass(slots=True)
class Clock:
    """The test's own time."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


class Died(BaseException):
    """Stands for the end of the process: nothing catches it."""


@dataclass(slots=True)
class Decider:
    """Stands for the flow: decides each event key once, and remembers the batches it was given."""

    before: Callable[[Sequence[Incoming]], None] = lambda _: None
    after: Callable[[Sequence[Incoming]], None] = lambda _: None
    taken: dict[str, Incoming] = field(default_factory=dict)
    batches: list[list[str]] = field(default_factory=list)

    def __call__(self, incoming: Sequence[Incoming]) -> list[Handled]:
        self.batches.append([each.contact.company or "" for each in incoming])
        self.before(incoming)
        handled = []
        for each in incoming:
            repeated = each.event_key in self.taken
            self.taken.setdefault(each.event_key, each)
            decision = replace(decided(f"d:{each.contact.company}"), event_key=each.event_key)
            handled.append(Handled(decision=decision, repeated=repeated, conflict=False))
        self.after(incoming)
        return handled


def receive(database: Database, *companies: str, source: Source = FORMS, **more: Any) -> None:
    """Take in one item for each company."""
    body = json.dumps([{"event_id": name, "company": name, **more} for name in companies]).encode()
    with database.write() as connection:
        if sources.get(connection, source.name) is None:
            sources.add(connection, source)
        items = read_items(source, Call(url="", headers={}, body=body), NOW)
        inbox.receive(connection, source.name, items, NOW)


def entries(database: Database) -> dict[str, Entry]:
    """What is in the inbox, by the company."""
    with database.read() as connection:
        found = inbox.page(connection, "forms", None, None, 1000)
    return {json.loads(entry.body)["company"]: entry for entry in found}


def states(database: Database) -> dict[str, str]:
    return {name: entry.state.value for name, entry in entries(database).items()}


def test_items_become_contact_events(database: Database) -> None:
    receive(database, "Acme", title="CTO")
    flow = Decider()
    assert Inbox(database, flow, Clock()).run()
    event = flow.taken["webhook:forms:id:Acme"]
    assert event.contact == Contact(company="Acme", title="CTO")
    assert event.occurred_at == NOW  # a source that gives no time is ordered by arrival
    entry = entries(database)["Acme"]
    assert (entry.state, entry.decision_id, entry.decided_at) == (State.DECIDED, "d:Acme", NOW)
    assert not Inbox(database, flow, Clock()).run()


def test_a_batch_is_a_hundred_in_the_order_they_came(database: Database) -> None:
    names = [f"c{number:03}" for number in range(BATCH + 20)]
    receive(database, *names)
    flow = Decider()
    worker = Inbox(database, flow, Clock())
    while worker.run():
        pass
    assert flow.batches == [names[:BATCH], names[BATCH:]]
    assert set(states(database).values()) == {"decided"}


def test_what_a_source_pauses_waits(database: Database) -> None:
    receive(database, "Acme", source=replace(FORMS, active=False))
    assert not Inbox(database, Decider(), Clock()).run()
    with database.write() as connection:
        sources.save(connection, FORMS)
    assert Inbox(database, Decider(), Clock()).run()


def test_a_poison_item_stops_no_other_and_ends_in_quarantine(database: Database) -> None:
    def choke(incoming: Sequence[Incoming]) -> None:
        if any(each.contact.company == "poison" for each in incoming):
            raise RecursionError("ana@acme.com")

    receive(database, "one", "poison", "two")
    clock, flow = Clock(), Decider(before=choke)
    worker = Inbox(database, flow, clock)
    worker.run()
    assert states(database) == {"one": "decided", "poison": "waiting", "two": "decided"}
    for _ in range(ATTEMPTS):
        clock.at += timedelta(minutes=1)
        worker.run()
    poison = entries(database)["poison"]
    assert (poison.state, poison.attempts) == (State.QUARANTINED, ATTEMPTS)
    assert poison.problem == "deciding it failed 3 times, last with RecursionError"
    assert not worker.run()


def test_an_item_that_kills_the_process_is_quarantined_after_three_attempts(database: Database) -> None:
    def die(incoming: Sequence[Incoming]) -> None:
        if any(each.contact.company == "poison" for each in incoming):
            raise Died

    receive(database, "one", "poison", "two")
    clock, deaths = Clock(), 0
    for _ in range(10):
        worker = Inbox(database, Decider(before=die), clock)  # the next process
        try:
            while worker.run():
                pass
        except Died:
            deaths += 1
        clock.at += CLAIM
    assert deaths == ATTEMPTS
    assert states(database) == {"one": "decided", "poison": "quarantined", "two": "decided"}
    assert entries(database)["poison"].problem == "the worker stopped or failed 3 times while deciding it"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_before_or_after_deciding_loses_nothing_and_decides_nothing_twice(
    database: Database, when: str
) -> None:
    def die(_: Sequence[Incoming]) -> None:
        raise Died

    receive(database, "one", "two")
    flow = Decider(**{when: die})
    with pytest.raises(Died):
        Inbox(database, flow, Clock()).run()
    assert states(database) == {"one": "waiting", "two": "waiting"}
    assert len(flow.taken) == (2 if when == "after" else 0)
    flow.before = flow.after = lambda _: None
    assert not Inbox(database, flow, Clock(NOW + CLAIM - timedelta(seconds=1))).run()
    assert Inbox(database, flow, Clock(NOW + CLAIM)).run()
    assert states(database) == {"one": "decided", "two": "decided"}
    assert len(flow.taken) == 2
    assert flow.batches[1:] == [["one"], ["two"]]  # what was tried before is tried alone


@pytest.mark.parametrize(
    "error",
    [OperationalError("select", {}, Exception("server closed the connection")), Unavailable("no rulebook")],
)
def test_what_is_not_the_items_fault_does_not_count_against_it(database: Database, error: Exception) -> None:
    def fail(_: Sequence[Incoming]) -> None:
        raise error

    receive(database, "one", "two")
    clock, flow = Clock(), Decider(before=fail)
    worker = Inbox(database, flow, clock)
    for _ in range(20):
        worker.run()
        clock.at += timedelta(seconds=2)
    assert {entry.attempts for entry in entries(database).values()} == {0}
    flow.before = lambda _: None
    worker.run()
    assert states(database) == {"one": "decided", "two": "decided"}
    assert flow.batches[-1] == ["one", "two"]


def test_what_could_not_be_given_back_is_given_back_later(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = OperationalError("update", {}, Exception("server closed the connection"))

    def fail(*_: Any) -> None:
        raise away

    receive(database, "one")
    clock, flow = Clock(), Decider(before=fail)
    worker = Inbox(database, flow, clock)
    with monkeypatch.context() as broken:
        broken.setattr(inbox, "give_back", fail)
        with pytest.raises(OperationalError):
            worker.run()
        with pytest.raises(OperationalError):
            worker.run()
    flow.before = lambda _: None
    worker.run()
    clock.at += timedelta(seconds=2)
    worker.run()
    assert entries(database)["one"].attempts == 1
    assert states(database) == {"one": "decided"}


def test_two_workers_share_the_inbox(database: Database) -> None:
    receive(database, *(f"c{number}" for number in range(150)))
    seen: list[list[str]] = []

    def also_work(_: Sequence[Incoming]) -> None:
        if len(seen) == 0:
            seen.append([])
            other = Decider()
            Inbox(database, other, Clock()).run()
            seen[0] = other.batches[0]

    flow = Decider(before=also_work)
    Inbox(database, flow, Clock()).run()
    assert set(flow.batches[0]).isdisjoint(seen[0])
    assert len(flow.batches[0]) + len(seen[0]) == 150


def test_the_mapping_of_today_reads_what_came_yesterday(database: Database) -> None:
    receive(database, "Acme", org={"name": "Better"})
    with database.write() as connection:
        sources.save(connection, replace(FORMS, mapping={"company": "org.name"}))
    flow = Decider()
    Inbox(database, flow, Clock()).run()
    assert flow.batches == [["Better"]]


def test_an_item_that_the_mapping_cannot_read_any_more_is_quarantined(database: Database) -> None:
    receive(database, "Acme", "Brio")
    with database.write() as connection:
        sources.save(connection, replace(FORMS, mapping={"company": "org.name"}))
    Inbox(database, Decider(), Clock()).run()
    assert states(database) == {"Acme": "quarantined", "Brio": "quarantined"}


def test_the_items_of_a_source_that_is_gone_are_quarantined(database: Database) -> None:
    receive(database, "Acme")
    with database.write() as connection:
        sources.delete(connection, "forms")
    Inbox(database, Decider(), Clock()).run()
    assert entries(database)["Acme"].problem == "its source is not there any more"


def test_the_age_of_the_oldest_item_that_waits(database: Database) -> None:
    receive(database, "Acme")
    with database.read() as connection:
        assert inbox.oldest_waiting(connection) == NOW
    Inbox(database, Decider(), Clock()).run()
    with database.read() as connection:
        assert inbox.oldest_waiting(connection) is None
        assert inbox.counts(connection) == {}


def test_what_a_dead_worker_had_can_be_taken_over_at_once(database: Database) -> None:
    def die(_: Sequence[Incoming]) -> None:
        raise Died

    receive(database, "one", "two")
    with pytest.raises(Died):
        Inbox(database, Decider(before=die), Clock()).run()
    flow = Decider()
    assert not Inbox(database, flow, Clock()).run()
    with database.write() as connection:
        inbox.end_claims(connection, NOW)
    assert Inbox(database, flow, Clock()).run()
    assert states(database) == {"one": "decided", "two": "decided"}


@pytest.mark.parametrize(
    ("count", "seconds", "following"),
    [(100, 0.5, 20), (20, 0.1, 20), (20, 0.05, 40), (10, 3.0, 10), (1, 0.001, 100), (1, 0.0, 100)],
)
def test_a_batch_leaves_the_writer_of_sqlite_to_others_in_time(
    count: int, seconds: float, following: int
) -> None:
    assert paced(count, seconds) == following
