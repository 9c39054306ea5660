"""service/console/pages/reps.py: who is there, the week, leave with a cover, hours, the switch."""

from __future__ import annotations

import re
from html import unescape

import pytest

from service.auth import Scope
from service.db import reps
from tests.service.console.conftest import Console, text_of


def test_reps_are_listed_with_their_week_on_the_readers_clocks(demo: Console) -> None:
    demo.client.cookies.set("muster_zone", "Asia%2FTokyo")
    page = demo.page("/reps")
    assert "Asia/Tokyo" in page and 'class="week"' in page
    kenji = re.search(r'aria-label="(Kenji Hayakawa: [^"]+)"', page)
    assert kenji is not None and "Mon 12 Oct 09:00 to 18:00 at work" in kenji[1]
    assert "away" in text_of(page) and "covered by Lukas Ziegler" in text_of(page)
    assert "Kenji" not in demo.page("/reps?team=EMEA")
    assert "Kenji" in demo.page("/reps?search=kenji") and "Sofia" not in demo.page("/reps?search=kenji")
    assert "Sofia Lindgren" not in demo.page("/reps?there=now")
    assert 'Mon <span class="nowrap">19 Oct' in demo.page("/reps?week=2026-10-22")


def test_leave_is_entered_with_a_cover_and_ended(demo: Console) -> None:
    page = "/reps/tom.ashby"
    said = {
        "from": "2026-10-14T08:00",
        "until": "2026-10-20T08:00",
        "cover": "helena.brandt",
        "reason": "Hiking",
    }
    assert demo.post(f"{page}/absences", **said).status_code == 303
    shown = text_of(demo.page(page))
    assert "On leave" in shown and "Hiking" in shown and "Helena Brandt" in shown
    assert "Stands in for Tom Ashby" in text_of(demo.page("/reps/helena.brandt"))
    which = re.search(r'name="which" value="([^"]+)"', demo.page(page))
    assert which is not None
    assert demo.post(f"{page}/absences/end", which=unescape(which[1])).status_code == 303
    assert "On leave" not in text_of(demo.page(page))
    gone = demo.post(f"{page}/absences/end", which=unescape(which[1]))
    assert gone.status_code == 422 and "not there any more" in gone.text


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"from": "2026-10-20T08:00"}, "say when the rep is back"),
        ({"from": "2026-10-20T08:00", "until": "2026-10-19T08:00"}, "until must be after from"),
        ({"until": "soon"}, "must be a time such as"),
        ({"from": "2026-10-25T01:30", "until": "2026-10-26T08:00"}, "shown twice"),
        ({"until": "2026-10-20T08:00", "cover": "tom.ashby"}, "somebody else must stand in"),
    ],
)
def test_leave_that_cannot_be_is_said_where_it_was_typed(
    demo: Console, said: dict[str, str], complaint: str
) -> None:
    refused = demo.post("/reps/tom.ashby/absences", **said)
    assert refused.status_code == 422 and complaint in text_of(refused.text)
    assert all(value in refused.text for name, value in said.items() if name != "cover")


def test_hours_zone_holidays_and_caps_are_changed(demo: Console) -> None:
    page = "/reps/tom.ashby"
    said = {
        "hours_mon": "09:00-12:00, 13:00-17:30",
        "time_zone": "europe/lisbon",
        "holidays": "PT",
        "open_cap": "30",
        "cap_day": "5",
    }
    assert demo.post(f"{page}/hours", **said).status_code == 303
    shown = demo.page(page)
    assert 'value="09:00-12:00, 13:00-17:30"' in shown and 'value="Europe/Lisbon"' in shown
    assert "0 of 5 turns used" in text_of(shown)
    wrong = demo.post(f"{page}/hours", **said | {"hours_tue": "17:00-09:00"})
    assert wrong.status_code == 422 and "must be a stretch of one day" in text_of(wrong.text)
    nowhere = demo.post(f"{page}/hours", **said | {"time_zone": "Mars/Phobos"})
    assert "is no IANA time zone" in text_of(nowhere.text)
    assert demo.post(f"{page}/hours", **said | {"open_cap": "many"}).status_code == 422


def test_a_rep_is_switched_offline_and_back(demo: Console) -> None:
    page = "/reps/tom.ashby"
    passed = demo.post(f"{page}/switch", to="offline", until="2020-01-01T08:00")
    assert passed.status_code == 422 and "must be in the future" in passed.text
    assert demo.post(f"{page}/switch", to="offline", reason="Lunch").status_code == 303
    assert "Lunch" in demo.page(page) and "by bootstrap" in demo.page(page)
    assert demo.post(f"{page}/switch", to="online").status_code == 303
    assert "Switch offline" in demo.page(page)
    assert demo.post("/reps/nobody/switch", to="online").status_code == 404


def test_a_reader_sees_a_rep_and_no_form(demo: Console) -> None:
    reader = demo.colleague("reader", Scope.READ)
    page = reader.page("/reps/tom.ashby")
    assert "Put on leave" not in page and "Switch offline" not in page


def test_what_is_stored_is_the_same_on_both_databases(console: Console) -> None:
    from service.records.reps import RepRecord

    with console.services.database.write() as connection:
        record = RepRecord.model_validate({"external_id": "a/b", "name": "Ana", "time_zone": "Europe/Madrid"})
        reps.upsert(connection, [record], console.services.now())
    said = {"from": "2030-01-01T08:00", "until": "2030-02-01T08:00", "reason": "Sabbatical"}
    assert console.post("/reps/a/b/absences", **said).status_code == 303
    assert "Sabbatical" in console.page("/reps/a%2Fb")
    with console.services.database.read() as connection:
        assert [away.start.isoformat() for away in reps.all_reps(connection)[0].absences] == [
            "2030-01-01T07:00:00+00:00"
        ]
