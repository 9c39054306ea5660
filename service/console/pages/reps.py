"""Reps: who is there now and this week; one rep with hours, absences, the switch, caps and load."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from routing.availability import presence
from routing.hours import WEEKDAYS
from routing.types.people import Absence, Handback, Rep, RepId
from service.api.reps import view
from service.console.presence import PRESENCE
from service.console.visit import Visit
from service.console.week import frame, strip
from service.db import calendars, console, loads, reps
from service.db.directory import directory
from service.problems import NotFound, Problem

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
    return show(visit)


def key_of(away: Absence) -> str:
    """How a form names an absence."""
    return f"{away.start.isoformat()} {away.until.isoformat()} {away.cover or ''}"


def _fits(rep: Rep, team: str | None, search: str) -> bool:
    texts = (rep.name, rep.id, rep.email or "", rep.role or "")
    return team in (None, rep.team) and any(search in text.casefold() for text in texts)


def daily(rep: Rep) -> str:
    """The most contacts a day, as the form has it; empty where there is no such cap."""
    return next((str(cap.most) for cap in rep.caps if cap.per == "day"), "")


def show(visit: Visit, problem: Problem | None = None) -> Response:
    """The page of a rep, with what a form was refused for. Raises NotFound."""
    name, now = RepId(visit.params["rep"]), visit.services.now()
    shown = frame(now, visit.zone, visit.query.get("week"))
    with visit.services.database.read() as connection:
        known = directory(connection)
        if name not in known.reps:
            raise nobody()
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
            cap_day=daily(met),
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


def nobody() -> NotFound:
    """What is raised for a rep who is not there."""
    return NotFound("There is no rep with this id")
