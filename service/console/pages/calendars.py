"""Days off of the company, and the calendars that reps' absences are read from."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from routing.types.people import RepId
from service.api.availability import CompanyDayIn
from service.api.calendars import CalendarIn, keep
from service.console import aside, forms
from service.console.told import Told, Undo
from service.console.visit import Visit
from service.db import calendars, clocks, company_days, console, reps
from service.db.company_days import CompanyDay
from service.problems import Conflict, Invalid, NotFound, Problem


def page(visit: Visit) -> Response:
    """All of them."""
    return _show(visit)


def add(visit: Visit) -> Response:
    """Add a day off, or a holiday on which one works."""
    try:
        said = {name: visit.form.get(name, "").strip() or None for name in ("day", "name", "region", "team")}
        given = forms.read(CompanyDayIn, said | {"works": "works" in visit.form})
        fresh = CompanyDay(**given.model_dump())
        visit.services.database.transact(lambda connection: _change(connection, fresh, keep=True))
    except Invalid as problem:
        return _show(visit, problem)
    undo = Undo(path="/calendars/remove", form={"which": key_of(fresh)})
    return visit.tell(Told(said=f"{fresh.name} on {fresh.day} was added.", undo=undo), "/calendars")


def remove(visit: Visit) -> Response:
    """Take a day away."""

    def work(connection: Connection) -> CompanyDay | None:
        days = company_days.listed(connection)
        found = next((each for each in days if key_of(each) == visit.form.get("which")), None)
        if found is not None:
            _change(connection, found, keep=False)
        return found

    gone = visit.services.database.transact(work)
    if gone is None:
        return visit.tell(Told(said="This day is not there any more."), "/calendars")
    said = {"day": gone.day.isoformat(), "name": gone.name, "region": gone.region, "team": gone.team}
    back = {name: value for name, value in said.items() if value} | ({"works": "on"} if gone.works else {})
    told = Told(said=f"{gone.name} on {gone.day} was taken away.", undo=Undo(path="/calendars", form=back))
    return visit.tell(told, "/calendars")


def set_feed(visit: Visit) -> Response:
    """Read a rep's absences from a calendar: from its address again and again, or from a file once."""
    rep, url, file = visit.form.get("rep", ""), visit.form.get("url", "").strip(), visit.files.get("file")
    text = file.body.decode("utf-8-sig", "replace") if file is not None and file.name else None
    try:
        if not rep:
            raise forms.wrong("rep", "choose whose calendar it is")
        if bool(url) == (text is not None):
            raise forms.wrong("url", "give the calendar's address, or choose a file: one of them")
        address = forms.read(CalendarIn, {"url": url}).url if url else None
        return _read(visit, rep, url=address, text=text, busy="busy" in visit.form)
    except (Invalid, NotFound) as problem:
        return _show(visit, problem)


def _read(visit: Visit, rep: str, *, url: str | None, text: str | None, busy: bool) -> Response:
    """Keep a rep's calendar, and say what was read in it. Raises NotFound, Invalid."""
    state = keep(visit.services, rep, url=url, text=text, busy=busy)
    said = f"The calendar was read: times away in it: {len(state.away)}."
    if state.problem is not None:
        said = f"The calendar is kept and asked again; it could not be read now: {state.problem}"
    return visit.tell(Told(said=said), "/calendars")


def forget_feed(visit: Visit) -> Response:
    """Forget a rep's calendar, with the absences that came from it."""
    rep = RepId(visit.form.get("rep", ""))

    def work(connection: Connection) -> Told:
        feed = calendars.get(connection, rep)
        if feed is None:
            return Told(said="There is none any more.")
        calendars.remove(connection, rep)
        values = {"url": feed.url, "text": feed.text, "busy": feed.busy}
        form = {"rep": rep, aside.KEPT: aside.keep(connection, values, visit.services.now())}
        words = "The calendar is forgotten, and the absences that came from it."
        return Told(said=words, undo=Undo(path="/calendars/feeds/back", form=form))

    return visit.change(work, "/calendars", _show)


def put_back_feed(visit: Visit) -> Response:
    """Read the calendar again that was forgotten."""
    rep = RepId(visit.form.get("rep", ""))

    def work(connection: Connection) -> dict[str, Any]:
        if calendars.get(connection, rep) is not None:
            raise Conflict("The rep has a calendar again; nothing was put back")
        return aside.kept(connection, visit.form.get(aside.KEPT, ""), visit.services.now())

    try:
        return _read(visit, rep, **visit.services.database.transact(work))
    except (Conflict, Invalid, NotFound) as problem:
        return _show(visit, problem)


def key_of(day: CompanyDay) -> str:
    """How a form names a day."""
    return f"{day.day.isoformat()} {day.region or ''} {day.team or ''}"


def _change(connection: Connection, day: CompanyDay, *, keep: bool) -> None:
    """Take a day in or out; the clocks that run are counted anew."""
    company_days.lock(connection)
    days = company_days.listed(connection)
    others = [each for each in days if key_of(each) != key_of(day)]
    if keep and len(others) < len(days):
        raise forms.wrong("day", "is there already for this region and team")
    company_days.replace_all(connection, [*others, day] if keep else others)
    reps.recount(connection, clocks.reps_counted(connection))


def _show(visit: Visit, problem: Problem | None = None) -> Response:
    with visit.services.database.read() as connection:
        return visit.show(
            "calendars.html",
            status=type(problem).status if problem else 200,
            problem=problem,
            form=visit.form if problem else {},
            days=[(day, key_of(day)) for day in company_days.listed(connection)],
            feeds=calendars.listed(connection),
            names=console.rep_names(connection),
        )
