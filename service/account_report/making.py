"""360 reports: read now, or asked for, made by a worker and kept.

One is asked for of each strategic account when a quarter begins, and when the first campaign of its
term has ended (`service.account_report.asking`). A timer makes it in a transaction of its own, once,
and tells the team.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.account_report import changes
from service.account_report.asking import SPAN, TIMER, report_of
from service.account_report.parts import (
    campaigns,
    engagement,
    measures,
    opportunities,
    people,
    promises,
    signals,
)
from service.account_report.parts.asked import Asked, Part
from service.account_report.values import Absent, Reason, Report, Section, named
from service.db import console, timers
from service.db.account_reports import reading, stored
from service.db.account_reports.stored import Kept
from service.db.program import placements
from service.db.program import settings as settings_db
from service.db.timers import Timer
from service.delivery.outbox import EventType, stamp
from service.problems import NotFound
from service.program import notices
from service.program.core import quarters
from service.program.core.tiers import in_force
from service.program.parts import Parts, wrong
from service.worker.timers import Handler

PROBLEM = "The time of the report is not valid"
LONGEST = timedelta(days=3 * 366)
PARTS: Sequence[Part] = (
    engagement.part,
    people.part,
    opportunities.part,
    campaigns.part,
    signals.part,
    promises.part,
    measures.part,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which report: of an account, of a time (the weeks of a quarter back from now unless said)."""

    account: str
    since: datetime | None = None
    until: datetime | None = None


class AccountReports:
    """Reads reports, and makes those that are kept. Safe to share between threads and to repeat."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def head(self, wish: Wish, by: str) -> Report:
        """What the report is of, without its sections: those take their time. Raises NotFound, Invalid."""
        with self._parts.database.read() as connection:
            return _head(connection, self._asked(connection, wish), by, Reason.ASKED, "")

    def now(self, wish: Wish, by: str) -> Report:
        """What a report says now; nothing is kept. Raises NotFound, Invalid."""
        with self._parts.database.read() as connection:
            found = self._asked(connection, wish)
            return shown(connection, made(connection, found, by, Reason.ASKED, ""))

    def make(self, wish: Wish, by: str) -> Kept:
        """Make a report and keep it: the next one says what changed since. Raises NotFound, Invalid."""

        def work(connection: Connection) -> Kept:
            found = self._asked(connection, wish)
            name = self._parts.new_id()
            kept = _kept(name, found, Reason.ASKED, name, by)
            stored.ask(connection, kept)
            stored.keep(connection, name, made(connection, found, by, Reason.ASKED, name))
            return replace(kept, made_at=found.now)

        return self._parts.database.transact(work)

    def read(self, report_id: str) -> Report:
        """What a report that is kept says. Raises NotFound."""
        with self._parts.database.read() as connection:
            found = stored.read(connection, report_id)
            if found is None:
                raise NotFound("There is no report with this id, or it is still being made")
            return shown(connection, found)

    def handlers(self) -> Mapping[str, Handler]:
        """What the timers of reports do."""
        return {TIMER: _due}

    def _asked(self, connection: Connection, wish: Wish) -> Asked:
        now = self._parts.clock()
        if not placements.about(connection, [wish.account]):
            raise NotFound("There is no account with this id")
        until = min(wish.until or now, now)
        since = wish.since or until - SPAN
        if not timedelta(0) < until - since <= LONGEST:
            raise wrong(PROBLEM, "from", "must be before until, by 3 years at most")
        return _of(connection, wish.account, since, until, now)


def made(connection: Connection, asked: Asked, by: str, reason: Reason, subject: str) -> Report:
    """A report with what changed since the last that was kept."""
    sections, absent = _parts(asked)
    before = stored.last(connection, asked.account, asked.now)
    found = replace(
        _head(connection, asked, by, reason, subject),
        sections=sections,
        absent=absent,
        compared=before.made_at if before is not None else None,
    )
    changed = changes.since_last(found, before)
    if isinstance(changed, Absent):
        return replace(found, absent=(*absent, changed))
    return replace(found, sections=(changed, *sections))


def _head(connection: Connection, asked: Asked, by: str, reason: Reason, subject: str) -> Report:
    held = in_force(placements.timeline(connection, asked.account), asked.now)
    about = placements.about(connection, [asked.account]).get(asked.account)
    return Report(
        account=asked.account,
        account_name=about.name if about is not None else None,
        tier=held.tier.value if held is not None else None,
        quarter=quarters.current(asked.settings, asked.now).name,
        since=asked.since,
        until=asked.until,
        made_at=asked.now,
        made_by=by,
        reason=reason,
        subject=subject,
        sections=(),
        absent=(),
        compared=None,
    )


def shown(connection: Connection, report: Report) -> Report:
    """The report with people and reps as they are called now; whose data was erased, as they are known by."""
    return named(report, reading.called(connection, report.persons()), console.rep_names(connection))


def _parts(asked: Asked) -> tuple[tuple[Section, ...], tuple[Absent, ...]]:
    found = [part(asked) for part in PARTS]
    sections = tuple(each for each in found if isinstance(each, Section))
    return sections, tuple(each for each in found if isinstance(each, Absent))


def _of(connection: Connection, account: str, since: datetime, until: datetime, now: datetime) -> Asked:
    settings = settings_db.current(connection)
    return Asked(connection=connection, account=account, since=since, until=until, now=now, settings=settings)


def _kept(report_id: str, asked: Asked, reason: Reason, subject: str, by: str) -> Kept:
    return Kept(
        id=report_id,
        account=asked.account,
        reason=reason,
        subject=subject,
        since=asked.since,
        until=asked.until,
        asked_by=by,
        asked_at=asked.now,
    )


def _due(connection: Connection, timer: Timer, now: datetime) -> None:
    """Make a report that was asked for, and tell the account's team."""
    wanted = stored.get(connection, report_of(timer.subject), lock=True)
    if timers.take(connection, timer.id, now) is None:
        return
    if wanted is None or not placements.about(connection, [wanted.account]):
        timers.mark_fired(connection, timer.id, "there is no such account", now)
        return
    asked = _of(connection, wanted.account, wanted.since, wanted.until, now)
    found = made(connection, asked, wanted.asked_by, wanted.reason, wanted.subject)
    stored.keep(connection, wanted.id, found)
    data = {
        "report_id": wanted.id,
        "reason": wanted.reason.value,
        "quarter": found.quarter,
        "since": stamp(wanted.since),
        "until": stamp(wanted.until),
        "path": f"/program/reports/{wanted.id}",
        "left_out": [each.name for each in found.absent],
    }
    notices.tell_team(connection, asked.settings, EventType.PROGRAM_REPORT, wanted.account, data, now)
    timers.mark_fired(connection, timer.id, "made", now)
