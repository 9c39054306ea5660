"""A rep's calendar over HTTP: sent as text, or read from an address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from service.calendars.reading import Calendars
from service.db.engine import Database
from service.delivery.http import Fetched, Unreachable
from service.settings import Settings

SOON = datetime.now(UTC).date() + timedelta(days=10)
TEXT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:t\r\nBEGIN:VEVENT\r\nUID:1\r\n"
    f"DTSTART;VALUE=DATE:{SOON:%Y%m%d}\r\nSUMMARY:Vacation\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
ICS = {"Content-Type": "text/calendar; charset=utf-8"}


@pytest.fixture
def caller(admin: TestClient) -> TestClient:
    admin.post("/v1/reps", json={"external_id": "ana", "name": "Ana", "time_zone": "Europe/Berlin"})
    return admin


def test_a_text_that_was_sent_says_when_the_rep_is_away(caller: TestClient) -> None:
    stored = caller.put("/v1/reps/ana/calendar", content=TEXT, headers=ICS)
    assert stored.status_code == 200
    assert [each["reason"] for each in stored.json()["away"]] == ["Vacation"]
    noon = f"{SOON}T12:00:00Z"
    there = caller.get("/v1/reps/ana/availability", params={"at": noon}).json()["now"]
    assert (there["reason"], there["detail"]) == ("absent", "Vacation")
    assert caller.get("/v1/reps/ana").json()["absences"] == []
    assert caller.delete("/v1/reps/ana/calendar").status_code == 204
    assert caller.get("/v1/reps/ana/availability", params={"at": noon}).json()["now"]["available"]
    assert caller.get("/v1/reps/ana/calendar").status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_no_calendar_takes_no_place(caller: TestClient) -> None:
    caller.put("/v1/reps/ana/calendar", content=TEXT, headers=ICS)
    assert caller.put("/v1/reps/ana/calendar", content="<html>", headers=ICS).status_code == 422
    assert len(caller.get("/v1/reps/ana/calendar").json()["away"]) == 1
    inside = {"url": "http://127.0.0.1:9/cal.ics"}
    refused = caller.put("/v1/reps/ana/calendar", json=inside)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/url")
    assert caller.put("/v1/reps/ana/calendar", json={"uri": "https://x.example"}).status_code == 422
    other = caller.put("/v1/reps/ana/calendar", content=TEXT, headers={"Content-Type": "text/plain"})
    assert other.status_code == 415
    assert caller.put("/v1/reps/nobody/calendar", content=TEXT, headers=ICS).status_code == 404


def test_an_address_is_asked_again_and_keeps_what_it_said_while_it_fails(
    caller: TestClient, settings: Settings
) -> None:
    answers = [Fetched(status=200, etag='"1"', body=TEXT.encode()), Fetched(status=304, etag=None, body=b"")]
    asked: list[str | None] = []
    clock = [datetime.now(UTC)]

    def fetch(url: str, etag: str | None) -> Fetched:
        asked.append(etag)
        if not answers:
            raise Unreachable("no answer within 20 seconds")
        return answers.pop(0)

    database = Database(settings.database_url)
    reading = Calendars(database, fetch, lambda: clock[0])
    body = {"url": "https://calendar.invalid/ana.ics"}
    first = caller.put("/v1/reps/ana/calendar", json=body).json()
    assert first["problem"] == "the connection could not be made"
    for _ in range(3):
        clock[0] += timedelta(minutes=61)
        assert reading.run()
        assert not reading.run()
    found = caller.get("/v1/reps/ana/calendar").json()
    assert (asked, found["problem"]) == ([None, '"1"', '"1"'], "no answer within 20 seconds")
    assert [each["reason"] for each in found["away"]] == ["Vacation"]
    assert "calendar.invalid" not in str(found)
    database.dispose()
