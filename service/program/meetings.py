"""Reviews of plans, every two weeks by a timer, with an agenda of what changed; and focus sessions.

A timer makes the agenda when a review is due, tells the account's team, and plans the
next one; once, whichever process fires it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from service.db import timers
from service.db.program import changes, plans
from service.db.program import meetings as db
from service.db.program import settings as stored
from service.db.program.meetings import Check, Kind, Meeting
from service.db.program.plans import Stored
from service.db.timers import Timer, Wanted
from service.delivery.outbox import EventType, stamp
from service.problems import Conflict, NotFound
from service.program import notices
from service.program.core.agenda import Agenda, made_from
from service.program.core.settings import ProgramSettings
from service.program.notices import check_team
from service.program.parts import Actor, Parts, wrong
from service.worker.timers import Handler

TIMER = "program.review"
_PREFIX = "plan:"


class Meetings:
    """Plans focus sessions, shows agendas, and notes what was held. Safe to share and to repeat."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def agenda(self, plan_id: str, since: datetime | None = None) -> Agenda:
        """What changed since a moment, or since the last review. Raises NotFound."""
        with self._parts.database.read() as connection:
            found = _plan(plans.get(connection, plan_id))
            now = self._parts.clock()
            return _made(connection, found, since or _last(connection, found, now), now)

    def focus(self, plan_id: str, at: datetime, actor: Actor) -> Meeting:
        """Plan a focus session, with its checklist and what changed so far.

        Raises NotFound, Forbidden, Conflict.
        """
        return self._parts.database.transact(partial(self._focus, plan_id, at, actor))

    def hold(
        self, meeting_id: str, done: Sequence[str], notes: str | None, held: bool, actor: Actor
    ) -> Meeting:
        """Tick items of a meeting's checklist and note what was said; ``held``: it has taken place.

        Raises NotFound, Forbidden, Invalid for an item that it does not have.
        """
        return self._parts.database.transact(partial(self._hold, meeting_id, done, notes, held, actor))

    def handlers(self) -> Mapping[str, Handler]:
        """What the timers of reviews do."""
        return {TIMER: partial(_due, self._parts.new_id)}

    def _focus(self, plan_id: str, at: datetime, actor: Actor, connection: Connection) -> Meeting:
        now = self._parts.clock()
        found = _plan(plans.get(connection, plan_id, lock=True))
        check_team(connection, found.account, stored.current(connection), actor, now)
        if found.ended_at is not None:
            raise Conflict("The plan has ended")
        earlier = db.of_plan(connection, plan_id)
        for each in earlier:
            if each.kind is Kind.FOCUS and each.held_at is None and each.due_at == at:
                return each
        since = _last(connection, found, now)
        made = Meeting(
            id=self._parts.new_id(),
            plan_id=plan_id,
            kind=Kind.FOCUS,
            ordinal=db.last_number(connection, plan_id, Kind.FOCUS) + 1,
            due_at=at,
            since=since,
            checklist=_list(stored.current(connection).focus_checklist),
            agenda=_made(connection, found, since, now),
        )
        db.add(connection, made)
        return made

    def _hold(
        self,
        meeting_id: str,
        done: Sequence[str],
        notes: str | None,
        held: bool,
        actor: Actor,
        connection: Connection,
    ) -> Meeting:
        now = self._parts.clock()
        found = db.get(connection, meeting_id, lock=True)
        if found is None:
            raise NotFound("There is no meeting with this id")
        plan = _plan(plans.get(connection, found.plan_id))
        check_team(connection, plan.account, stored.current(connection), actor, now)
        items = [each.item for each in found.checklist]
        for place, item in enumerate(done):
            if item not in items:
                raise wrong("The meeting is not valid", f"done/{place}", "is no item of its checklist")
        checklist = tuple(
            replace(each, done_at=now, done_by=actor.name)
            if each.item in done and each.done_at is None
            else each
            for each in found.checklist
        )
        changed = replace(found, checklist=checklist, notes=notes if notes is not None else found.notes)
        if held and found.held_at is None:
            changed = replace(changed, held_at=now, held_by=actor.name)
        if changed != found:
            db.save(connection, changed)
        return changed


def first(
    connection: Connection, settings: ProgramSettings, plan: Stored, meeting_id: str, now: datetime
) -> None:
    """Plan the first review of a new plan."""
    _plan_one(connection, settings, plan.id, meeting_id, 1, now, now)


def cancel(connection: Connection, plan_id: str, now: datetime) -> None:
    """Plan no more reviews of a plan that has ended."""
    timers.cancel(connection, [_PREFIX + plan_id], now)


def _due(new_id: Callable[[], str], connection: Connection, timer: Timer, now: datetime) -> None:
    plan = _plan(plans.get(connection, timer.subject.removeprefix(_PREFIX), lock=True))
    if timers.take(connection, timer.id, now) is None:
        return
    found = db.numbered(connection, plan.id, Kind.REVIEW, timer.ordinal)
    if found is None or plan.ended_at is not None:
        timers.mark_fired(connection, timer.id, "the plan has ended", now)
        return
    settings = stored.current(connection)
    agenda = _made(connection, plan, found.since, found.due_at)
    db.save(connection, replace(found, agenda=agenda))
    data = {
        "plan_id": plan.id,
        "meeting_id": found.id,
        "due_at": stamp(found.due_at),
        "since": stamp(found.since),
        "agenda": {each.topic.value: each.count for each in agenda.items},
    }
    notices.tell_team(connection, settings, EventType.PROGRAM_REVIEW, plan.account, data, now)
    _plan_one(connection, settings, plan.id, new_id(), found.ordinal + 1, found.due_at, now)
    timers.mark_fired(connection, timer.id, "told", now)


def _plan_one(
    connection: Connection,
    settings: ProgramSettings,
    plan_id: str,
    meeting_id: str,
    ordinal: int,
    since: datetime,
    now: datetime,
) -> None:
    """Plan the review after one at ``since``: the first of the rhythm that is still to come."""
    step = timedelta(days=settings.cadence_days)
    due_at = since + step
    while due_at <= now:  # nobody worked for longer than that: reviews that nobody could hold are left out
        due_at += step
    made = Meeting(
        id=meeting_id,
        plan_id=plan_id,
        kind=Kind.REVIEW,
        ordinal=ordinal,
        due_at=due_at,
        since=since,
        checklist=_list(settings.review_checklist),
    )
    db.add(connection, made)
    wanted = Wanted(kind=TIMER, subject=_PREFIX + plan_id, due_at=due_at, ordinal=ordinal)
    timers.put(connection, [wanted])


def _made(connection: Connection, plan: Stored, since: datetime, until: datetime) -> Agenda:
    return made_from(changes.of_account(connection, plan.account, since, until, agreed=plan.agreed))


def _last(connection: Connection, plan: Stored, now: datetime) -> datetime:
    """Since when things are new: the last review that was due, or the plan's beginning."""
    due = [each.due_at for each in db.of_plan(connection, plan.id) if each.kind is Kind.REVIEW]
    return max((at for at in due if at <= now), default=plan.made_at)


def _list(items: Sequence[str]) -> tuple[Check, ...]:
    return tuple(Check(item=item) for item in items)


def _plan(found: Stored | None) -> Stored:
    if found is None:
        raise NotFound("There is no plan with this id")
    return found
