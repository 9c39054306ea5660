"""Days off of the company, and the calendars that reps' absences are read from."""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.responses import Response

from service.api.availability import CompanyDayIn
from service.console import forms
from service.console.told import Told, Undo
from service.console.visit import Visit
from service.db import calendars, clocks, company_days, console, reps
from service.db.company_days import CompanyDay
from service.problems import Invalid


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


def _show(visit: Visit, problem: Invalid | None = None) -> Response:
    with visit.services.database.read() as connection:
        return visit.show(
            "calendars.html",
            status=problem.status if problem else 200,
            problem=problem,
            form=visit.form if problem else {},
            days=[(day, key_of(day)) for day in company_days.listed(connection)],
            feeds=calendars.listed(connection),
            names=console.rep_names(connection),
        )
