"""The list of decisions: every filter narrows it, the count is its length, what is newer is announced."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest

from service.console.pages.decisions import PAGE
from service.db.decision_list import Event, Waits, Wanted, count, page
from service.db.engine import Database
from tests.service.console.conftest import NOW, Console

ALL = 67


@pytest.mark.parametrize(
    ("query", "test"),
    [
        ("pool=Inbound+EMEA", lambda row: row["pool"] == "Inbound EMEA"),
        ("source=website-demo-form", lambda row: row["source"] == "website-demo-form"),
        ("tier=strategic", lambda row: row["tier"] == "strategic"),
        ("motion=outbound", lambda row: row["motion"] == "outbound"),
        ("event=started", lambda row: row["started"] is not None),
        ("event=outside&match_outcome=review", lambda row: row["match_outcome"] == "review"),
        ("event=outside&rule=emea&routing_outcome=assigned", lambda row: row["rule"] == "emea"),
        ("rep=priya.nair&event=started", lambda row: row["rep"] == "priya.nair" and row["started"]),
        ("event=again", lambda row: row["again"]),
    ],
)
def test_a_filter_lists_what_fits_and_says_how_many(demo: Console, query: str, test) -> None:  # type: ignore[no-untyped-def]
    with demo.services.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM decision_figure").mappings().all()
    fitting = {row["decision_id"] for row in rows if test(row)}
    html = demo.page(f"/decisions?{query}")
    assert _ids(html) <= fitting and len(_ids(html)) == min(len(fitting), PAGE)
    assert _count(html) == len(fitting)


@pytest.mark.parametrize(("kind", "word"), [("held", "Held"), ("asked", "Asked"), ("review", "To confirm")])
def test_what_waits_is_listed(demo: Console, kind: str, word: str) -> None:
    html = demo.page(f"/decisions?waits={kind}")
    assert 0 < _count(html) == len(_ids(html)) < ALL
    assert html.split("<tbody>")[1].count(word) >= _count(html)


def test_a_count_is_bounded_where_no_index_counts(demo: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.db.decision_list.COUNTED", 3)
    assert "<strong>3+</strong> decisions" in demo.page("/decisions?pool=Inbound+EMEA")
    assert f"<strong>{ALL}</strong> decisions" in demo.page("/decisions")


def test_what_is_newer_is_announced_and_moves_nothing(demo: Console) -> None:
    html = demo.page("/decisions")
    news = re.search(r'id="news"[^>]*hx-get="/console([^"]+)"', html)
    assert news is not None
    fragment = {"HX-Request": "true"}
    address = f"/console{unescape(news[1])}"
    assert demo.client.get(address, headers=fragment).text.strip() == ""
    older = _cursor(demo.page("/decisions?rule=emea"))
    said = demo.client.get(f"/console/decisions?seen={older}", headers=fragment).text
    assert re.search(r">\d+ newer: show (them|it)</a>", said)
    assert 'hx-target="#decisions"' in said and "<table" not in said


def _cursor(html: str) -> str:
    news = re.search(r'id="news"[^>]*hx-get="([^"]+)"', html)
    assert news is not None
    return dict(parse_qsl(urlsplit(unescape(news[1])).query))["seen"]


def test_filters_that_are_none_are_left_out(demo: Console) -> None:
    assert _count(demo.page("/decisions?event=never&waits=ever&motion=sideways&period=long")) == ALL
    assert "A day is written as" in demo.page("/decisions?from=tomorrow")


def test_every_combination_can_be_asked_of_both_databases(database: Database) -> None:
    """The statements are made of parts: each part alone and all together, on an empty log."""
    every = {
        "match_outcome": "matched",
        "routing_outcome": "held",
        "account": "A-1",
        "rep": "ann",
        "rule": "emea",
        "pool": "EMEA",
        "source": "form",
        "tier": "strategic",
        "motion": "inbound",
        "event": Event.OUTSIDE,
        "waits": Waits.HELD,
        "holder": "ann",
        "late": NOW,
        "since": NOW,
        "until": NOW,
    }
    searches = ("a@b.example", "b.example", "Acme 100%")
    asked = [Wanted(**{name: value}) for name, value in every.items()]  # type: ignore[arg-type]
    asked += [Wanted(**every, search=search) for search in searches]  # type: ignore[arg-type]
    asked += [Wanted(event=event, rule="emea", since=NOW, until=NOW) for event in Event]
    with database.read() as connection:
        for wanted in asked:
            assert page(connection, wanted, (NOW, "x"), 5) == []
            assert count(connection, wanted).number == 0


def test_what_is_listed_is_a_file_for_a_spreadsheet(demo: Console) -> None:
    page = demo.page("/decisions?rule=emea")
    where = re.search(r'href="/console(/decisions[^"]*format=csv)"', page)
    assert where is not None and "All of them as CSV" in page
    sent = demo.client.get(f"/console{unescape(where[1])}")
    assert sent.headers["content-disposition"] == 'attachment; filename="decisions.csv"'
    rows = list(csv.DictReader(io.StringIO(sent.text)))
    assert {row["decision_id"] for row in rows} == _ids(page) and {row["rule"] for row in rows} == {"emea"}
    assert all(row["rep"] and row["at"].endswith("+00:00") for row in rows)
    assert all(bool(row["account"]) == bool(row["account_id"]) for row in rows)


def _ids(html: str) -> set[str]:
    return set(re.findall(r'class="row wrap" href="/console/decisions/([^"]+)"', html))


def _count(html: str) -> int:
    found = re.search(r'counted">\s*<p><strong>(\d+)</strong>', html)
    assert found is not None
    return int(found[1])
