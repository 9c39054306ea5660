"""Changing reps: leave with a cover, hours and caps, the switch; each is told with its undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.responses import Response

from routing.hours import WEEKDAYS
from routing.types.people import Absence, Offline, Rep, RepId
from service.api.reps import view
from service.console import forms
from service.console.pages.reps import daily, key_of, nobody, show
from service.console.told import STILL, Told, Undo, address, print_of, unchanged
from service.console.visit import Visit
from service.db import reps
from service.records.reps import RepRecord


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


def _do(visit: Visit, work: Callable[[Connection], Told]) -> Response:
    return visit.change(work, address("/reps/{}", visit.params["rep"]), show)


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
    return days | others | {"cap_day": daily(rep)}


def _save(connection: Connection, visit: Visit, name: str, said: Mapping[str, Any]) -> None:
    record = forms.read(RepRecord, {"external_id": name, **said})
    forms.accepted(reps.upsert(connection, [record], visit.services.now()))


def _known(connection: Connection, name: str) -> Rep:
    """The rep as stored, without what calendars say; nobody else changes the rep meanwhile."""
    reps.lock(connection, RepId(name))
    found = reps.as_given(connection, [RepId(name)])
    if not found:
        raise nobody()
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
