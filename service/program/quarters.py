"""Quarters that begin: by a timer, once, whichever process fires it.

The tiers themselves need nobody: a term holds from its start to its end. What is done
here is what follows: nominations become active or lapse, everyone concerned is told,
and the next quarter is scheduled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from routing.types.facts import ProgramTier
from service.account_report import asking
from service.account_report.values import Reason
from service.audit import log
from service.audit.log import Act
from service.db import timers
from service.db.program import nominations, placements
from service.db.program import quarters as begun
from service.db.program import settings as stored
from service.db.program.nominations import Nomination
from service.db.program.quarters import Begun
from service.db.timers import Timer
from service.delivery.outbox import EventType, stamp
from service.program import notices, places, schedule
from service.program.core import quarters
from service.program.core.quarters import Quarter
from service.program.core.review import OPEN, State
from service.program.core.settings import ProgramSettings
from service.worker.timers import Handler

_BEFORE = timedelta(microseconds=1)
_LAPSED = "The quarter has begun, and it had no place"


def handlers() -> Mapping[str, Handler]:
    """What the timers of quarters do."""
    return {schedule.WINDOW: _open, schedule.BEGIN: _begin}


def _open(connection: Connection, timer: Timer, now: datetime) -> None:
    """Tell that nominations are taken, once."""
    if timers.take(connection, timer.id, now) is None:
        return
    settings = stored.current(connection)
    quarter = quarters.named(settings, schedule.name_of(timer.subject))
    told = quarter is not None and quarter.takes(now)
    if quarter is not None and told:
        terms = placements.terms(connection, quarter.starts, quarter.ends)
        data = {
            "quarter": quarter.name,
            "opens": stamp(quarter.opens),
            "closes": stamp(quarter.closes),
            "starts": stamp(quarter.starts),
            "places": settings.strategic_cap,
            "taken": len({each.account for each in terms}),
            "reviewers": {side: list(settings.review.reviewers(side)) for side in settings.review.sides},
        }
        owners = [
            rep for each in _strategic(connection, now) for rep in _team(connection, each, settings, now)
        ]
        notices.tell(connection, EventType.PROGRAM_WINDOW, quarter.name, data, now, notify=owners)
    timers.mark_fired(connection, timer.id, "told" if told else "over", now)


def _begin(connection: Connection, timer: Timer, now: datetime) -> None:
    """Do what belongs to the start of a quarter, once."""
    stored.lock(connection)
    if timers.take(connection, timer.id, now) is None:
        return
    settings = stored.current(connection)
    quarter = quarters.named(settings, schedule.name_of(timer.subject))
    if quarter is None or quarter.starts > now or begun.get(connection, quarter.name) is not None:
        timers.mark_fired(connection, timer.id, "nothing to do", now)
        schedule.ahead(connection, settings, now)
        return
    log.note(
        connection,
        Act(actor=log.SYSTEM, actor_id="", action="program quarter begins", subject=quarter.name),
        now,
    )
    before = set(_strategic(connection, quarter.starts - _BEFORE))
    active, lapsed = _turn(connection, settings, quarter, now)
    becomes = set(_strategic(connection, quarter.starts))
    summary = {
        "entered": sorted(becomes - before),
        "stayed": sorted(becomes & before),
        "left": sorted(before - becomes),
        "active": [each.id for each in active],
        "lapsed": [each.id for each in lapsed],
    }
    begun.add(
        connection,
        Begun(name=quarter.name, starts=quarter.starts, ends=quarter.ends, began_at=now, summary=summary),
    )
    _tell(connection, settings, quarter, summary, [*active, *lapsed], now)
    asking.ask(connection, sorted(becomes), Reason.QUARTER, quarter.name, now)
    schedule.put(connection, quarters.following(settings, quarter))
    timers.mark_fired(connection, timer.id, "begun", now)


def _turn(
    connection: Connection, settings: ProgramSettings, quarter: Quarter, now: datetime
) -> tuple[list[Nomination], list[Nomination]]:
    """Make approved nominations active and have the others lapse; both lists."""
    active: list[Nomination] = []
    lapsed: list[Nomination] = []
    for each in nominations.of_quarter(connection, quarter.name, OPEN):
        approved = each.state is State.APPROVED
        changed: dict[str, Any] = {"state": State.ACTIVE if approved else State.LAPSED, "place": None}
        changed |= {"settled_at": now} if approved else {
            "settled_at": now, "settled_by": log.SYSTEM, "reason": _LAPSED
        }  # fmt: skip
        nominations.change(connection, each.id, **changed)
        (active if approved else lapsed).append(each)
        if not approved:
            again = places.again(connection, each)
            places.tell(connection, settings, EventType.PROGRAM_DECIDED, again, now)
    return active, lapsed


def _tell(
    connection: Connection,
    settings: ProgramSettings,
    quarter: Quarter,
    summary: dict[str, Any],
    nominated: Sequence[Nomination],
    now: datetime,
) -> None:
    """Tell everyone concerned: the teams of those who entered, stayed or left, and who nominated."""
    concerned = sorted({*summary["entered"], *summary["stayed"], *summary["left"]})
    reps = [rep for each in concerned for rep in _team(connection, each, settings, now)]
    reps += [each.rep for each in nominated]
    data = {"quarter": quarter.name, "starts": stamp(quarter.starts), "ends": stamp(quarter.ends), **summary}
    notices.tell(connection, EventType.PROGRAM_QUARTER, quarter.name, data, now, notify=reps)


def _strategic(connection: Connection, at: datetime) -> list[str]:
    found = placements.holding(connection, at, tier=ProgramTier.STRATEGIC, limit=1000)
    return [each.account for each in found]


def _team(connection: Connection, account: str, settings: ProgramSettings, now: datetime) -> list[str]:
    return list(notices.team_of(connection, account, settings.team, now).values())
