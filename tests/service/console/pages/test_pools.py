"""service/console/pages/pools.py: a pool's page and its ledger."""

from __future__ import annotations

from tests.service.console.conftest import Console, text_of

POOL = "/pools/Inbound%20EMEA"


def test_a_pool_says_who_is_next_and_how_fair_it_was(demo: Console) -> None:
    page = demo.page(f"{POOL}?next=25&days=365")
    assert "<strong>25</strong>" in page and "Fairness, the last 365 days" in page
    ahead = page.split('id="next"')[1].split("</ol>")[0]
    assert ahead.count("<li>") == 25
    assert "<strong>5</strong>" in demo.page(f"{POOL}?next=7&days=x")


def test_the_ledger_is_read_by_rep_and_kind_and_page_by_page(demo: Console) -> None:
    everything = text_of(demo.page(f"{POOL}/ledger"))
    assert "Joined" in everything and "Turn" in everything
    draws = demo.page(f"{POOL}/ledger?kind=draw").split("<tbody>")[1]
    assert "Joined" not in draws and "passed over, absent: Sofia Lindgren" in text_of(draws)
    assert "No entry fits" in demo.page(f"{POOL}/ledger?rep=nobody")
    assert demo.client.get("/console/pools/nothing/ledger").status_code == 404
