"""The overview: every number leads to a list, and the list has as many."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import quote
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import insert

from service.console.period import chosen
from service.console.rendering import count
from service.db import alarms, console, overview, rulebooks
from service.db.tables import delivery, destination
from service.demo.load import load
from service.reports.answering import Asked, figures
from service.reports.period import Period
from service.reports.register import REPORTS
from tests.service.console.conftest import NOW, Console, sign_in, text_of

FIGURE = re.compile(
    r'<a class="figure[^"]*" href="/console([^"]+)">.*?class="value">([^<]*)<.*?class="note">([^<]*)<', re.S
)
COUNTED = re.compile(r'counted">.*?<strong>([^<]+)</strong>', re.S)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_every_number_leads_to_a_list_of_as_many_on_postgresql(stranger: Console) -> None:
    load(stranger.services.database, NOW, lambda: str(uuid4()))
    with time_machine.travel(NOW, tick=False):
        sign_in(stranger)
        _numbers(stranger)


def test_every_number_leads_to_a_list_of_as_many(demo: Console) -> None:
    _numbers(demo)
    _by_day(demo)


def _numbers(console: Console) -> None:
    """The figures of a week, of the present, of speed and promises, and each rep's load."""
    _sent(console)
    for place, number in (("/?period=7", 10), ("/pace?period=7", 8)):
        found = FIGURE.findall(console.page(place))
        assert len(found) == number
        for address, value, note in found:
            wanted = value if re.fullmatch(r"[\d\u202f]+", value) else note
            listed = _listed(console, address)
            assert re.search(rf"\b{listed}\b", wanted), (address, value, note, listed)
    _loads(console)
    _as_the_report(console)


def _sent(console: Console) -> None:
    """Four messages, one of them delivered."""
    said = {"name": "CRM", "kind": "webhook", "url": "https://crm.example/hook", "secrets": [], "events": []}
    with console.services.database.write() as connection:
        connection.execute(insert(destination).values(id="crm", active=True, created_at=NOW, **said))
        for state in ("waiting", "sending", "dead", "delivered"):
            row = {"type": "t", "payload": {}, "attempts": 1, "next_at": NOW, "created_at": NOW}
            connection.execute(
                insert(delivery).values(message_id=state, destination_id="crm", state=state, **row)
            )


def _listed(console: Console, address: str) -> str:
    part = {"HX-Request": "true"} if address.startswith("/decisions") else {}
    found = COUNTED.search(console.client.get(f"/console{unescape(address)}", headers=part).text)
    assert found is not None, address
    return found[1]


def _loads(console: Console) -> None:
    page = console.page("/?period=7")
    links = re.findall(r'href="/console(/decisions\?[^"]*(?:holder|rep)=[^"]*)">([^<]+)</a>', page)
    assert len(links) > 10
    kinds = {
        address.count("holder=") + 2 * address.count("late="): (address, number) for address, number in links
    }
    assert sorted(kinds) == [0, 1, 3]  # given in the period, open now, late
    for address, number in kinds.values():
        assert _listed(console, address) == number


def _by_day(console: Console) -> None:
    """The bars of a chart lead to the days they stand for."""
    page = console.page("/?period=7")
    bars = re.findall(r'class="column"[^>]*href="/console([^"]+)"[^>]*aria-label="[^:]+: (\d+|none)', page)
    assert len(bars) == 14
    for address, number in bars[5:7]:
        assert _listed(console, address) == number.replace("none", "0")


def _as_the_report(console: Console) -> None:
    """What the overview counts is what the report of the same figures says."""
    span = chosen({"period": "7"}, "UTC", NOW)
    period = Period(since=span.since, until=span.until, zone="UTC")
    with console.services.database.read() as connection:
        asked = Asked(report=REPORTS["fallback"], period=period, only={})
        told = figures(connection, asked, NOW).total.figures
        [found] = overview.came_in(connection, [(span.since, span.until)])
    counts = {"decided": found.total, "fallback": found.fallback, **found.matched, **found.routed}
    assert counts == {name: told[name] for name in counts}


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati"])
def test_days_are_those_of_the_reader(demo: Console, zone: str) -> None:
    demo.client.cookies.set("muster_zone", quote(zone, safe=""))
    midnight = NOW.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0)
    with demo.services.database.read() as connection:
        [today] = overview.came_in(connection, [(midnight, NOW)])
    assert today.total > 0
    assert f'Came in</span><span class="value">{today.total}<' in demo.page("/?period=today")


def test_the_period_drives_the_charts_and_the_loads(demo: Console) -> None:
    for query, columns in (("today", 24), ("14", 14), ("30", 30), ("90", 14)):
        page = demo.page(f"/?period={query}")
        assert page.count('class="column"') == 2 * columns, query
    assert "Nobody came in during this time" in demo.page("/?from=2026-01-01&to=2026-01-02")
    assert "end before it" in demo.page("/?from=2026-01-03&to=2026-01-02")


def test_every_chart_is_a_table_too(demo: Console) -> None:
    page = demo.page("/?period=7")
    rows = re.findall(r'<tr><th scope="row"><a href="/console/decisions\?[^"]+">([^<]+)</a>', page)
    assert len(rows) == 14 and rows[0] == "Thu 08 Oct 2026"


def test_a_share_that_moved_is_said(demo: Console) -> None:
    with demo.services.database.write() as connection:
        live = rulebooks.publications(connection, limit=1)[0]
        values = {"publication_id": live.id, "version": live.version, "measure": "rule:emea"}
        numbers = {"before_count": 10, "before_total": 100, "now_count": 60, "now_total": 100}
        alarms.sound(connection, values | numbers, NOW)
    said = text_of(demo.page("/"))
    assert "Decided by rule:emea: 60 %, before 10 %" in said
    with demo.services.database.write() as connection:
        alarms.clear(connection, live.id, [], NOW)
    assert "shares have moved" not in demo.page("/")


def test_what_waits_longest_is_named(demo: Console) -> None:
    with demo.services.database.read() as connection:
        waiting = console.open_counts(connection)
        oldest = console.oldest_open(connection, 3)
    said = text_of(demo.page("/"))
    assert all(each.who in said for each in oldest)
    assert f"Held {count(waiting['held'])} until a time" in said
