"""service/console/pages/calendars.py: days off of the company, calendars of reps."""

from __future__ import annotations

import re
from html import unescape

from routing.types.people import RepId
from service.db import calendars, reps
from service.records.reps import RepRecord
from tests.service.console.conftest import NOW, Console, text_of, undo_in


def test_days_are_added_once_and_taken_away_on_both_databases(console: Console) -> None:
    assert "No day of the company" in console.page("/calendars")
    outing = {"day": "2026-12-24", "name": "Christmas Eve", "region": "DE"}
    assert console.post("/calendars", **outing).status_code == 303
    again = console.post("/calendars", **outing)
    assert again.status_code == 422 and "is there already" in again.text
    assert console.post("/calendars", day="soon", name="x").status_code == 422
    assert console.post("/calendars", day="2026-05-01", name="Launch", works="yes").status_code == 303
    page = console.page("/calendars")
    assert "Thu 24 Dec 2026" in page and "worked" in page
    which = re.findall(r'name="which" value="([^"]+)"', page)
    assert console.post("/calendars/remove", which=unescape(which[-1])).status_code == 303
    page = console.page("/calendars")
    assert "Christmas Eve" not in page and "Launch" in page


def test_calendars_say_when_they_were_read_and_what_is_wrong(demo: Console) -> None:
    with demo.services.database.write() as connection:
        record = RepRecord.model_validate({"external_id": "tom.ashby"})
        reps.upsert(connection, [record], NOW)
        url = "https://calendar.example/secret.ics"
        calendars.put(connection, RepId("tom.ashby"), url=url, text=None, busy=True, now=NOW)
        feed = calendars.get(connection, RepId("tom.ashby"))
        assert feed is not None
        calendars.failed(connection, feed, "the address answers 404", NOW)
    page = text_of(demo.page("/calendars"))
    assert "Tom Ashby" in page and "the address answers 404" in page
    assert "secret.ics" not in demo.page("/calendars") and "secret.ics" not in demo.page("/reps/tom.ashby")


def test_a_rep_is_given_a_calendar_and_it_is_forgotten(demo: Console) -> None:
    def sent(body: bytes = b"", **form: str) -> str:
        answer = demo.client.post(
            "/console/calendars/feeds",
            data={"token": demo.token(), **form},
            files={"file": ("out.ics" if body else "", body, "text/calendar")},
        )
        if answer.status_code == 303:
            return text_of(demo.page(answer.headers["location"].removeprefix("/console")))
        assert answer.status_code in (404, 422)
        return text_of(answer.text)

    lines = ("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:1", "DTSTART;VALUE=DATE:20261020")
    lines += ("DTEND;VALUE=DATE:20261022", "SUMMARY:Out of office", "END:VEVENT", "END:VCALENDAR", "")
    file = "\r\n".join(lines).encode()
    assert "choose whose calendar it is" in sent(file)
    assert "one of them" in sent(rep="tom.ashby")
    assert "one of them" in sent(file, rep="tom.ashby", url="https://calendar.example/a.ics")
    assert "There is no rep with this id" in sent(file, rep="nobody")
    assert "cannot be read from there" in sent(rep="tom.ashby", url="http://127.0.0.1/a.ics")
    assert "The calendar was read: times away in it: 1" in sent(file, rep="tom.ashby", busy="yes")
    assert "Forget the calendar of Tom Ashby" in text_of(demo.page("/calendars"))
    forgotten = demo.post("/calendars/feeds/forget", rep="tom.ashby").headers["location"]
    told = demo.page(forgotten.removeprefix("/console"))
    assert "The calendar is forgotten" in told and "BEGIN" not in told
    assert "No rep has a calendar here" in demo.page("/calendars")
    undo = undo_in(told)
    back = demo.post("/calendars/feeds/back", **undo).headers["location"]
    assert "times away in it: 1" in demo.page(back.removeprefix("/console"))
    page = text_of(demo.page("/calendars"))
    assert "Forget the calendar of Tom Ashby" in page and "do not count" not in page
    again = demo.post("/calendars/feeds/back", **undo)
    assert again.status_code == 409 and "has a calendar again" in again.text
    demo.post("/calendars/feeds/forget", rep="tom.ashby")
    spent = demo.post("/calendars/feeds/back", **undo)
    assert spent.status_code == 409 and "taken back before" in spent.text
