"""Speed and promises beside the overview, and the lists behind the figures of reports."""

from __future__ import annotations

import re

import pytest

from tests.service.console.conftest import Console, text_of


def test_a_list_goes_on_and_is_narrowed_by_what_its_report_knows(
    demo: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.console.pages.reports.PAGE", 15)
    first = demo.page("/reports/speed-to-lead/assigned?period=30")
    older = re.search(r'href="/console(/reports/[^"]+after=15)"', first)
    assert older is not None
    seen = _ids(first) + _ids(demo.page(older[1].replace("&amp;", "&")))
    assert len(seen) == len(set(seen)) == 30
    said = text_of(demo.page("/reports/speed-to-lead/assigned?period=30&pool=Inbound+EMEA"))
    assert "pool Inbound EMEA" in said and "13 in the list" in said
    assert "Nothing is counted here" in demo.page(
        "/reports/speed-to-lead/assigned?from=2026-01-01&to=2026-01-02"
    )


@pytest.mark.parametrize("path", ["/reports/weather/rain", "/reports/sla/rain"])
def test_what_is_no_figure_is_not_found(demo: Console, path: str) -> None:
    assert demo.client.get(f"/console{path}").status_code == 404


def test_the_chart_of_speed_is_of_the_parts_of_the_period(demo: Console) -> None:
    with demo.services.database.write() as connection:
        connection.exec_driver_sql("UPDATE assignment SET touched_at = datetime(assigned_at, '+90 minutes')")
    page = demo.page("/pace?period=7")
    columns = re.findall(r'class="column"[^>]*aria-label="([^"]+)"', page)
    assert len(columns) == 7 and "Wed 14 Oct 2026: 1\u202fh 30\u202fmin" in columns
    assert re.search(r"First touch, median 1 h 30 min of \d+ touched", text_of(page))
    fragment = demo.client.get("/console/pace?period=90", headers={"HX-Request": "true"}).text
    assert "<html" not in fragment and fragment.count('class="column"') == 14


def _ids(page: str) -> list[str]:
    return re.findall(r'class="row wrap" href="/console/decisions/([^"]+)"', page)
