"""service/console/pages/measures.py: numbers of the demo beside their definitions, and their rows."""

from __future__ import annotations

import re
from html import unescape

from tests.service.console.conftest import Console, text_of


def test_a_number_leads_to_its_rows_and_to_a_file(demo: Console) -> None:
    frame = demo.page("/program/measures?measure=revenue")
    assert 'aria-busy="true"' in frame and "In the program" not in frame
    [numbers] = re.findall(r'href="/console(/program/measures/numbers[^"]*)">Being counted', frame)
    page = demo.page(unescape(numbers))
    shown = text_of(page)
    assert "Revenue by tier" in shown and "The amounts of the opportunities that were won." in shown
    assert "Strategic" in shown and "Outside the program" in shown and "Revenue by month" in shown
    [address] = re.findall(r'href="/console(/program/measures/revenue\?[^"]*tier=strategic[^"]*)"', page)
    rows = text_of(demo.page(unescape(address)))
    assert "tier: Strategic" in rows
    assert (
        "Bergwald Group AG" in rows and "OPP-5058" in rows and "138 000.00 EUR" in rows.replace("\u202f", " ")
    )
    file = demo.client.get("/console" + unescape(address) + "&format=csv")
    assert file.headers["content-type"].startswith("text/csv") and "OPP-5058" in file.text
    [outside] = re.findall(r'href="/console(/program/measures/revenue\?[^"]*tier=%28none%29[^"]*)"', page)
    assert "OPP-5058" not in text_of(demo.page(unescape(outside)))


def test_every_grouping_and_measure_has_a_page(demo: Console) -> None:
    page = demo.page("/program/measures/numbers")
    for group in ("account", "segment", "rep", "campaign", "play", "month"):
        assert f"Pipeline created by {group}" in text_of(
            demo.page(f"/program/measures/numbers?group={group}")
        )
    for measure in dict.fromkeys(re.findall(r'<option value="(\w+)"', page)):
        assert "What it means" in demo.page(f"/program/measures/numbers?measure={measure}")
    file = demo.client.get("/console/program/measures/numbers?group=rep&format=csv").text
    assert file.startswith("rep,rep_name,contacts,") and "\r\n(all),," in file
    assert "\r\nhelena.brandt,Helena Brandt," in file
    file = demo.client.get("/console/program/measures/numbers?group=campaign&format=csv").text
    assert file.startswith("campaign,campaign_name,contacts,")
    assert demo.client.get("/console/program/measures/joy").status_code == 404
