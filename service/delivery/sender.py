"""Sends what is in the outbox: destinations side by side, a contact's messages one after the other."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from service.db import destinations, outbox
from service.db.destinations import Destination
from service.db.engine import Database
from service.db.outbox import Claimed, Message, Outcome, State
from service.delivery.backoff import wait_after
from service.delivery.http import Answer, BadTarget, Refused, Unreachable

ABREAST = 8
"""Messages that are sent to one destination at once, each about another contact."""

LEASE = timedelta(seconds=60)  # well above what one attempt can take: resolving, and http.TOTAL_SECONDS
_GONE = 410

Send = Callable[[Destination, Message, datetime], Answer]
"""Sends a message now. Raises BadTarget, Refused or Unreachable."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What one attempt came to: an answer, or the reason that there is none."""

    answer: Answer | None
    error: str | None


def outcome_of(attempt: Attempt, attempts: int, now: datetime, chance: float) -> Outcome:
    """What becomes of a message after an attempt.

    ``attempts`` counts this one; ``chance`` is from 0 to 1. Any 2xx delivers.
    Everything else fails, a redirect too: it is never followed.
    """
    answer = attempt.answer
    status = answer.status if answer else None
    if status is not None and 200 <= status < 300:
        return Outcome(state=State.DELIVERED, next_at=None, status=status, error=None)
    error = attempt.error or _failure(status)
    wait = None if status == _GONE else wait_after(attempts, chance, answer.retry_after if answer else None)
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
        send: Send,
        now: Callable[[], datetime],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._send = send
        self._now = now
        self._chance = chance
        self._lanes: dict[str, threading.Thread] = {}
        self._stopping = threading.Event()

    def run(self) -> bool:
        """Start a lane for each destination that has messages due and no lane yet. Returns False."""
        self._lanes = {where: lane for where, lane in self._lanes.items() if lane.is_alive()}
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

    def _work_off(self, destination_id: str) -> None:
        try:
            with ThreadPoolExecutor(ABREAST, thread_name_prefix="send") as threads:
                while not self._stopping.is_set() and self.send_due(destination_id, threads):
                    pass
        except Exception as error:  # the next run starts the lane again
            log.warning("outbox.lane_failed", destination=destination_id, exc_info=error)

    def send_due(self, destination_id: str, threads: ThreadPoolExecutor) -> int:
        """Send up to `ABREAST` due messages to a destination; how many there were."""
        now = self._now()
        with self._database.read() as connection:
            destination = destinations.get(connection, destination_id)
        if destination is None or not destination.active:
            return 0
        claimed = self._database.transact(
            lambda c: outbox.claim(c, destination_id, now, now + LEASE, ABREAST)
        )
        attempts = list(threads.map(lambda each: self._attempt(destination, each.message, now), claimed))
        if claimed:
            self._settle(destination, claimed, attempts)
        return len(claimed)

    def _attempt(self, destination: Destination, message: Message, now: datetime) -> Attempt:
        try:
            return Attempt(answer=self._send(destination, message, now), error=None)
        except (BadTarget, Refused, Unreachable) as error:
            return Attempt(answer=None, error=str(error))
        except Exception as error:  # it counts as a failed attempt
            log.error("outbox.fault", destination=destination.id, message=message.id, exc_info=error)
            return Attempt(answer=None, error=f"a fault of ours: {type(error).__name__}")

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
