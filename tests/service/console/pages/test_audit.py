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
    assert "console /pools/{name:path}/settings" in page and "bootstrap" in page
    assert "Europe/Berlin" in page and "UTC" in page
    assert "console /pools" in text_of(console.page("/audit?subject=Inbound"))
    assert "Nothing on record" in console.page("/audit?actor=somebody+else")
    assert "Nothing on record" not in console.page("/audit?decisions=yes&action=console+/pools")


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
