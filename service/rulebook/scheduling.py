"""Publishing at a set time: looked at now, looked at again when it is due, and then published once.

A schedule holds a version, so nobody can change what goes live. When the time
has come the text is examined again, with the reps and pools of that moment, and
its tests are run; what does not pass then is refused, visibly. It is linted only
when it is scheduled, for the moment it is to go live: text and moment stay what they are. Schedules stand
in a line: each is a change of the one before it, and refused if that one is not
what is live by then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from service.db import approvals, rulebooks, schedules
from service.db.changes import Actor, made_by
from service.db.directory import directory
from service.db.engine import Database
from service.db.rulebooks import DraftChanged
from service.db.schedules import Schedule, State, Wanted
from service.delivery import outbox
from service.delivery.outbox import EventType
from service.rulebook import approval
from service.rulebook.examination import Examination, demand_good, examine, refusals
from service.rulebook.live import compiled

LONGEST = timedelta(days=2 * 366)
CLOCK = "muster"
"""Who settles a schedule when its time has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """What is to go live, and what was found out about it for that moment."""

    schedule: Schedule
    examination: Examination


class BadTime(ValueError):
    """The time cannot be scheduled; the text says why."""


class NotWaiting(LookupError):
    """No schedule with this id waits; the text says what became of it."""


def schedule_draft(
    database: Database,
    etag: str,
    *,
    at: datetime,
    zone: str,
    author: str,
    reason: str | None,
    four_eyes: bool,
    now: datetime,
    patient: bool = False,
) -> Scheduled:
    """Put the draft with ``etag`` aside, to go live ``at`` that moment; the draft ends.

    Raises BadTime, DraftChanged, NotPublishable, StillReasoning, NotApproved or VersionTaken;
    then nothing has changed.
    """
    if not now < at <= now + LONGEST:
        raise BadTime("The time must be ahead, and within two years; to publish now, publish")
    with database.read() as connection:
        seen = rulebooks.draft(connection)
    if seen.etag != etag:
        raise DraftChanged(seen.etag)
    examination = demand_good(database, seen.text, at, patient=patient)

    def put_aside(connection: Connection) -> Schedule:
        present = rulebooks.draft(connection, lock=True)
        if present.etag != etag:
            raise DraftChanged(present.etag)
        approval.demand(connection, etag, four_eyes=four_eyes)
        line = schedules.waiting(connection)
        if line and line[-1].at >= at:
            last = f"version {line[-1].version} is to go live at {line[-1].at.isoformat()}"
            raise BadTime(f"The time must be later, or that cancelled: {last}")
        base = line[-1].version if line else present.live
        version = rulebooks.put_aside(connection, seen.text, at=now)
        wanted = Wanted(version=version, base=base, at=at, zone=zone, author=author, reason=reason)
        made = schedules.add(connection, wanted, now)
        approvals.schedule(connection, etag, made.id)
        return made

    return Scheduled(schedule=database.transact(put_aside), examination=examination)


def cancel(database: Database, schedule_id: int, *, by: str, now: datetime) -> Schedule:
    """Let a version not go live after all; again: no change. Raises NotWaiting."""

    def work(connection: Connection) -> Schedule:
        rulebooks.draft(connection, lock=True)  # takes turns with the worker that publishes it
        schedules.settle(connection, schedule_id, State.CANCELLED, by=by, at=now)
        found = schedules.get(connection, schedule_id)
        if found is None:
            raise NotWaiting("No schedule has this id")
        if found.state is not State.CANCELLED:
            raise NotWaiting(f"The schedule does not wait any more: it was {found.state.value}")
        return found

    return database.transact(work)


class Scheduler:
    """Publishes what is due. Any number of processes may have one: each schedule is settled once."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def run(self) -> bool:
        """Settle the first schedule that is due; whether there was one."""
        now = self._now()
        with self._database.read() as connection:
            due = schedules.waiting(connection, due=now)
            known = directory(connection) if due else None
            stored = rulebooks.get(connection, due[0].version) if due else None
        if not due:
            return False
        assert stored is not None, "a schedule refers to a version"
        examination = examine(stored.text, now, known=known, reason=False)
        if examination.good:
            compiled(stored.text)  # so that this process decides under it without a pause
        with made_by(Actor(name=CLOCK, id="", now=self._now)):
            self._database.transact(partial(_settle, due[0].id, stored.text, examination, now))
        return True


def _settle(
    schedule_id: int, text: str, examination: Examination, now: datetime, connection: Connection
) -> None:
    live = rulebooks.draft(connection, lock=True).live
    due = schedules.get(connection, schedule_id)
    if due is None or due.state is not State.WAITING:
        return  # another process was first, or it was cancelled meanwhile
    problems = _problems(due, live, examination)
    if problems:
        schedules.settle(connection, due.id, State.REFUSED, by=CLOCK, at=now, problems=problems)
    else:
        said = rulebooks.publish(
            connection, text, author=due.author, reason=due.reason, at=now, schedule_id=due.id
        )
        schedules.settle(connection, due.id, State.PUBLISHED, by=CLOCK, at=now, publication_id=said.id)
    settled = schedules.get(connection, due.id)
    assert settled is not None
    event = EventType.RULEBOOK_REFUSED if problems else EventType.RULEBOOK_PUBLISHED
    outbox.announce(connection, event, f"schedule_{due.id}", told(settled), now)


def _problems(due: Schedule, live: str | None, examination: Examination) -> list[str]:
    found = []
    if live not in (due.base, due.version):
        found.append(f"It was a change of {due.base or 'nothing'}, but {live or 'nothing'} is live by now")
    return [*found, *refusals(examination)]


def told(schedule: Schedule) -> dict[str, object]:
    """A schedule as a message says it."""
    shown = asdict(schedule)
    moments = {name: value for name, value in shown.items() if isinstance(value, datetime)}
    return shown | {name: value.astimezone(UTC).isoformat() for name, value in moments.items()}
