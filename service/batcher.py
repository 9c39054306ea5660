"""Joins what arrives at about the same time into one batch: contacts for the flow, calls for the inbox.

A commit costs the same for one contact as for a hundred. While a batch is
being worked on a worker thread, the next one gathers; an idle lane waits a
few milliseconds for neighbours and then goes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service.problems import Unavailable

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

NOBODYS_FAULT = (OperationalError, InterfaceError, PoolTimeout, Unavailable)
"""What nothing in a batch brings about: working on each by itself would only prolong an outage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is taken on: ``lanes`` batches at once, each of up to ``size`` pieces.

    Beyond ``waiting`` pieces callers are sent away; ``wait_seconds`` is how
    long an idle lane waits for neighbours.
    """

    lanes: int
    size: int = 100
    waiting: int = 2000
    wait_seconds: float = 0.002


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Asked, Answer]):
    asked: Asked
    answer: asyncio.Future[Answer]


class Batcher(Generic[Asked, Answer]):
    """Takes single pieces from any number of requests and works on them in batches.

    ``handle`` answers each of a batch, in the order given. Lives in one event loop,
    between `start` and `stop`.
    """

    def __init__(
        self,
        handle: Callable[[Sequence[Asked]], list[Answer]],
        limits: Limits,
        name: str = "flow",
    ) -> None:
        self._handle = handle
        self._limits = limits
        self._queue: asyncio.Queue[_Waiting[Asked, Answer]] = asyncio.Queue()
        self._threads = ThreadPoolExecutor(limits.lanes, thread_name_prefix=name)
        self._lanes: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to take batches. Call inside the event loop."""
        self._lanes = [asyncio.create_task(self._lane()) for _ in range(self._limits.lanes)]

    async def stop(self) -> None:
        """Work on what was taken in, then end."""
        await self._queue.join()
        for lane in self._lanes:
            lane.cancel()
        ended, self._lanes = self._lanes, []
        await asyncio.gather(*ended, return_exceptions=True)
        self._threads.shutdown()

    async def submit(self, asked: Asked) -> Answer:
        """The answer to one piece, worked on with those that come at the same time.

        Raises Unavailable when too many wait or it was not started, and whatever working on it raises.
        """
        if not self._lanes:
            raise Unavailable("The service is starting or stopping; try again in a moment")
        if self._queue.qsize() >= self._limits.waiting:
            raise Unavailable("More is waiting than can be worked on; try again in a moment")
        waiting = _Waiting(asked, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(waiting)
        answer: Answer = await waiting.answer
        return answer

    async def _lane(self) -> None:
        while True:
            batch = [await self._queue.get()]
            if self._queue.empty() and self._limits.wait_seconds:
                await asyncio.sleep(self._limits.wait_seconds)
            while len(batch) < self._limits.size and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                await self._decide(batch)
            finally:
                for _ in batch:
                    self._queue.task_done()

    async def _decide(self, batch: Sequence[_Waiting[Asked, Answer]]) -> None:
        loop = asyncio.get_running_loop()
        asked = [waiting.asked for waiting in batch]
        try:
            handled = await loop.run_in_executor(self._threads, self._handle, asked)
        except NOBODYS_FAULT as error:
            for waiting in batch:
                _refuse(waiting, error)
            return
        except Exception as error:  # noqa: BLE001 - every caller learns of it, and none waits for ever
            await self._decide_apart(batch, error)
            return
        for waiting, each in zip(batch, handled, strict=True):
            if not waiting.answer.done():
                waiting.answer.set_result(each)

    async def _decide_apart(self, batch: Sequence[_Waiting[Asked, Answer]], error: Exception) -> None:
        """One piece that cannot be worked on must not fail its neighbours."""
        if len(batch) == 1:
            _refuse(batch[0], error)
            return
        for waiting in batch:
            await self._decide([waiting])


def _refuse(waiting: _Waiting[Any, Any], error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
