"""service/console/pages/program_report.py: the 360 report as a page, as files, and kept."""

from __future__ import annotations

import re

from service.auth import Scope
from tests.service.console.conftest import Console, text_of


def test_the_report_is_read_stored_and_compared(demo: Console) -> None:
    board = demo.page("/program")
    assert "/console/program/360/ACC-1001" in board
    frame = demo.page("/program/360/ACC-1001")
    assert 'aria-busy="true"' in frame and "360 report: Bergwald Group AG" in frame
    assert "Economic buyer" not in frame and "after the first campaign of its term" in text_of(frame)
    [whole] = re.findall(r'href="/console(/program/360/ACC-1001\?[^"]*)">Being made', frame)
    page = text_of(demo.page(whole))
    for part in ("360 report: Bergwald Group AG", "People and roles", "Economic buyer", "Campaigns"):
        assert part in page
    assert "Parcel to the plants" in page and "What changed since the last report" in page
    assert "after the first campaign of its term" in page and "at the start of the quarter, FY2026-Q4" in page
    assert demo.client.get("/console/program/360/nobody").status_code == 404
    assert demo.client.get("/console/program/360/ACC-1001?from=2026-10-01&to=2026-09-01").status_code < 500

    made = demo.post("/program/360/ACC-1001")
    assert made.status_code == 303
    place = made.headers["location"].removeprefix("/console")
    kept = demo.page(place)
    assert "Bergwald Group AG" in kept and "on demand by bootstrap" in text_of(kept)

    printed = demo.client.get(f"/console{place}?format=pdf")
    assert printed.headers["content-type"] == "application/pdf" and printed.content[:5] == b"%PDF-"
    sheet = demo.client.get(f"/console{place}?format=csv")
    assert sheet.text.startswith("part,kind,row,name,value,unit,about\r\nreport,head,,account,ACC-1001")
    assert "360-ACC-1001-2026-10-14.csv" in sheet.headers["content-disposition"]
    reader = demo.colleague("guest", Scope.READ)
    assert "Make one and keep it" not in reader.page(place)
    assert reader.post("/program/360/ACC-1001").status_code == 403
