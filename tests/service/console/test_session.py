"""Who gets in, who is kept out, and what a form must carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from service.api.deps import Services
from service.auth import BOOTSTRAP, Caller, Scope
from service.console.session import COOKIE, LASTS, Sessions
from tests.service.console.conftest import KEY, Console, sign_in

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    "path", ["/", "/decisions", "/decisions/x", "/try", "/accounts", "/pools", "/rulebook"]
)
def test_a_stranger_is_asked_to_sign_in(stranger: Console, path: str) -> None:
    response = stranger.client.get(f"/console{path}")
    assert response.status_code == 303
    assert response.headers["location"] == f"/console/sign-in?next={path}"


def test_a_stranger_in_the_middle_of_a_page_is_sent_away_whole(stranger: Console) -> None:
    response = stranger.client.get("/console/decisions", headers={"HX-Request": "true"})
    assert response.headers["hx-redirect"] == "/console/sign-in?next=/decisions"


def test_a_key_opens_the_console_where_the_reader_wanted_to_go(stranger: Console) -> None:
    response = stranger.client.post("/console/sign-in", data={"key": KEY, "next": "/pools"})
    assert response.headers["location"] == "/console/pools"
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/console" in cookie
    assert KEY not in cookie


@pytest.mark.parametrize("wanted", ["https://evil.example", "//evil.example", "/\\evil.example", ""])
def test_signing_in_leads_nowhere_else(stranger: Console, wanted: str) -> None:
    response = stranger.client.post("/console/sign-in", data={"key": KEY, "next": wanted})
    assert response.headers["location"].startswith("/console/")


def test_a_wrong_key_is_refused_and_not_repeated(stranger: Console) -> None:
    response = stranger.client.post(
        "/console/sign-in", data={"key": "muster_x_wrong-and-secret", "next": "/"}
    )
    assert response.status_code == 401
    assert "wrong-and-secret" not in response.text


def test_a_key_that_may_not_read_stays_outside(stranger: Console) -> None:
    _, key = stranger.services.keys.create("web form", frozenset({Scope.INTAKE}))
    response = stranger.client.post("/console/sign-in", data={"key": key, "next": "/"})
    assert response.status_code == 403


def test_a_revoked_key_is_out_at_once(stranger: Console) -> None:
    row, key = stranger.services.keys.create("ops", frozenset({Scope.READ}))
    sign_in(stranger, key)
    stranger.page("/")
    stranger.services.keys.revoke(row.id)
    assert stranger.client.get("/console/").status_code == 303


def test_signing_out_ends_the_session(console: Console) -> None:
    console.client.post("/console/sign-out", data={"token": console.token()})
    assert console.client.get("/console/").status_code == 303


def test_a_session_ends_and_cannot_be_forged(stranger: Console) -> None:
    sessions = Sessions(stranger.services)
    caller = Caller(id=BOOTSTRAP, name=BOOTSTRAP, scopes=frozenset({Scope.ADMIN}))
    cookie = sessions.begin(caller)
    assert sessions.read(cookie) is not None
    body, _, signature = cookie.partition(".")
    for forged in (
        "",
        "x",
        f"{body}.",
        f"{body}.{signature[:-1]}0x",
        f"{body}x.{signature}",
        f".{signature}",
    ):
        assert sessions.read(forged) is None
    later = Sessions(_with_clock(stranger, LASTS + timedelta(seconds=1)))
    assert later.read(cookie) is None


@pytest.mark.parametrize("token", [None, "", "0" * 64])
def test_a_form_without_the_session_s_token_does_nothing(console: Console, token: str | None) -> None:
    data = {"email": "a@b.example"} | ({"token": token} if token is not None else {})
    assert console.client.post("/console/try", data=data).status_code == 403


def test_a_form_from_another_site_does_nothing(console: Console) -> None:
    response = console.client.post(
        "/console/try",
        data={"token": console.token(), "email": "a@b.example"},
        headers={"Origin": "https://evil.example"},
    )
    assert response.status_code == 403


def test_a_form_may_not_be_larger_than_a_request(console: Console) -> None:
    response = console.client.post("/console/try", data={"json": "x" * 300_000})
    assert response.status_code == 413


def test_the_cookie_is_the_only_thing_the_browser_keeps(console: Console) -> None:
    console.page("/")
    assert list(console.client.cookies.keys()) == [COOKIE]


def _with_clock(console: Console, ahead: timedelta) -> Services:
    return replace(console.services, now=lambda: console.services.now() + ahead)
