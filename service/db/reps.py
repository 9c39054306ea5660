"""Reps: upserted by external id with their hours and absences, and read as the routing knows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from routing.availability import covers_in_circle
from routing.problems import nearest
from routing.types.people import Absence, Busy, Handback, Offline, Rep, RepId, WorkBlock
from service.db import changes, clocks, company_days, membership
from service.db.rotation import caps_in
from service.db.tables import assignment, pool_member, rep_absence, rep_busy, rep_calendar
from service.db.tables import rep as table
from service.db.upserts import InUse, Outcome, Refused, Stored, in_waves, refusal, upsert_rows
from service.records.reps import AbsenceRecord, RepRecord, blocks, rep_id

MEETINGS_AHEAD = timedelta(hours=36)
"""How far ahead meetings are looked at: for a draw now, and for when somebody will be there again."""

STEPS = 2
"""How far from the reps whom facts name their managers and covers are looked for."""

_NEEDED = {"name": Refused("name", "a new rep needs a name")}
_COUNTED = frozenset({"time_zone", "working_hours", "absences", "holidays", "days_off", "days_on"})
"""What business time is counted by."""

_DEFAULTS: Mapping[str, Any] = {
    "email": None,
    "role": None,
    "team": None,
    "manager": None,
    "time_zone": "UTC",
    "working_hours": [],
    "holidays": None,
    "days_off": None,
    "days_on": None,
    "offline_since": None,
    "offline_until": None,
    "offline_reason": None,
    "offline_by": None,
    "active": True,
    "custom": {},
    "caps": None,
    "open_cap": None,
}


def upsert(connection: Connection, records: Sequence[RepRecord], now: datetime) -> list[Stored]:
    """Store reps by external id; what became of each, in the order given."""

    def store(everybody: Sequence[RepRecord]) -> list[Stored]:
        circles = _circles(connection, everybody) | _without_cover(connection, records)
        wave = [record for record in everybody if record.external_id not in circles]
        customs = _customs(connection, [record.external_id for record in wave])
        named = {record.external_id: _columns(record, customs.get(record.external_id, {})) for record in wave}
        results = upsert_rows(
            connection, table, named, needed=_NEEDED, defaults=_DEFAULTS, now=now, noted="rep"
        )
        accepted = [record for record in wave if results[record.external_id].outcome is not Outcome.REFUSED]
        for external_id in _store_absences(connection, accepted):
            if results[external_id].outcome is Outcome.UNCHANGED:
                results[external_id] = replace(results[external_id], outcome=Outcome.UPDATED)
        recount(connection, [each.external_id for each in accepted if each.model_fields_set & _COUNTED])
        results |= {name: refusal(name, refused) for name, refused in circles.items()}
        return [results[record.external_id] for record in everybody]

    conditional = membership.hold(connection)
    stored = in_waves(records, store)
    if conditional and any(each.outcome in (Outcome.CREATED, Outcome.UPDATED) for each in stored):
        membership.follow(connection, conditional.values(), all_reps(connection), now)
    return stored


def _circles(connection: Connection, records: Sequence[RepRecord]) -> dict[str, Refused]:
    """The records whose covers would come back to whom they cover, while all of them are away."""
    naming = [each for each in records if any(away.cover for away in each.absences or ())]
    if not naming:
        return {}
    given = {RepId(each.external_id): _absences(each) for each in records if each.absences is not None}
    known: dict[RepId, Rep] = {}
    wanted = {RepId(each.external_id) for each in naming}
    while wanted := wanted - known.keys():
        stored = _of(connection, wanted)
        for name in wanted:
            rep = stored.get(name) or Rep(id=name, name=name)
            known[name] = replace(rep, absences=given.get(name, rep.absences))
        wanted = {away.cover for name in wanted for away in known[name].absences if away.cover}
    found = {}
    for each in naming:
        if circle := covers_in_circle(known, known[RepId(each.external_id)]):
            path = " → ".join(circle)
            found[each.external_id] = Refused("absences", f"the covers go in a circle at one time: {path}")
    return found


def _without_cover(connection: Connection, records: Sequence[RepRecord]) -> dict[str, Refused]:
    """The records that name a cover who is no rep, and none of these records either."""
    named = {each.external_id: {away.cover for away in each.absences or () if away.cover} for each in records}
    wanted = {cover for covers in named.values() for cover in covers} - named.keys()
    if not wanted:
        return {}
    query = select(table.c.external_id).where(table.c.external_id.in_(sorted(wanted)))
    missing = wanted - set(connection.execute(query).scalars())
    every = connection.execute(select(table.c.external_id)).scalars().all() if missing else ()
    near = {name: nearest(name, every) for name in missing}
    found = {}
    for external_id, covers in named.items():
        for cover in sorted(covers & missing):
            meant = f"; did you mean '{near[cover]}'?" if near[cover] else "; store that rep first"
            found[external_id] = Refused("absences", f"name a cover who is no rep{meant}")
    return found


def _absences(record: RepRecord) -> tuple[Absence, ...]:
    return tuple(
        Absence(start=away.starts, until=away.until, cover=rep_id(away.cover))
        for away in record.absences or ()
    )


def _customs(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    query = select(table.c.external_id, table.c.custom).where(table.c.external_id.in_(ids))
    return {row.external_id: row.custom for row in connection.execute(query)}


def _columns(record: RepRecord, custom: Mapping[str, Any]) -> dict[str, Any]:
    """The columns a record names; null puts a column back to its default."""
    named = record.model_dump(include=record.model_fields_set - {"absences"})
    if record.working_hours is not None:
        named["working_hours"] = [
            [block.weekday, block.start, block.end] for block in blocks(record.working_hours)
        ]
    for days in ("days_off", "days_on"):
        if named.get(days) is not None:
            named[days] = sorted(day.isoformat() for day in named[days])
    if record.custom is not None:
        merged = {**custom, **record.custom}
        named["custom"] = {name: value for name, value in merged.items() if value is not None}
    cleared = {name: _DEFAULTS[name] for name, value in named.items() if value is None and name in _DEFAULTS}
    return named | cleared


def _store_absences(connection: Connection, records: Sequence[RepRecord]) -> set[str]:
    """Replace the absences of the records that name them, where they differ; whose did."""
    wanted = {
        record.external_id: sorted(_absence_row(record.external_id, each) for each in record.absences or ())
        for record in records
        if "absences" in record.model_fields_set
    }
    held: dict[str, list[tuple[Any, ...]]] = {external_id: [] for external_id in wanted}
    by_hand = (rep_absence.c.rep.in_(wanted), rep_absence.c.feed.is_not(True))
    for row in connection.execute(select(rep_absence).where(*by_hand)) if wanted else ():
        said = (row.cover or "", row.reason or "", row.handback or "")
        held[row.rep].append((row.rep, row.start, row.until, *said))
    differing = {external_id for external_id, rows in wanted.items() if rows != sorted(held[external_id])}
    for external_id in sorted(differing):
        was, now_is = sorted(held[external_id]), wanted[external_id]
        changes.note(connection, "rep", external_id, {"absences": was}, {"absences": now_is})
    if differing:
        connection.execute(
            delete(rep_absence).where(rep_absence.c.rep.in_(differing), rep_absence.c.feed.is_not(True))
        )
    columns = ("rep", "start", "until", "cover", "reason", "handback")
    fresh = [
        {name: value or None for name, value in zip(columns, row, strict=True)}
        for external_id in sorted(differing)
        for row in wanted[external_id]
    ]
    if fresh:
        connection.execute(insert(rep_absence), fresh)
    return differing


def _absence_row(external_id: str, absence: AbsenceRecord) -> tuple[Any, ...]:
    handback = absence.handback or ""
    return (external_id, absence.starts, absence.until, absence.cover or "", absence.reason or "", handback)


def recount(connection: Connection, ids: Sequence[str]) -> None:
    """Count the open clocks of these reps anew: their hours, holidays or absences have changed."""
    if ids:
        clocks.recompute(connection, by_id(connection, [RepId(each) for each in ids]))


def switch(connection: Connection, external_id: RepId, off: Offline | None, now: datetime) -> bool:
    """Switch a rep offline, or (None) online; whether there is such a rep."""
    values = {
        "offline_since": off.since if off else None,
        "offline_until": off.until if off else None,
        "offline_reason": off.reason if off else None,
        "offline_by": off.by if off else None,
        "updated_at": now,
    }
    changed = connection.execute(update(table).where(table.c.external_id == external_id).values(**values))
    return changed.rowcount > 0


def in_meetings(
    connection: Connection, people: Mapping[RepId, Rep], now: datetime, ahead: timedelta = MEETINGS_AHEAD
) -> dict[RepId, Rep]:
    """The reps with the meetings of their calendars that count, from ``now`` on for ``ahead``."""
    if not people:
        return {}
    query = select(rep_busy).where(
        rep_busy.c.rep.in_(sorted(people)), rep_busy.c.until > now, rep_busy.c.start < now + ahead
    )
    meetings: dict[RepId, list[Busy]] = {}
    for row in connection.execute(query.order_by(rep_busy.c.start, rep_busy.c.until)):
        meetings.setdefault(RepId(row.rep), []).append(Busy(start=row.start, until=row.until))
    return {
        name: replace(rep, busy=tuple(meetings[name])) if name in meetings else rep
        for name, rep in people.items()
    }


def by_id(connection: Connection, ids: Iterable[RepId]) -> dict[RepId, Rep]:
    """The reps of these ids that exist, with all their absences and the company's days off."""
    return company_days.apply(connection, _of(connection, ids))


def as_given(connection: Connection, ids: Iterable[RepId]) -> dict[RepId, Rep]:
    """The reps of these ids as they were stored: without the company's days, and what their calendars say."""
    return _of(connection, ids, feed=False)


def _of(connection: Connection, ids: Iterable[RepId], *, feed: bool = True) -> dict[RepId, Rep]:
    wanted = sorted(set(ids))
    query = select(table).where(table.c.external_id.in_(wanted))
    return _read(connection, query, feed=feed) if wanted else {}


def by_email(connection: Connection, email: str) -> RepId | None:
    """The active rep with this address; the one stored first, where several have it."""
    same = func.lower(table.c.email) == email.lower()
    query = select(table.c.external_id).where(same, table.c.active).order_by(table.c.id).limit(1)
    found = connection.execute(query).scalar()
    return None if found is None else RepId(found)


def around(connection: Connection, ids: Iterable[RepId]) -> dict[RepId, Rep]:
    """The reps of these ids that exist, with their managers and covers, and these people's in turn.

    Rules may ask for the manager of a rep, and a cover may be covered: `STEPS` away from
    whom the facts name is as far as anybody is looked for.
    """
    found: dict[RepId, Rep] = {}
    wanted = set(ids)
    for _ in range(1 + STEPS):
        found |= by_id(connection, wanted)
        wanted = related(found.values()) - found.keys()
        if not wanted:
            break
    return found


def related(people: Iterable[Rep]) -> set[RepId]:
    """The managers of these reps, and those who cover for them."""
    people = list(people)
    managers = {rep.manager for rep in people if rep.manager}
    return managers | {away.cover for rep in people for away in rep.absences if away.cover}


def all_reps(connection: Connection) -> list[Rep]:
    """Every rep, by name."""
    found = company_days.apply(connection, _read(connection, select(table)))
    return sorted(found.values(), key=lambda rep: (rep.name.casefold(), rep.id))


def page(connection: Connection, *, after: int = 0, limit: int = 100) -> list[tuple[int, Rep]]:
    """Reps as they were stored, with their row numbers, in that order, from behind the row ``after``."""
    query = select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)
    rows = {RepId(row.external_id): row.id for row in connection.execute(query)}
    return [
        (rows[rep.id], rep) for rep in sorted(as_given(connection, rows).values(), key=lambda r: rows[r.id])
    ]


def lock(connection: Connection, name: RepId) -> None:
    """Let nobody else lock or change a rep until the transaction ends."""
    connection.execute(select(table.c.id).where(table.c.external_id == name).with_for_update())


def remove(connection: Connection, external_id: str) -> bool:
    """Delete a rep with the absences; whether there was one. Accounts that name the rep stay as they are.

    Raises InUse for a rep who works contacts or is in a pool.
    """
    working = select(assignment.c.id).where(assignment.c.rep == external_id, assignment.c.ended_at.is_(None))
    member = select(pool_member.c.rep).where(pool_member.c.rep == external_id)
    if connection.execute(working.limit(1)).first() or connection.execute(member.limit(1)).first():
        raise InUse("The rep works contacts or is in a pool; set active to false instead")
    known = connection.execute(select(table.c.name).where(table.c.external_id == external_id)).first()
    if known is not None:
        changes.note(connection, "rep", external_id, {"name": known.name}, None)
    for theirs in (rep_absence, rep_busy, rep_calendar):
        connection.execute(delete(theirs).where(theirs.c.rep == external_id))
    return connection.execute(delete(table).where(table.c.external_id == external_id)).rowcount > 0


def _read(connection: Connection, query: Select[Any], *, feed: bool = True) -> dict[RepId, Rep]:
    """The reps of a query over the rep table; one row for each absence, so one statement does."""
    theirs = rep_absence.c.rep == table.c.external_id
    if not feed:
        theirs = theirs & rep_absence.c.feed.is_not(True)
    joined = query.add_columns(
        rep_absence.c.start,
        rep_absence.c.until,
        rep_absence.c.cover,
        rep_absence.c.reason,
        rep_absence.c.handback,
    ).outerjoin(rep_absence, theirs)
    people: dict[RepId, Rep] = {}
    absences: dict[RepId, list[Absence]] = {}
    for row in connection.execute(joined):
        known = RepId(row.external_id)
        if known not in people:
            people[known] = _rep(row)
        if row.start is not None:
            away = Absence(
                start=row.start,
                until=row.until,
                cover=rep_id(row.cover),
                reason=row.reason,
                handback=Handback(row.handback or Handback.RETURN),
            )
            absences.setdefault(known, []).append(away)
    for known, away_times in absences.items():
        in_order = tuple(sorted(away_times, key=lambda away: (away.start, away.until)))
        people[known] = replace(people[known], absences=in_order)
    return people


def _rep(row: Row[Any]) -> Rep:
    return Rep(
        id=RepId(row.external_id),
        name=row.name,
        email=row.email,
        role=row.role,
        team=row.team,
        manager=rep_id(row.manager),
        time_zone=row.time_zone,
        working_hours=tuple(
            WorkBlock(weekday=day, start=start, end=end) for day, start, end in row.working_hours
        ),
        holidays=row.holidays,
        days_off=_days(row.days_off),
        days_on=_days(row.days_on),
        offline=_offline(row),
        active=row.active,
        custom=row.custom,
        caps=caps_in(row.caps),
        open_cap=row.open_cap,
    )


def _days(stored: Sequence[str] | None) -> tuple[date, ...]:
    return tuple(date.fromisoformat(day) for day in stored or ())


def _offline(row: Row[Any]) -> Offline | None:
    if row.offline_since is None:
        return None
    return Offline(
        since=row.offline_since, until=row.offline_until, reason=row.offline_reason, by=row.offline_by
    )
