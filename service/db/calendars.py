"""The calendars of reps: where they come from, when they are read again, and what they said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from routing.types.people import RepId
from service.calendars.ical import Away, Read
from service.db import reps
from service.db.tables import rep_absence, rep_busy
from service.db.tables import rep_calendar as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A rep's calendar: sent as text, or read from ``url``. ``busy``: its meetings count as well."""

    rep: RepId
    url: str | None
    text: str | None
    busy: bool
    etag: str | None
    read_at: datetime | None
    next_at: datetime
    failures: int
    problem: str | None
    notes: tuple[str, ...]


def get(connection: Connection, rep: RepId) -> Feed | None:
    """The calendar of a rep, or None."""
    row = connection.execute(select(table).where(table.c.rep == rep)).first()
    return None if row is None else _feed(row)


def listed(connection: Connection) -> list[Feed]:
    """Every calendar, by rep."""
    return [_feed(row) for row in connection.execute(select(table).order_by(table.c.rep))]


def put(
    connection: Connection, rep: RepId, *, url: str | None, text: str | None, busy: bool, now: datetime
) -> None:
    """Make this the rep's calendar, to be read at once."""
    connection.execute(delete(table).where(table.c.rep == rep))
    connection.execute(
        insert(table).values(rep=rep, url=url, text=text, busy=busy, next_at=now, failures=0, updated_at=now)
    )


def remove(connection: Connection, rep: RepId) -> bool:
    """Forget the calendar and what it said; whether there was one."""
    gone = connection.execute(delete(table).where(table.c.rep == rep)).rowcount > 0
    connection.execute(delete(rep_absence).where(rep_absence.c.rep == rep, rep_absence.c.feed.is_(True)))
    connection.execute(delete(rep_busy).where(rep_busy.c.rep == rep))
    reps.recount(connection, [rep])
    return gone


def claim(connection: Connection, now: datetime, until: datetime, limit: int) -> list[Feed]:
    """Claim up to ``limit`` calendars that are to be read again, until ``until``."""
    due = (
        select(table)
        .where(table.c.next_at <= now)
        .order_by(table.c.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = connection.execute(due).all()
    if rows:
        connection.execute(
            update(table).where(table.c.rep.in_([row.rep for row in rows])).values(next_at=until)
        )
    return [_feed(row) for row in rows]


def store(
    connection: Connection,
    feed: Feed,
    said: Read,
    *,
    text: str | None,
    etag: str | None,
    now: datetime,
    next_at: datetime,
) -> bool:
    """Keep what a calendar says in the place of what it said before; clocks are counted anew.

    False, and no change, when it is no longer the rep's calendar.
    """
    kept = connection.execute(
        update(table)
        .where(
            table.c.rep == feed.rep, table.c.url.is_(None) if feed.url is None else table.c.url == feed.url
        )
        .values(
            text=text,
            etag=etag,
            read_at=now,
            next_at=next_at,
            failures=0,
            problem=None,
            notes=list(said.notes) or None,
            updated_at=now,
        )
    )
    if not kept.rowcount:
        return False
    moved = _replace_absences(connection, feed.rep, said.away)
    connection.execute(delete(rep_busy).where(rep_busy.c.rep == feed.rep))
    meetings = [{"rep": feed.rep, "start": start, "until": until} for start, until in said.meetings]
    if meetings and feed.busy:
        connection.execute(insert(rep_busy), meetings)
    if moved:
        reps.recount(connection, [feed.rep])
    return True


def _replace_absences(connection: Connection, rep: RepId, away: Sequence[Away]) -> bool:
    """Replace the absences that came from the calendar; whether they differ. Those by hand stay."""
    own = (rep_absence.c.rep == rep, rep_absence.c.feed.is_(True))
    before = {
        (row.start, row.until, row.reason) for row in connection.execute(select(rep_absence).where(*own))
    }
    after = {(each.start, each.until, each.reason) for each in away}
    if before == after:
        return False
    connection.execute(delete(rep_absence).where(*own))
    if away:
        rows = [
            {"rep": rep, "start": each.start, "until": each.until, "reason": each.reason, "feed": True}
            for each in away
        ]
        connection.execute(insert(rep_absence), rows)
    return True


def said(connection: Connection, rep: RepId) -> list[Away]:
    """When the rep is away by the calendar, by the beginning."""
    own = (rep_absence.c.rep == rep, rep_absence.c.feed.is_(True))
    rows = connection.execute(select(rep_absence).where(*own).order_by(rep_absence.c.start))
    return [Away(start=row.start, until=row.until, reason=row.reason) for row in rows]


def failed(connection: Connection, feed: Feed, problem: str, next_at: datetime) -> None:
    """Note that a calendar could not be read; what it said before stays."""
    connection.execute(
        update(table)
        .where(table.c.rep == feed.rep)
        .values(failures=feed.failures + 1, problem=problem[:500], next_at=next_at)
    )


def _feed(row: Row[Any]) -> Feed:
    return Feed(
        rep=RepId(row.rep),
        url=row.url,
        text=row.text,
        busy=row.busy,
        etag=row.etag,
        read_at=row.read_at,
        next_at=row.next_at,
        failures=row.failures,
        problem=row.problem,
        notes=tuple(row.notes or ()),
    )
