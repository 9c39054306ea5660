"""Sources: bodies beside what they are read as; what could not be read can be retried."""

from __future__ import annotations

import pytest

from service.auth import Scope
from service.db import inbox, sources
from service.intake.reading import read_items
from tests.service.console.conftest import NOW, Console, sign_in
from tests.service.intake.made import call, source

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CALLS = [
    {
        "type": "identify",
        "messageId": "m1",
        "traits": {"email": "<b>ana</b>@acme.example", "company": {"name": "Acme"}},
    },
    {"type": "page", "messageId": "m2"},
    {"hello": "world"},
]


@pytest.fixture
def sent(console: Console) -> Console:
    """A console with a source that sent a contact, a page view and something unknown."""
    made = source("segment")
    with console.services.database.write() as connection:
        sources.add(connection, made)
        inbox.receive(connection, "src", read_items(made, call(CALLS), NOW), NOW)
    return console


def test_a_source_shows_what_came_beside_what_it_is_read_as(sent: Console) -> None:
    assert "Segment" in sent.page("/sources")
    page = sent.page("/sources/src")
    assert "&lt;b&gt;ana" in page and "<b>ana" not in page
    assert "known to send" in page and "not identify or group" in page
    assert "known to send" not in sent.page("/sources/src?state=ignored")


def test_what_could_not_be_read_is_retried(sent: Console) -> None:
    response = sent.client.post("/console/sources/src/retry", data={"token": sent.token()})
    assert response.headers["location"] == "/console/sources/src"
    with sent.services.database.read() as connection:
        states = sorted(entry.state.value for entry in inbox.page(connection, "src", None, None, 9))
    assert states == ["ignored", "waiting", "waiting"]


def test_a_key_that_may_only_read_retries_nothing(sent: Console) -> None:
    _, key = sent.services.keys.create("reader", frozenset({Scope.READ, Scope.MATCH}))
    sign_in(sent, key)
    answer = sent.client.post("/console/sources/src/retry", data={"token": sent.token()})
    assert answer.status_code == 403
