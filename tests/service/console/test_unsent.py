"""service/console/unsent.py: what was typed into a form outlives the session that it was typed in."""

from __future__ import annotations

import re
from html import unescape

import pytest

from service.console.session import COOKIE
from service.console.unsent import typed
from tests.service.console.conftest import Console, sign_in, text_of

TEXT = 'rules: []\n# "<b>" typed & kept\n'


def test_what_is_typed_is_kept_but_for_the_token_and_secrets() -> None:
    assert typed({"token": "x", "text": "a", "etag": ""}) == {"text": "a", "etag": ""}
    assert typed({"token": "x", "note": " "}) is None
    assert typed({"name": "crm", "secret": "s"}) is None
    assert typed({"name": "crm", "credentials": "{}"}) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_form_of_a_session_that_is_over_is_sent_after_signing_in_again(console: Console) -> None:
    client, page = console.client, "/console/rulebook/draft"
    before = {"token": console.token(), "text": TEXT, "etag": _field(console.page("/rulebook/draft"), "etag")}
    client.post("/console/sign-out", data={"token": before["token"]})
    client.cookies.delete(COOKIE)
    over = client.post(page, data=before, headers={"Referer": f"http://testserver{page}"})
    assert over.status_code == 401 and "Your session was over" in text_of(over.text)
    assert before["token"] not in over.text and f'href="{page}"' in over.text
    large = client.post(page, data=before | {"text": "# a long rulebook\n" * 40_000})
    assert large.status_code == 401 and "# a long rulebook" in large.text
    other = client.post("/console/pools", data=before | {"text": "x" * 300_000})
    assert other.status_code == 413 and "The form has more than 262,144 bytes" in other.text
    kept = {name: _field(over.text, name) for name in ("text", "etag")}
    assert kept["text"] == TEXT
    assert client.post(page, data=kept).status_code == 401, "nobody has signed in yet"
    sign_in(console)
    asked = client.post(page, data=kept)
    assert asked.status_code == 403 and "Send it" in text_of(asked.text)
    assert "typed" not in console.page("/rulebook/draft"), "asking changes nothing"
    sent = client.post(page, data={name: _field(asked.text, name) for name in ("token", "text", "etag")})
    assert sent.status_code == 303 and "typed &amp; kept" in console.page("/rulebook/draft")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_from_another_site_nothing_is_kept_and_a_file_leads_to_the_sign_in(stranger: Console) -> None:
    evil = {"Origin": "https://evil.example"}
    refused = stranger.client.post("/console/pools", data={"name": "P"}, headers=evil)
    assert refused.status_code == 403 and 'value="P"' not in refused.text
    file = stranger.client.post("/console/imports", data={"kind": "reps"}, files={"file": ("a", b"\xff\xfe")})
    assert (file.status_code, file.headers["location"]) == (303, "/console/sign-in?next=/")


def _field(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found is not None, name
    return unescape(found[1])
