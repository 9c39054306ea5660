"""Sources: bodies beside what they are read as; what could not be read can be retried."""

from __future__ import annotations

import re
from html import escape

import pytest
from sqlalchemy import update

from service.auth import Scope
from service.db import inbox, sources
from service.db.sources import Source
from service.db.tables import inbox as table
from service.intake.reading import read_items
from tests.service.console.conftest import NOW, Console, sign_in, text_of
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


def test_an_item_that_was_emptied_leaves_the_page_whole(sent: Console) -> None:
    """Its sender's data were erased, or it is past its time."""
    with sent.services.database.write() as connection:
        connection.execute(
            update(table).where(table.c.state == "quarantined").values(body=b"", state="erased")
        )
    page = text_of(sent.page("/sources/src"))
    assert "deleted" in page and "known to send" in page


def test_what_could_not_be_read_is_retried(sent: Console) -> None:
    response = sent.client.post("/console/sources/src/retry", data={"token": sent.token()})
    assert response.headers["location"] == "/console/sources/src"
    with sent.services.database.read() as connection:
        states = sorted(entry.state.value for entry in inbox.page(connection, "src", None, None, 9))
    assert states == ["ignored", "waiting", "waiting"]


def test_a_mapping_is_tried_mended_and_what_waits_is_read_again(sent: Console) -> None:
    page = "/sources/src"
    for text, complaint in (
        ("{", "is no JSON at line 1, column 2"),
        ("[]", "is an object"),
        ('{"emial": "a"}', "emial"),
    ):
        refused = sent.post(page, do="save", mapping=text)
        assert refused.status_code == 422 and complaint in text_of(refused.text), refused.text
        assert f">{escape(text, quote=False)}</textarea>" in refused.text.replace("&#34;", '"')
    mended = '{"email": "hello"}'
    tried = sent.post(page, do="try", mapping=mended)
    assert tried.status_code == 200 and "Nothing is saved yet" in tried.text
    assert _source(sent).mapping == {}
    assert sent.post(page, do="retry", mapping=mended).status_code == 303
    assert _source(sent).mapping == {"email": "hello"}
    assert sent.post(page, do="save", mapping="{}").headers["location"] == "/console/sources/src?saved=1"


def test_a_source_is_made_paused_and_given_a_new_secret_that_is_shown_once(console: Console) -> None:
    made = console.post("/sources", name="website-forms", kind="generic", token_header="X-Token")
    secret = re.search(r'<code class="wrap">([^<]+)</code>', made.text)
    assert made.status_code == 200 and secret is not None and "/v1/webhooks/website-forms" in made.text
    assert secret[1] not in console.page("/sources/website-forms") + console.page("/sources")
    assert console.post("/sources", name="website-forms", kind="generic").status_code == 409
    wrong = console.post("/sources", name="No Spaces", kind="generic")
    assert wrong.status_code == 422 and "small letters" in wrong.text and 'value="No Spaces"' in wrong.text
    again = console.post("/sources/website-forms", do="secret")
    assert "It is shown only here" in again.text and secret[1] not in again.text
    assert console.post("/sources/website-forms", do="pause").status_code == 303
    assert "Paused" in console.page("/sources/website-forms")
    assert console.post("/sources/website-forms", do="go on").status_code == 303
    assert "Paused" not in console.page("/sources")
    assert console.post("/sources/nothing", do="pause").status_code == 404


def _source(console: Console) -> Source:
    with console.services.database.read() as connection:
        found = sources.get(connection, "src")
    assert found is not None
    return found


def test_a_key_that_may_only_read_retries_nothing(sent: Console) -> None:
    _, key = sent.services.keys.create("reader", frozenset({Scope.READ, Scope.MATCH}))
    sign_in(sent, key)
    answer = sent.client.post("/console/sources/src/retry", data={"token": sent.token()})
    assert answer.status_code == 403
