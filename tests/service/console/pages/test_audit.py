"""service/console/pages/audit.py: who changed what, from what to what."""

from __future__ import annotations

import pytest

from service.auth import Scope
from tests.service.console.conftest import Console, text_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_what_is_done_in_the_console_is_on_record_with_the_values_before_and_after(console: Console) -> None:
    assert console.post("/pools", name="Inbound").status_code == 303
    assert console.post("/pools/Inbound/settings", zone="Europe/Berlin", skip_last="2").status_code == 303
    page = text_of(console.page("/audit"))
    assert (
        "bootstrap changed the settings of a pool Inbound" in page and "bootstrap made pool Inbound" in page
    )
    assert "Europe/Berlin" in page and "UTC" in page
    assert "settings of a pool" in text_of(console.page("/audit?subject=Inbound"))
    assert "Nothing on record" in console.page("/audit?actor=somebody+else")
    assert "Nothing on record" not in console.page("/audit?decisions=yes&action=console+/pools")


def test_entries_are_found_by_their_words_and_days_and_come_as_a_file(console: Console) -> None:
    console.post("/pools", name="Inbound")
    console.post("/calendars", day="2026-12-24", name="=1+1")
    by_words = text_of(console.page("/audit?action=Days+off+of+the+company&period=7"))
    assert "added days off of the company" in by_words and "made a pool" not in by_words
    assert "Nothing on record" in console.page("/audit?from=2020-01-01&to=2020-12-31")
    assert "A day is written as" in console.page("/audit?from=yesterday")
    file = console.client.get("/console/audit?action=made&period=7&format=csv")
    header, *rows = file.text.splitlines()
    assert file.headers["content-type"].startswith("text/csv") and header.startswith("at,who,what,to_what,")
    assert [row.split(",")[1:4] for row in rows] == [
        ["bootstrap", "made", "pool Inbound"],
        ["bootstrap", "made a pool", ""],
    ]


def test_entries_come_page_by_page(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.console.pages.audit.ROWS", 2)
    for name in ("A", "B", "C"):
        console.post("/pools", name=name)
    first = console.page("/audit?action=console+/pools")
    assert "Older entries" in first
    assert console.page("/audit?before=nonsense")
    assert "Nothing on record" in console.page("/audit?before=0")


def test_the_log_is_for_admins(console: Console) -> None:
    assert console.colleague("editor", Scope.OPS_EDITOR).client.get("/console/audit").status_code == 403
