"""Sends what is in the outbox: destinations side by side, a contact's messages one after the other."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from service.db import destinations, outbox
from service.db.destinations import Destination
from service.db.engine import Database
from service.db.outbox import Claimed, Outcome, State
from service.delivery.backoff import wait_after
from service.delivery.http import Answer, BadTarget, Refused, Unreachable
from service.delivery.kind import Kind, Tools

THREADS = 8
"""Calls that are made to one destination at once, at the most; a kind may want fewer."""

_GONE = 410

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What one attempt came to: an answer, or the reason that there is none; ``final`` where it will stay."""

    answer: Answer | None
    error: str | None
    final: bool = False


_EMPTIED = Attempt(answer=None, error="what it said was deleted, so there is nothing to send", final=True)
"""Of a message about somebody whose data were erased, or that is past its time."""


def outcome_of(attempt: Attempt, attempts: int, now: datetime, chance: float) -> Outcome:
    """What becomes of a message after an attempt.

    ``attempts`` counts this one; ``chance`` is from 0 to 1. Any 2xx delivers.
    Everything else fails, a redirect too: it is never followed. What is final is
    given up at once: a person puts it right and sends it again.
    """
    answer = attempt.answer
    status = answer.status if answer else None
    if status is not None and 200 <= status < 300:
        return Outcome(state=State.DELIVERED, next_at=None, status=status, error=None)
    error = attempt.error or (answer.detail if answer else None) or _failure(status)
    given_up = status == _GONE or attempt.final or (answer is not None and answer.final)
    wait = None if given_up else wait_after(attempts, chance, answer.retry_after if answer else None)
    if wait is None:
        return Outcome(state=State.DEAD, next_at=None, status=status, error=error)
    return Outcome(state=State.WAITING, next_at=now + wait, status=status, error=error)


def _failure(status: int | None) -> str:
    redirected = status is not None and 300 <= status < 400
    return f"answered {status}" + (", and redirects are not followed" if redirected else "")


class Sender:
    """Works off the outbox. `run` gives every destination that has something due a thread of its own.

    Any number of processes may have one over the same database.
    """

    def __init__(
        self,
        database: Database,
        kinds: Mapping[str, Kind],
        tools: Tools,
        now: Callable[[], datetime],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._kinds = kinds
        self._tools = tools
        self._now = now
        self._chance = chance
        self._lanes: dict[str, threading.Thread] = {}
        self._stopping = threading.Event()

    def run(self) -> bool:
        """Start a lane for each destination that has messages due and no lane yet. Returns False."""
        self._lanes = {where: lane for where, lane in self._lanes.items() if lane.is_alive()}
        self._tools.lines.tidy()
        now = self._now()
        if self._database.transact(lambda c: outbox.release_expired(c, now)):
            log.warning("outbox.leases_expired")
        with self._database.read() as connection:
            due = outbox.destinations_due(connection, now)
        for destination_id in due:
            if destination_id not in self._lanes:
                lane = threading.Thread(
                    target=self._work_off, args=[destination_id], name="lane", daemon=True
                )
                self._lanes[destination_id] = lane
                lane.start()
        return False

    def close(self, seconds: float) -> None:
        """Let messages on their way finish, start no others."""
        self._stopping.set()
        for lane in self._lanes.values():
            lane.join(seconds)
        self._tools.lines.close()

    def _work_off(self, destination_id: str) -> None:
        try:
            with ThreadPoolExecutor(THREADS, thread_name_prefix="send") as threads:
                while not self._stopping.is_set() and self.send_due(destination_id, threads):
                    pass
        except Exception as error:  # the next run starts the lane again
            log.warning("outbox.lane_failed", destination=destination_id, exc_info=error)

    def send_due(self, destination_id: str, threads: ThreadPoolExecutor) -> int:
        """Send due messages to a destination, as many as its kind sends at once; how many there were."""
        now = self._now()
        with self._database.read() as connection:
            destination = destinations.get(connection, destination_id)
        if destination is None or not destination.active:
            return 0
        kind = self._kinds[destination.kind]
        claimed = self._database.transact(
            lambda c: outbox.claim(c, destination_id, now, now + kind.lease, kind.abreast * kind.together)
        )
        telling = [each for each in claimed if each.message.payload]
        calls = [telling[at : at + kind.together] for at in range(0, len(telling), kind.together)]
        made = threads.map(lambda call: self._call(kind, destination, call, now), calls)
        attempts = [attempt for call in made for attempt in call]
        empty = [each for each in claimed if not each.message.payload]
        if claimed:
            self._settle(destination, [*telling, *empty], [*attempts, *[_EMPTIED] * len(empty)])
        return len(claimed)

    def _call(
        self, kind: Kind, destination: Destination, claimed: Sequence[Claimed], now: datetime
    ) -> list[Attempt]:
        messages = [each.message for each in claimed]
        try:
            answers = kind.send(self._tools, destination, messages, now)
            return [Attempt(answer=answer, error=None) for answer in answers]
        except (BadTarget, Refused, Unreachable) as error:
            failed = str(error)
        except Exception as error:  # it counts as a failed attempt
            ids = [message.id for message in messages]
            log.error("outbox.fault", destination=destination.id, messages=ids, exc_info=error)
            failed = f"a fault of ours: {type(error).__name__}"
        return [Attempt(answer=None, error=failed) for _ in messages]

    def _settle(
        self, destination: Destination, claimed: Sequence[Claimed], attempts: Sequence[Attempt]
    ) -> None:
        now = self._now()
        settled = [
            (each, outcome_of(attempt, each.attempts + 1, now, self._chance()))
            for each, attempt in zip(claimed, attempts, strict=True)
        ]
        gone = any(outcome.status == _GONE for _, outcome in settled)

        def store(connection: Connection) -> None:
            for each, outcome in settled:
                outbox.settle(connection, each, outcome, now)
            if gone:
                destinations.disable(connection, destination.id, "it answered 410 Gone")

        self._database.transact(store)
        for each, outcome in settled:
            if outcome.state is not State.DELIVERED:
                log.warning(
                    "outbox.failed",
                    destination=destination.id,
                    message=each.message.id,
                    attempt=each.attempts + 1,
                    status=outcome.status,
                    state=outcome.state,
                )
