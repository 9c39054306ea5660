"""Who gets in, who is kept out, and what a form must carry."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from service.auth import BOOTSTRAP, Scope
from service.console.app import routes
from service.console.session import COOKIE, LASTS, Sessions
from service.people.sessions import IDLE
from service.services import compose
from service.settings import Settings
from tests.service.console.conftest import KEY, Console, sign_in

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    "path", ["/", "/decisions", "/decisions/x", "/try", "/accounts", "/pools", "/rulebook"]
)
def test_a_stranger_is_asked_to_sign_in(stranger: Console, path: str) -> None:
    response = stranger.client.get(f"/console{path}")
    assert response.status_code == 303
    assert response.headers["location"] == f"/console/sign-in?next={path}"


def test_a_part_of_a_page_whose_session_is_over_says_so_and_leaves_the_page(console: Console) -> None:
    part, tests = {"HX-Request": "true"}, "/console/rulebook/draft/tests"
    typed = {"token": console.token(), "text": "rules: []"}
    console.client.cookies.delete(COOKIE)
    for over in (
        console.client.get("/console/decisions", headers=part),
        console.client.post(tests, data=typed, headers=part),
    ):
        assert over.status_code == 401 and "hx-redirect" not in over.headers and "<html" not in over.text
        assert "Your session has ended" in over.text and 'target="_blank"' in over.text
    sign_in(console)
    other = console.client.post(tests, data=typed, headers=part)
    assert other.status_code == 403 and "of an earlier session" in other.text and "<html" not in other.text


@pytest.mark.parametrize(
    ("page", "back"), [("/console/pools/A%20B?day=1", "/pools/A%20B"), ("/elsewhere", "/"), ("", "/")]
)
def test_a_form_of_a_session_that_is_over_leads_back_to_its_page(
    stranger: Console, page: str, back: str
) -> None:
    headers = {"Referer": f"http://testserver{page}"} if page else {}
    response = stranger.client.post("/console/pools/A%20B/members", headers=headers)
    assert response.headers["location"] == f"/console/sign-in?next={back}"


def test_a_key_opens_the_console_where_the_reader_wanted_to_go(stranger: Console) -> None:
    response = stranger.client.post("/console/sign-in", data={"key": KEY, "next": "/pools"})
    assert response.headers["location"] == "/console/pools"
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Path=/" in cookie
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
    wrong = {"email": "ana@varnholt.example", "password": "wrong-and-secret", "next": "/"}
    response = stranger.client.post("/console/sign-in", data=wrong)
    assert response.status_code == 401 and 'value="ana@varnholt.example"' in response.text
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


def test_signing_out_ends_the_session_wherever_its_cookie_was_copied_to(console: Console) -> None:
    stolen = console.client.cookies[COOKIE]
    console.client.post("/console/sign-out", data={"token": console.token()})
    console.client.cookies.set(COOKIE, stolen)
    assert console.client.get("/console/").status_code == 303


def test_signing_in_ends_the_session_before_and_takes_no_given_cookie(console: Console) -> None:
    before = console.client.cookies[COOKIE]
    sign_in(console)
    after = console.client.cookies[COOKIE]
    assert after != before
    assert console.services.sessions.read(before) is None
    console.client.cookies.set(COOKIE, "a-cookie-that-somebody-else-has-chosen")
    console.client.post("/console/sign-in", data={"key": KEY, "next": "/"})
    assert console.services.sessions.read("a-cookie-that-somebody-else-has-chosen") is None


def test_a_session_cannot_be_forged(stranger: Console) -> None:
    cookie = stranger.services.sessions.begin(api_key=BOOTSTRAP)
    for forged in ("", "x", cookie[:-1], cookie + "x", "x" * 5000, "ключ", "\ud800"):
        assert stranger.services.sessions.read(forged) is None
    other = Sessions(stranger.services.database, bootstrap="another bootstrap key", now=stranger.services.now)
    assert other.read(cookie) is None


@pytest.mark.parametrize(
    ("uses", "goes_on"),
    [
        ([timedelta(minutes=29)], True),
        ([IDLE + timedelta(seconds=1)], False),
        ([timedelta(minutes=25 * step) for step in range(1, 28)], True),
        ([timedelta(minutes=25 * step) for step in range(1, 29)] + [LASTS + timedelta(seconds=1)], False),
    ],
    ids=["used", "idle", "in use all day", "past its end"],
)
def test_a_session_ends_when_nobody_uses_it_and_at_the_latest_after_a_day(
    stranger: Console, uses: list[timedelta], goes_on: bool
) -> None:
    start = stranger.services.now()
    ahead = timedelta()
    sessions = Sessions(stranger.services.database, bootstrap=KEY, now=lambda: start + ahead)
    cookie = sessions.begin(api_key=BOOTSTRAP)
    for ahead in uses:  # noqa: B007 - the clock reads it
        found = sessions.read(cookie)
    assert (found is not None) is goes_on


def test_with_https_the_cookie_is_of_this_host_alone(database_url: str) -> None:
    settings = {"database_url": database_url, "bootstrap_key": KEY, "public_url": "https://muster.example"}
    services = compose(Settings.model_validate(settings))
    client = TestClient(Starlette(routes=routes(services)), follow_redirects=False)
    response = client.post("/console/sign-in", data={"key": KEY, "next": "/"})
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"__Host-{COOKIE}=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "Path=/", "SameSite=lax"))
    assert "Domain" not in cookie
    services.database.dispose()


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
    response = console.client.post("/console/try", data={"json": "x" * 6_000_000})
    assert response.status_code == 413


def test_the_cookie_is_the_only_thing_the_browser_keeps(console: Console) -> None:
    console.page("/")
    assert list(console.client.cookies.keys()) == [COOKIE]
