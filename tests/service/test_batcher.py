"""The batcher: joins neighbours, answers each, and lets no contact spoil another's answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from matching.types import Contact
from service.batcher import Batcher, Limits
from service.decision import Incoming
from service.problems import Unavailable


def incoming(key: str) -> Incoming:
    return Incoming(contact=Contact(email=f"{key}@example.com"), event_key=key, digest=key)


class Recorder:
    """Stands for the flow: answers each event with its key and remembers the batches."""

    def __init__(self, poison: str | None = None) -> None:
        self.batches: list[list[str]] = []
        self.poison = poison
        self.gate = threading.Event()
        self.gate.set()

    def handle(self, batch: Sequence[Incoming]) -> list[Any]:
        self.gate.wait(10)
        keys = [each.event_key for each in batch]
        self.batches.append(keys)
        if self.poison in keys:
            raise ValueError("poison")
        return keys


async def run(recorder: Recorder, keys: Sequence[str], limits: Limits) -> list[Any]:
    batcher = Batcher(recorder.handle, limits)
    batcher.start()
    answers = await asyncio.gather(*(batcher.submit(incoming(key)) for key in keys), return_exceptions=True)
    await batcher.stop()
    return answers


def test_contacts_that_come_together_are_one_batch_and_each_gets_its_own_answer() -> None:
    recorder = Recorder()
    keys = [f"k{n}" for n in range(50)]
    assert asyncio.run(run(recorder, keys, Limits(lanes=1))) == keys
    assert recorder.batches == [keys]


def test_a_batch_has_a_largest_size() -> None:
    recorder = Recorder()
    keys = [f"k{n}" for n in range(25)]
    assert asyncio.run(run(recorder, keys, Limits(lanes=1, size=10))) == keys
    assert [len(batch) for batch in recorder.batches] == [10, 10, 5]


def test_a_contact_that_cannot_be_decided_fails_alone() -> None:
    recorder = Recorder(poison="k1")
    answers = asyncio.run(run(recorder, ["k0", "k1", "k2"], Limits(lanes=1)))
    assert answers[0] == "k0" and answers[2] == "k2"
    assert isinstance(answers[1], ValueError)


def test_an_outage_is_not_multiplied_by_the_size_of_the_batch() -> None:
    calls: list[int] = []

    def away(batch: Sequence[Incoming]) -> list[Any]:
        calls.append(len(batch))
        raise OperationalError("select", {}, Exception("the database is away"))

    async def send() -> list[Any]:
        batcher = Batcher(away, Limits(lanes=1))
        batcher.start()
        answers = await asyncio.gather(
            *(batcher.submit(incoming(f"k{n}")) for n in range(20)), return_exceptions=True
        )
        await batcher.stop()
        return answers

    assert all(isinstance(each, OperationalError) for each in asyncio.run(send()))
    assert calls == [20]


def test_callers_beyond_the_limit_are_sent_away_at_once() -> None:
    async def crowd() -> list[Any]:
        recorder = Recorder()
        recorder.gate.clear()
        batcher = Batcher(recorder.handle, Limits(lanes=1, size=1, waiting=2, wait_seconds=0))
        batcher.start()
        first = asyncio.create_task(batcher.submit(incoming("k0")))
        await asyncio.sleep(0.05)  # k0 is being decided; two more may wait
        others = [asyncio.create_task(batcher.submit(incoming(f"k{n}"))) for n in (1, 2, 3)]
        await asyncio.sleep(0.05)
        recorder.gate.set()
        answers = await asyncio.gather(first, *others, return_exceptions=True)
        await batcher.stop()
        return answers

    *taken, refused = asyncio.run(crowd())
    assert taken == ["k0", "k1", "k2"]
    assert isinstance(refused, Unavailable)


def test_stopping_decides_what_was_taken_in() -> None:
    async def stop_at_once() -> list[Any]:
        recorder = Recorder()
        batcher = Batcher(recorder.handle, Limits(lanes=2))
        batcher.start()
        tasks = [asyncio.create_task(batcher.submit(incoming(f"k{n}"))) for n in range(5)]
        await asyncio.sleep(0)
        await batcher.stop()
        return [task.result() for task in tasks]

    assert asyncio.run(stop_at_once()) == [f"k{n}" for n in range(5)]


def test_a_caller_who_left_disturbs_nobody() -> None:
    async def leave() -> Any:
        recorder = Recorder()
        recorder.gate.clear()
        batcher = Batcher(recorder.handle, Limits(lanes=1))
        batcher.start()
        gone = asyncio.create_task(batcher.submit(incoming("gone")))
        stays = asyncio.create_task(batcher.submit(incoming("stays")))
        await asyncio.sleep(0.05)
        gone.cancel()
        recorder.gate.set()
        answer = await stays
        await batcher.stop()
        return answer

    assert asyncio.run(leave()) == "stays"


@pytest.mark.parametrize("lanes", [1, 3])
def test_lanes_bound_how_many_batches_run_at_once(lanes: int) -> None:
    running, most, lock = 0, 0, threading.Lock()

    def handle(batch: Sequence[Incoming]) -> list[Any]:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.01)
        with lock:
            running -= 1
        return [each.event_key for each in batch]

    async def run_many() -> None:
        batcher = Batcher(handle, Limits(lanes=lanes, size=1, wait_seconds=0))
        batcher.start()
        await asyncio.gather(*(batcher.submit(incoming(f"k{n}")) for n in range(12)))
        await batcher.stop()

    asyncio.run(run_many())
    assert most == lanes
