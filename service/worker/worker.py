"""The worker: every kind of background work in a loop of its own, until it is told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy import Connection

from service.audit.chain import Sealer
from service.calendars.reading import Calendars, fetch
from service.clocks.covers import Covers
from service.clocks.running_out import RunningOut
from service.db import destinations, inbox, outbox, timers
from service.db.clock import DatabaseClock
from service.delivery.http import TOTAL_SECONDS, ask
from service.delivery.kind import Tools
from service.delivery.kinds import KINDS
from service.delivery.lines import Lines
from service.delivery.sender import Sender
from service.delivery.tokens import Tokens
from service.disputes.disputes import Disputes
from service.engagement.deciding import Deciding
from service.engagement.upkeep import Upkeep
from service.handover.handovers import Handovers
from service.privacy.retention import Retention
from service.program.handlers import handlers as program_handlers
from service.program.parts import Parts
from service.rulebook.linting import Linter
from service.rulebook.plans import Planner
from service.rulebook.scheduling import Scheduler
from service.rulebook.watch import Watcher
from service.services import Services
from service.worker.bell import Bell
from service.worker.fetching import Fetching
from service.worker.holds import Holds
from service.worker.housekeeping import Housekeeping
from service.worker.imports import Imports
from service.worker.inbox import Inbox
from service.worker.timers import Timers

_LONGEST_REST = 30.0  # between tries of a loop that keeps failing
_SHORTEST_REST = 0.05  # between looks, however often the bell is rung

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """One kind of work. ``run`` does some and says whether there may be more at once.

    ``seconds`` is the rest between looks when there is nothing to do; where
    ``hears`` is true the bell cuts it short. Every loop looks by itself too:
    work written by another process rings no bell here.
    """

    name: str
    run: Callable[[], bool]
    seconds: float
    hears: bool


class Worker:
    """Does the background work of one process. Any number of processes may have one."""

    def __init__(self, services: Services) -> None:
        now = DatabaseClock(services.database, services.now)
        self._database = services.database
        self._now = now
        self._sender = Sender(services.database, KINDS, _tools(services), now)
        self._bell = services.bell
        database, handle = services.database, services.flow.handle
        taking_in, files = Inbox(database, handle, now), Imports(database, handle, now)
        fetching = Fetching(database, partial(ask, allowed=services.settings.delivery_allow), now)
        scheduler, watcher = Scheduler(database, now), Watcher(database, now)
        holds, tidying = Holds(database, services.desk.release, now), Housekeeping(database, now)
        handing = Handovers(database, services.flow, services.desk, clock=now, new_id=services.new_id)
        expiring = RunningOut(services.flow, services.rules, new_id=services.new_id)
        disputing = Disputes(database, services.desk, clock=now, new_id=services.new_id)
        program = program_handlers(Parts(database=database, clock=now, new_id=services.new_id))
        running_out = Timers(database, {**expiring.handlers, **disputing.handlers, **program}, now)
        reading = Calendars(database, partial(fetch, allowed=services.settings.delivery_allow), now)
        covers = Covers(database, services.flow, clock=now, new_id=services.new_id)
        deciding = Deciding(database, handle, now)
        engaging = Upkeep(Parts(database=database, clock=now, new_id=services.new_id))
        self._loops = (
            Loop(name="inbox", run=taking_in.run, seconds=0.25, hears=True),
            Loop(name="fetching", run=fetching.run, seconds=1, hears=True),
            Loop(name="outbox", run=self._sender.run, seconds=0.5, hears=True),
            Loop(name="imports", run=files.run, seconds=2, hears=True),
            Loop(name="plans", run=Planner(database, now).run, seconds=2, hears=True),
            Loop(name="lint", run=Linter(database, now).run, seconds=1, hears=False),
            Loop(name="schedules", run=scheduler.run, seconds=1, hears=False),
            Loop(name="watch", run=watcher.run, seconds=60, hears=False),
            Loop(name="holds", run=holds.run, seconds=5, hears=False),
            Loop(name="handovers", run=handing.run, seconds=5, hears=True),
            Loop(name="activations", run=deciding.run, seconds=1, hears=True),
            Loop(name="engagement", run=engaging.run, seconds=30, hears=False),
            Loop(name="timers", run=running_out.run, seconds=1, hears=False),
            Loop(name="calendars", run=reading.run, seconds=30, hears=False),
            Loop(name="covers", run=covers.run, seconds=60, hears=False),
            Loop(name="housekeeping", run=tidying.run, seconds=3600, hears=False),
            Loop(name="audit", run=Sealer(database, now).run, seconds=2, hears=False),
            Loop(name="retention", run=Retention(services).run, seconds=3600, hears=False),
        )
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to work, in threads of its own."""
        if self._database.sqlite:
            self._take_over()
        self._threads = start_loops(self._loops, self._bell, self._stopping)

    def _take_over(self) -> None:
        """End what a worker had claimed that is no more: on SQLite there is one, and it is this one.

        Should there be another all the same, then items are handed over twice
        and decided once, and messages may come twice under one id.
        """
        now = self._now()

        def end(connection: Connection) -> None:
            inbox.end_claims(connection, now)
            outbox.end_leases(connection, now)
            timers.end_claims(connection, now)

        self._database.transact(end)

    def stop(self) -> None:
        """Finish what is under way, begin nothing more, and return when all is at rest."""
        self._stopping.set()
        self._bell.ring()
        self._sender.close(TOTAL_SECONDS)
        for thread in self._threads:
            thread.join(TOTAL_SECONDS)


def _tools(services: Services) -> Tools:
    database = services.database

    def keep(destination_id: str, credentials: Mapping[str, str]) -> None:
        database.transact(lambda c: destinations.keep_credentials(c, destination_id, credentials))

    return Tools(
        database=database,
        allowed=services.settings.delivery_allow,
        lines=Lines(),
        tokens=Tokens(),
        links=services.links,
        base_url=services.settings.base_url,
        keep_credentials=keep,
    )


def start_loops(loops: Sequence[Loop], bell: Bell, stopping: threading.Event) -> list[threading.Thread]:
    """Run each loop in a thread until ``stopping`` is set and the bell is rung."""
    threads = [
        threading.Thread(target=_turn, args=[loop, bell.listener(), stopping], name=loop.name, daemon=True)
        for loop in loops
    ]
    for thread in threads:
        thread.start()
    return threads


def _turn(loop: Loop, heard: threading.Event, stopping: threading.Event) -> None:
    failures = 0
    while not stopping.is_set():
        heard.clear()
        try:
            more = loop.run()
            failures = 0
        except Exception as error:  # the database may be away; a loop never ends by itself
            more, failures = False, failures + 1
            log.warning("worker.failed", loop=loop.name, times=failures, exc_info=error)
        if more:
            continue
        rest = min(loop.seconds * 2**failures, max(loop.seconds, _LONGEST_REST))
        if loop.hears and not failures:
            stopping.wait(min(rest, _SHORTEST_REST))
            heard.wait(rest)
        else:
            stopping.wait(rest)
