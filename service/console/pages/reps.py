"""Reps: who is there now and this week; one rep with hours, absences, the switch, caps and load."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.responses import Response

from routing.availability import presence
from routing.types import Absence, Handback, Offline, Rep, RepId
from service.api.reps import view
from service.console import forms
from service.console.presence import PRESENCE
from service.console.told import STILL, Told, Undo, address, print_of, unchanged
from service.console.visit import Visit
from service.console.week import frame, strip
from service.db import calendars, console, loads, reps
from service.db.directory import directory
from service.problems import Conflict, Invalid, NotFound, Problem
from service.records import WEEKDAYS, RepRecord

PAGE = 50
MEETINGS = timedelta(days=9)
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
RECENTLY = timedelta(days=7)


def listing(visit: Visit) -> Response:
    """Reps by name: whether each is there, what each has, and the week on the reader's clocks."""
    now = visit.services.now()
    team, search = visit.query.get("team"), visit.query.get("search", "").casefold()
    there, place = "there" in visit.query, visit.query.get("from", "")
    with visit.services.database.read() as connection:
        everyone = reps.all_reps(connection)
        found = [rep for rep in everyone if _fits(rep, team, search)]
        found = list(reps.in_meetings(connection, {rep.id: rep for rep in found}, now, MEETINGS).values())
        given = {load.rep: load for load in console.loads(connection, now, now - RECENTLY)}
    seen = [(rep, presence(rep, now)) for rep in sorted(found, key=lambda rep: not rep.active)]
    seen = [each for each in seen if each[1].reason is None or not there]
    first = int(place) if place.isdecimal() and len(place) < 7 else 0
    names = {rep.id: rep.name for rep in everyone}
    shown = frame(now, visit.zone, visit.query.get("week"))
    return visit.show(
        "reps.html",
        presences=PRESENCE,
        rows=[
            (rep, state, given.get(rep.id), strip(rep, shown, names) if rep.active else None)
            for rep, state in seen[first : first + PAGE]
        ],
        frame=shown,
        total=len(seen),
        older=first + PAGE if len(seen) > first + PAGE else None,
        teams=[(team, team) for team in sorted({rep.team for rep in everyone if rep.team})],
        team=team,
        search=visit.query.get("search", ""),
        there=there,
        names=names,
        now_at=shown.place(now),
    )


def one(visit: Visit) -> Response:
    """One rep."""
    return _show(visit)


def add_absence(visit: Visit) -> Response:
    """Put the rep on leave for a time, with a cover."""
    name = visit.params["rep"]

    def work(connection: Connection) -> Told:
        rep, zone = _known(connection, name), _zone(connection, name)
        starts = forms.moment(visit.form, "from", zone) or visit.services.now()
        until = forms.moment(visit.form, "until", zone)
        if until is None:
            raise forms.wrong("until", "say when the rep is back")
        said = {"from": starts, "until": until} | {
            key: visit.form.get(key, "").strip() or None for key in ("cover", "reason", "handback")
        }
        if said["cover"] == name:
            raise forms.wrong("cover", "somebody else must stand in")
        _save(connection, visit, name, {"absences": [*map(_said, rep.absences), said]})
        known = set(map(key_of, rep.absences))
        fresh = next((k for k in map(key_of, _known(connection, name).absences) if k not in known), None)
        words = f"{rep.name} is on leave from {_at(starts, zone)} to {_at(until, zone)} ({zone.key})."
        undo = Undo(path=_place(name, "absences/end"), form={"which": fresh}) if fresh else None
        return Told(said=words, undo=undo)

    return _do(visit, work)


def end_absence(visit: Visit) -> Response:
    """End an absence now, or take back one that has not begun."""
    name, which, now = visit.params["rep"], visit.form.get("which", ""), visit.services.now()

    def work(connection: Connection) -> Told:
        rep = _known(connection, name)
        away = next((each for each in rep.absences if key_of(each) == which), None)
        if away is None:
            raise forms.wrong("", "this absence is not there any more")
        left = [_said(each) for each in rep.absences if each is not away]
        ended = [_said(away) | {"until": now}] if away.start < now else []
        _save(connection, visit, name, {"absences": left + ended})
        again = _said(away) | {"from": max(away.start, now).isoformat(), "until": away.until.isoformat()}
        words = f"The leave of {rep.name} {'has ended' if ended else 'was taken back'}."
        undo = Undo(path=_place(name, "absences"), form={key: value or "" for key, value in again.items()})
        return Told(said=words, undo=undo if away.until > now else None)

    return _do(visit, work)


def save_hours(visit: Visit) -> Response:
    """Change the working hours, the zone they are in, the holidays and the caps."""
    name, form = visit.params["rep"], visit.form

    def work(connection: Connection) -> Told:
        before = _known(connection, name)
        unchanged(form, lambda: _hours(before))
        hours = {day: forms.listed(form.get(f"hours_{day}", "")) for day in WEEKDAYS}
        cap = form.get("open_cap", "").strip()
        if cap and not cap.isdecimal():
            raise forms.wrong("open_cap", "must be a whole number, or empty for none")
        daily = form.get("cap_day", "").strip()
        if daily and not daily.isdecimal():
            raise forms.wrong("cap_day", "must be a whole number, or empty for none")
        others = {each.per.value: each.most for each in before.caps if each.per != "day"}
        caps = others | ({"day": int(daily)} if daily else {})
        said = {
            "time_zone": form.get("time_zone", "").strip() or None,
            "working_hours": {day: blocks for day, blocks in hours.items() if blocks} or None,
            "holidays": form.get("holidays", "").strip() or None,
            "open_cap": int(cap) if cap else None,
            "caps": caps or None,
        }
        _save(connection, visit, name, said)
        still = {STILL: print_of(_hours(_known(connection, name)))}
        undo = Undo(path=_place(name, "hours"), form=_hours(before) | still)
        return Told(said="The hours and caps are saved; they count from the next contact on.", undo=undo)

    return _do(visit, work)


def switch(visit: Visit) -> Response:
    """Switch the rep offline, for a time or until somebody switches back; or online."""
    name = RepId(visit.params["rep"])

    def work(connection: Connection) -> Told:
        now, before = visit.services.clock(), _known(connection, name).offline
        if visit.form.get("to") == "online":
            off = None
        else:
            until = forms.moment(visit.form, "until", ZoneInfo(visit.zone))
            if until is not None and until <= now:
                raise forms.wrong("until", "must be in the future")
            reason = visit.form.get("reason", "").strip()[:500] or None
            off = Offline(since=now, until=until, reason=reason, by=visit.caller.name)
        reps.switch(connection, name, off, now)
        back = {"to": "online"}
        if off is None and before is not None:
            ends = before.until.isoformat() if before.until is not None else ""
            back = {"to": "offline", "until": ends, "reason": before.reason or ""}
        words = "Online again." if off is None else "Offline: pools pass the rep over from now on."
        return Told(said=words, undo=Undo(path=_place(name, "switch"), form=back))

    return _do(visit, work)


def key_of(away: Absence) -> str:
    """How a form names an absence."""
    return f"{away.start.isoformat()} {away.until.isoformat()} {away.cover or ''}"


def _fits(rep: Rep, team: str | None, search: str) -> bool:
    texts = (rep.name, rep.id, rep.email or "", rep.role or "")
    return team in (None, rep.team) and any(search in text.casefold() for text in texts)


def _do(visit: Visit, work: Callable[[Connection], Told]) -> Response:
    """Do it and show the rep, saying what was done; what keeps it from being done is said above."""
    try:
        told = visit.services.database.transact(work)
    except (Invalid, Conflict) as problem:
        return _show(visit, problem)
    visit.services.bell.ring()
    return visit.tell(told, address("/reps/{}", visit.params["rep"]))


def _place(name: str, form: str) -> str:
    return f"{address('/reps/{}', name)}/{form}"


def _at(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d %b %Y, %H:%M}"


def _hours(rep: Rep) -> dict[str, str]:
    """The form of hours and caps, as it says how a rep stands."""
    record = view(rep)
    hours = {str(day): ", ".join(blocks) for day, blocks in (record.working_hours or {}).items()}
    days = {f"hours_{day}": hours.get(day, "") for day in WEEKDAYS}
    cap = "" if rep.open_cap is None else str(rep.open_cap)
    others = {"time_zone": rep.time_zone, "holidays": record.holidays or "", "open_cap": cap}
    return days | others | {"cap_day": _daily(rep)}


def _daily(rep: Rep) -> str:
    return next((str(cap.most) for cap in rep.caps if cap.per == "day"), "")


def _save(connection: Connection, visit: Visit, name: str, said: Mapping[str, Any]) -> None:
    record = forms.read(RepRecord, {"external_id": name, **said})
    forms.accepted(reps.upsert(connection, [record], visit.services.now()))


def _known(connection: Connection, name: str) -> Rep:
    """The rep as stored, without what calendars say; nobody else changes the rep meanwhile."""
    reps.lock(connection, RepId(name))
    found = reps.as_given(connection, [RepId(name)])
    if not found:
        raise _nobody()
    return found[RepId(name)]


def _zone(connection: Connection, name: str) -> ZoneInfo:
    return ZoneInfo(_known(connection, name).time_zone)


def _said(away: Absence) -> dict[str, Any]:
    return {
        "from": away.start,
        "until": away.until,
        "cover": away.cover,
        "reason": away.reason,
        "handback": away.handback,
    }


def _show(visit: Visit, problem: Problem | None = None) -> Response:
    name, now = RepId(visit.params["rep"]), visit.services.now()
    shown = frame(now, visit.zone, visit.query.get("week"))
    with visit.services.database.read() as connection:
        known = directory(connection)
        if name not in known.reps:
            raise _nobody()
        met = reps.in_meetings(connection, {name: known.reps[name]}, now, MEETINGS)[name]
        given = reps.as_given(connection, [name])[name]
        pools = {
            state.name: state for state in known.pools.values() if any(m.rep == name for m in state.members)
        }
        load = loads.of(connection, pools, {name: met}, now, lock=False)
        names = {rep.id: rep.name for rep in known.reps.values()}
        mine = {each.rep: each for each in console.loads(connection, now, now - RECENTLY)}
        return visit.show(
            "rep.html",
            status=type(problem).status if problem else 200,
            problem=problem,
            form=visit.form if problem else {},
            rep=met,
            record=view(given),
            state=presence(met, now),
            presences=PRESENCE,
            pools=[(state, next(m for m in state.members if m.rep == name)) for state in pools.values()],
            caps=[(cap, load.reps.get((name, cap.per), 0)) for cap in met.caps],
            load=mine.get(name),
            cap_day=_daily(met),
            absences=[(away, key_of(away)) for away in given.absences if away.until > now],
            fed=[away for away in met.absences if away not in given.absences and away.until > now],
            past=[away for away in given.absences if away.until <= now][-5:],
            calendar=calendars.get(connection, name),
            others=[
                (rep.id, rep.name)
                for rep in sorted(known.reps.values(), key=lambda rep: rep.name)
                if rep.active and rep.id != name
            ],
            handbacks=HANDBACKS,
            days=list(zip(WEEKDAYS, DAY_NAMES, strict=True)),
            names=names,
            frame=shown,
            strip=strip(met, shown, names),
            now_at=shown.place(now),
            covering=[
                (other, away)
                for other in known.reps.values()
                for away in other.absences
                if away.cover == name and away.until > now
            ],
        )


HANDBACKS = (
    (Handback.RETURN.value, "What is still open goes back"),
    (Handback.UNTOUCHED.value, "Only what the cover has not begun goes back"),
    (Handback.STAY.value, "It stays with the cover"),
)


def _nobody() -> NotFound:
    return NotFound("There is no rep with this id")
