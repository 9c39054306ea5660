"""The outbox is worked off: retries, order, leases, and destinations that do not hold each other up."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
import standardwebhooks
import time_machine
from sqlalchemy import update

from service.db import destinations, outbox
from service.db.destinations import Destination
from service.db.engine import Database
from service.db.outbox import Delivery, Filter, Message, State
from service.db.tables import delivery
from service.delivery import webhook
from service.delivery.http import Answer, Unreachable
from service.delivery.kinds import KINDS
from service.delivery.sender import Attempt, Sender, outcome_of
from service.delivery.signing import new_secret
from tests.service.deciding import NOW, remembered, tell
from tests.service.delivery.receiver import receiving
from tests.service.delivery.sending import SendOne, kinds, tools

LEASE = webhook.KIND.lease
HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Clock:
    """The test's own time."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


def add(database: Database, name: str, url: str = "https://hooks.example.com/") -> Destination:
    """A destination that is told of everything."""
    made = Destination(
        id=name,
        name=name,
        kind="webhook",
        url=url,
        secrets=(new_secret(NOW),),
        events=(),
        active=True,
        disabled_reason=None,
        created_at=NOW,
    )
    with database.write() as connection:
        destinations.add(connection, made)
    return made


def contact(database: Database, name: str = "c-1") -> int:
    with database.write() as connection:
        return remembered(connection, name)


def all_of(database: Database, **wanted: str) -> list[Delivery]:
    """Every delivery, the oldest first."""
    with database.read() as connection:
        return outbox.page(connection, Filter(**wanted), None, 1000)[::-1]


def work_off(sender: Sender, destination_id: str) -> None:
    """Send everything that is due now."""
    with ThreadPoolExecutor(4) as threads:
        while sender.send_due(destination_id, threads):
            pass


def answering(status: int) -> SendOne:
    return lambda *_: Answer(status=status, retry_after=None)


def told(database: Database, send: SendOne, clock: Clock, **said: Callable[[], float]) -> Sender:
    """A sender whose messages go by ``send``."""
    return Sender(database, kinds(send), tools(database), clock, **said)


def real(database: Database, clock: Clock) -> Sender:
    """A sender that really sends, to loopback."""
    return Sender(database, KINDS, tools(database), clock, chance=lambda: 0.0)


# --- with a real receiver ------------------------------------------------------------------------


def test_a_receiver_that_fails_twice_and_then_accepts(database: Database) -> None:
    with receiving() as receiver:
        receiver.answers(500, 503, 204)
        made = add(database, "crm", receiver.url)
        tell(database, [(contact(database), "d-1")])
        clock = Clock()
        sender = real(database, clock)
        work_off(sender, "crm")
        assert all_of(database)[0].state is State.WAITING
        clock.at += timedelta(seconds=5)
        work_off(sender, "crm")
        clock.at += timedelta(minutes=5)
        work_off(sender, "crm")
    (done,) = all_of(database)
    assert (done.state, done.attempts, done.last_status, done.last_error) == (State.DELIVERED, 3, 204, None)
    assert done.delivered_at == clock.at
    assert len({got.body for got in receiver.got}) == 1
    assert {got.headers["webhook-id"] for got in receiver.got} == {"msg_d-1_assigned"}
    oracle = standardwebhooks.Webhook(made.secrets[0].value)
    for got, at in zip(receiver.got, (NOW, NOW + timedelta(seconds=5), clock.at), strict=True):
        with time_machine.travel(at, tick=False):
            said = oracle.verify(got.body, got.headers)
        assert said["data"]["assignment"]["rep"] == "rosa"
    assert json.loads(receiver.got[0].body)["type"] == "contact.assigned"


def test_lanes_start_by_themselves_and_a_slow_destination_holds_up_no_other(database: Database) -> None:
    release = threading.Event()
    with receiving() as slow, receiving() as quick:
        slow.reply = lambda _: ((release.wait(10) and 204) or 500, {})
        add(database, "slow", slow.url)
        add(database, "quick", quick.url)
        told = [(contact(database, f"c-{number}"), f"d-{number}") for number in range(20)]
        tell(database, told)
        delivered = threading.Event()

        def last(_: object) -> tuple[int, dict[str, str]]:
            if len(quick.got) == 20:
                delivered.set()
            return 204, {}

        quick.reply = last
        sender = real(database, Clock())
        sender.run()
        assert delivered.wait(10)
        assert all(each.state is not State.DELIVERED for each in all_of(database, destination_id="slow"))
        release.set()
        sender.close(10)
    assert all(each.state is State.DELIVERED for each in all_of(database, destination_id="quick"))
    assert 0 < len(slow.got) < 20  # what was on its way was finished, nothing else begun


def test_a_receiver_that_is_down(database: Database) -> None:
    with receiving() as receiver:
        url = receiver.url
    add(database, "crm", url)
    tell(database, [(contact(database), "d-1")])
    work_off(real(database, Clock()), "crm")
    (waiting,) = all_of(database)
    assert (waiting.state, waiting.last_status) == (State.WAITING, None)
    assert waiting.last_error == "the connection could not be made"


# --- in simulated time ---------------------------------------------------------------------------


def test_eight_hours_of_outage_lose_nothing_and_keep_the_order_of_a_contact(database: Database) -> None:
    add(database, "crm")
    clock, taken = Clock(), []
    up_again = NOW + 8 * HOUR

    def send(destination: Destination, message: Message, now: datetime) -> Answer:
        if clock.at < up_again:
            raise Unreachable("no answer")
        taken.append(message)
        return Answer(status=200, retry_after=None)

    sender = told(database, send, clock)
    rows = [contact(database, f"c-{number}") for number in range(5)]
    for minute in range(0, 26 * 60, 10):
        clock.at = NOW + timedelta(minutes=minute)
        if minute < 7 * 60:
            tell(database, [(rows[minute // 10 % 5], f"d-{minute:04}")], clock.at)
        work_off(sender, "crm")
    assert len(taken) == 42
    assert len({message.id for message in taken}) == 42
    for row in rows:
        of_one = [str(message.decision_id) for message in taken if message.contact_row == row]
        assert of_one == sorted(of_one)


def test_ten_attempts_and_then_it_is_given_up(database: Database) -> None:
    add(database, "crm")
    tell(database, [(contact(database), "d-1")])
    clock, at = Clock(), []

    def send(*_: object) -> Answer:
        at.append(clock.at)
        return Answer(status=500, retry_after=None)

    sender = told(database, send, clock, chance=lambda: 0.0)
    while (waiting := all_of(database)[0]).state is State.WAITING:
        assert waiting.next_at is not None
        clock.at = waiting.next_at
        work_off(sender, "crm")
    assert len(at) == 10
    assert at[-1] - at[0] == timedelta(hours=75, minutes=35, seconds=5)
    assert (all_of(database)[0].state, all_of(database)[0].last_error) == (State.DEAD, "answered 500")


def test_what_was_given_up_lets_the_next_message_of_the_contact_go(database: Database) -> None:
    add(database, "crm")
    row = contact(database)
    tell(database, [(row, "d-1"), (row, "d-2")])
    clock = Clock()
    work_off(told(database, answering(410), clock), "crm")
    with database.write() as connection:
        found = destinations.get(connection, "crm")
        assert found is not None
        destinations.save(connection, replace(found, active=True, disabled_reason=None))
    work_off(told(database, answering(200), clock), "crm")
    assert [each.state for each in all_of(database)] == [State.DEAD, State.DELIVERED]


def test_what_was_emptied_is_not_sent_and_not_sent_again(database: Database) -> None:
    """A message about somebody whose data were erased; its neighbours go on, also those of the contact."""
    add(database, "crm")
    who = contact(database)
    tell(database, [(who, "d-1")])
    tell(database, [(who, "d-2"), (contact(database, "c-2"), "d-3")])
    with database.write() as connection:
        connection.execute(update(delivery).where(delivery.c.decision_id == "d-1").values(payload={}))
    sent: list[str | None] = []

    def send(_: Destination, message: Message, __: datetime) -> Answer:
        sent.append(message.decision_id)
        return Answer(status=200, retry_after=None)

    work_off(told(database, send, Clock()), "crm")
    assert sorted(filter(None, sent)) == ["d-2", "d-3"]
    first = next(each for each in all_of(database) if each.decision_id == "d-1")
    assert first.state is State.DEAD and "nothing to send" in (first.last_error or "")
    with database.write() as connection:
        assert not outbox.replay(connection, first.id, NOW)
        assert outbox.replay_dead(connection, "crm", NOW) == 0


def test_a_destination_that_is_gone_gets_nothing_more(database: Database) -> None:
    add(database, "crm")
    tell(database, [(contact(database, f"c-{number}"), f"d-{number}") for number in range(20)])
    calls = []

    def send(*_: object) -> Answer:
        calls.append(1)
        return Answer(status=410, retry_after=None)

    work_off(told(database, send, Clock()), "crm")
    assert len(calls) == 8  # those that were on their way at once
    with database.read() as connection:
        found = destinations.get(connection, "crm")
    assert found is not None
    assert (found.active, found.disabled_reason) == (False, "it answered 410 Gone")


def test_while_one_message_waits_the_later_ones_of_its_contact_do_too(database: Database) -> None:
    add(database, "crm")
    one, other = contact(database, "c-1"), contact(database, "c-2")
    tell(database, [(one, "d-1"), (one, "d-2"), (other, "d-3")])
    sent: list[str] = []

    def send(_: Destination, message: Message, __: datetime) -> Answer:
        sent.append(message.decision_id)
        return Answer(status=500 if message.decision_id == "d-1" else 200, retry_after=None)

    work_off(told(database, send, Clock()), "crm")
    assert sorted(sent) == ["d-1", "d-3"]


def test_two_senders_share_the_work(database: Database) -> None:
    add(database, "crm")
    rows = [contact(database, f"c-{number}") for number in range(10)]
    tell(database, [(rows[number % 10], f"d-{number:02}") for number in range(60)])
    sent: list[tuple[int, str]] = []
    lock = threading.Lock()

    def send(_: Destination, message: Message, __: datetime) -> Answer:
        with lock:
            sent.append((message.contact_row, message.decision_id))
        return Answer(status=200, retry_after=None)

    both = [told(database, send, Clock()) for _ in range(2)]
    threads = [threading.Thread(target=work_off, args=[sender, "crm"]) for sender in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work_off(both[0], "crm")
    assert len(sent) == len(set(sent)) == 60
    for row in rows:
        of_one = [decision for contact_row, decision in sent if contact_row == row]
        assert of_one == sorted(of_one)


def test_what_a_dead_sender_had_is_sent_when_its_lease_ends(database: Database) -> None:
    add(database, "crm")
    tell(database, [(contact(database), "d-1")])
    with database.write() as connection:
        assert outbox.claim(connection, "crm", NOW, NOW + LEASE, 8)
    clock = Clock(NOW + LEASE - timedelta(seconds=1))
    sender = told(database, answering(200), clock)
    sender.run()
    sender.close(10)
    assert all_of(database)[0].state is State.SENDING
    clock.at = NOW + LEASE
    again = told(database, answering(200), clock)
    again.run()
    again.close(10)
    work_off(again, "crm")
    assert (all_of(database)[0].state, all_of(database)[0].attempts) == (State.DELIVERED, 2)


def test_what_a_dead_sender_had_can_be_taken_over_at_once(database: Database) -> None:
    add(database, "crm")
    tell(database, [(contact(database), "d-1")])
    with database.write() as connection:
        outbox.claim(connection, "crm", NOW, NOW + LEASE, 8)
        outbox.end_leases(connection, NOW)
    work_off(told(database, answering(200), Clock()), "crm")
    assert all_of(database)[0].state is State.DELIVERED


def test_who_lost_the_lease_does_not_overwrite_the_other(database: Database) -> None:
    add(database, "crm")
    tell(database, [(contact(database), "d-1")])
    with database.write() as connection:
        (late,) = outbox.claim(connection, "crm", NOW, NOW + LEASE, 8)
    with database.write() as connection:
        outbox.release_expired(connection, NOW + LEASE)
        (ours,) = outbox.claim(connection, "crm", NOW + LEASE, NOW + 2 * LEASE, 8)
    failed = outcome_of(Attempt(answer=None, error="late"), 1, NOW, 0)
    done = outcome_of(Attempt(answer=Answer(status=200, retry_after=None), error=None), 2, NOW, 0)
    with database.write() as connection:
        assert not outbox.settle(connection, late, failed, NOW)
        assert outbox.settle(connection, ours, done, NOW)
    assert all_of(database)[0].state is State.DELIVERED


def test_a_paused_destination_is_left_alone(database: Database) -> None:
    made = add(database, "crm")
    with database.write() as connection:
        destinations.save(connection, replace(made, active=False))
    tell(database, [(contact(database), "d-1")])
    work_off(told(database, answering(200), Clock()), "crm")
    with database.read() as connection:
        assert outbox.destinations_due(connection, NOW) == []
    assert all_of(database)[0].state is State.WAITING


def test_a_fault_of_ours_is_one_failed_attempt(database: Database) -> None:
    add(database, "crm")
    tell(database, [(contact(database), "d-1")])

    def send(*_: object) -> Answer:
        raise KeyError("ana@acme.example")

    work_off(told(database, send, Clock()), "crm")
    assert all_of(database)[0].last_error == "a fault of ours: KeyError"


# --- what becomes of an attempt ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [
        (200, State.DELIVERED, None),
        (202, State.DELIVERED, None),
        (204, State.DELIVERED, None),
        (299, State.DELIVERED, None),
        (301, State.WAITING, "answered 301, and redirects are not followed"),
        (304, State.WAITING, "answered 304, and redirects are not followed"),
        (400, State.WAITING, "answered 400"),
        (401, State.WAITING, "answered 401"),
        (404, State.WAITING, "answered 404"),
        (410, State.DEAD, "answered 410"),
        (429, State.WAITING, "answered 429"),
        (500, State.WAITING, "answered 500"),
    ],
)
def test_which_answers_deliver(status: int, state: State, error: str | None) -> None:
    found = outcome_of(Attempt(answer=Answer(status=status, retry_after=None), error=None), 1, NOW, 0)
    assert (found.state, found.error) == (state, error)
    assert (found.next_at is not None) == (state is State.WAITING)


def test_a_receiver_that_asks_for_time_gets_it() -> None:
    answer = Answer(status=429, retry_after=timedelta(minutes=7))
    assert outcome_of(Attempt(answer=answer, error=None), 1, NOW, 0).next_at == NOW + timedelta(minutes=7)
