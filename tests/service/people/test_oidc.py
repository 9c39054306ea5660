"""Signing in at an identity provider, against one in this process that can be told to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.applications import Starlette
from starlette.testclient import TestClient

from service.console.app import routes
from service.people.oidc import Provider, SignOn
from service.services import compose
from service.settings import Settings, SettingsError

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ISSUER = "https://login.example.com"
GROUPS = "sales-ops=ops-editor, muster-admins=admin"


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class FakeProvider:
    """An identity provider. ``claims`` stands over what its tokens say, ``tokens`` over what it hands out."""

    def __init__(self) -> None:
        self.key, self.kid = _key(), "k1"
        self.signs_with: Any = self.key
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.algorithm = "RS256"
        self.asked: dict[str, str] = {}
        self.discovery: dict[str, Any] = {}
        self.calls: list[str] = []
        self.userinfo: dict[str, Any] = {}

    def authorize(self, url: str) -> str:
        """What the browser does there: the code that it comes back with."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        return "the-code"

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        self.calls.append(path)
        if path == "/.well-known/openid-configuration":
            return httpx2.Response(200, json=self._discovery())
        if path == "/jwks":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return httpx2.Response(200, json={"keys": [{**public, "kid": self.kid, "use": "sig"}]})
        if path == "/userinfo":
            return httpx2.Response(200, json=self.userinfo)
        return self._token({k: v[0] for k, v in parse_qs(request.content.decode()).items()})

    def _discovery(self) -> dict[str, Any]:
        found = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks", "token_endpoint": f"{ISSUER}/token"}
        more = {"authorization_endpoint": f"{ISSUER}/authorize", "userinfo_endpoint": f"{ISSUER}/userinfo"}
        return found | more | self.discovery

    def _token(self, form: dict[str, str]) -> httpx2.Response:
        made = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        if made.rstrip(b"=").decode() != self.asked["code_challenge"] or form["code"] != "the-code":
            return httpx2.Response(400, json={"error": "invalid_grant"})
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": "u1", "aud": "muster", "iat": now, "exp": now + 300}
        claims |= {"nonce": self.asked["nonce"], "email": "Ana@example.com", "email_verified": True}
        claims |= {"groups": ["sales-ops"], "name": "Ana"} | self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"kid": self.kid} | self.header
        token = jwt.encode(claims, self.signs_with, algorithm=self.algorithm, headers=header)
        return httpx2.Response(200, json={"id_token": token, "access_token": "at"})


class World:
    """A console with an identity provider, and a browser."""

    def __init__(self, database_url: str) -> None:
        self.fake = FakeProvider()
        given = {"database_url": database_url, "oidc_issuer": ISSUER, "oidc_client_id": "muster"}
        self.services = compose(
            Settings.from_env({}, **given, oidc_roles=GROUPS, oidc_client_secret="s3cret")
        )
        provider = Provider(
            issuer=ISSUER,
            client_id="muster",
            client_secret="s3cret",
            scopes="openid email",
            groups="groups",
            redirect="http://127.0.0.1:8000/console/sign-in/back",
        )
        client = httpx2.Client(transport=httpx2.MockTransport(self.fake))
        self.sign_on = SignOn(provider, self.services.database, now=self.services.now, client=client)
        object.__setattr__(self.services, "sign_on", self.sign_on)
        self.browser = TestClient(Starlette(routes=routes(self.services)), follow_redirects=False)

    def go(self) -> dict[str, str]:
        """Go to the provider; what it sends the browser back with."""
        away = self.browser.post("/console/sign-in/away", data={"next": "/pools"})
        assert away.status_code == 303, away.text
        code = self.fake.authorize(away.headers["location"])
        return {"state": self.fake.asked["state"], "code": code}

    def come_back(self, query: dict[str, str]) -> Any:
        return self.browser.get("/console/sign-in/back", params=query)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    made = World(database_url)
    yield made
    made.services.database.dispose()


def test_there_and_back(world: World) -> None:
    query = world.go()
    assert world.fake.asked["code_challenge_method"] == "S256"
    assert world.fake.asked["redirect_uri"].endswith("/console/sign-in/back")
    back = world.come_back(query)
    assert back.status_code == 303 and back.headers["location"] == "/console/pools"
    assert world.browser.get("/console/").status_code == 200
    (person,) = world.services.people.listed()
    assert (person.email, person.roles, person.subject) == (
        "ana@example.com",
        ("ops-editor",),
        f"{ISSUER}|u1",
    )
    assert world.come_back(query).status_code == 401, "a state works once"
    world.fake.claims = {"groups": "muster-admins", "email": "ana.new@example.com"}
    world.come_back(world.go())
    (person,) = world.services.people.listed()
    assert person.roles == ("admin",), "roles follow the groups at each sign-in, the person the subject"


def _other_key(world: World) -> None:
    world.fake.signs_with = _key()


def _symmetric(world: World) -> None:
    world.fake.algorithm, world.fake.signs_with = "HS256", "x" * 32


def _unsigned(world: World) -> None:
    world.fake.algorithm, world.fake.signs_with = "none", None


def _claims(**claims: Any) -> Callable[[World], None]:
    return lambda world: world.fake.claims.update(claims)


@pytest.mark.parametrize(
    ("lie", "status"),
    [
        (_other_key, 401),
        (_symmetric, 401),
        (_unsigned, 401),
        (_claims(iss="https://evil.example"), 401),
        (_claims(aud="another-app"), 401),
        (_claims(aud=["muster", "another-app"], azp="another-app"), 401),
        (_claims(exp=1), 401),
        (_claims(iat=4_000_000_000), 401),
        (_claims(nonce="another"), 401),
        (_claims(nonce=None), 401),
        (_claims(sub=None), 401),
        (_claims(exp=None), 401),
        (_claims(email=None), 401),
        (_claims(email="not an address"), 401),
        (_claims(groups=["nobody-knows-it"]), 403),
        (_claims(groups=[]), 403),
        (lambda world: world.fake.header.update(kid="unknown"), 401),
    ],
    ids=[
        *(
            "other key",
            "symmetric",
            "unsigned",
            "issuer",
            "audience",
            "authorized party",
            "expired",
            "from tomorrow",
        ),
        *(
            "nonce",
            "no nonce",
            "no subject",
            "no end",
            "no e-mail",
            "no address",
            "no role",
            "no group",
            "kid",
        ),
    ],
)
def test_what_is_not_believed(world: World, lie: Callable[[World], None], status: int) -> None:
    lie(world)
    assert world.come_back(world.go()).status_code == status
    assert world.browser.get("/console/").status_code == 303


def test_an_answer_that_another_browser_began_is_refused(world: World) -> None:
    query = world.go()
    world.browser.cookies.clear()
    assert world.come_back(query).status_code == 401
    assert "/token" not in world.fake.calls
    world.go()
    assert world.come_back({"state": world.fake.asked["state"], "error": "access_denied"}).status_code == 401
    assert world.come_back(world.go() | {"iss": "https://evil.example"}).status_code == 401


def test_an_unverified_address_gives_nobody_elses_rights(world: World) -> None:
    world.services.people.add("ana@example.com", frozenset(), by="tests")
    world.fake.claims = {"email_verified": False}
    assert world.come_back(world.go()).status_code == 401
    world.fake.claims = {}
    assert world.come_back(world.go()).status_code == 303
    assert len(world.services.people.listed()) == 1
    world.fake.claims = {"sub": "u2"}
    assert world.come_back(world.go()).status_code == 401, "another subject with the same address"


def test_whoever_was_deactivated_stays_outside(world: World) -> None:
    world.come_back(world.go())
    world.services.people.add("root@example.com", frozenset({"admin"}), by="tests")  # type: ignore[arg-type]
    person = world.services.people.by_email("ana@example.com")
    assert person is not None
    world.services.people.change(person.id, name=None, roles=None, active=False)
    assert world.browser.get("/console/").status_code == 303
    assert world.come_back(world.go()).status_code == 401


def test_groups_may_come_from_userinfo_of_the_same_person_only(world: World) -> None:
    world.fake.claims = {"groups": None}
    world.fake.userinfo = {"sub": "u1", "groups": ["muster-admins"], "email": "evil@example.com"}
    assert world.come_back(world.go()).status_code == 303
    assert [each.email for each in world.services.people.listed()] == ["ana@example.com"]
    world.fake.userinfo = {"sub": "u9", "groups": ["muster-admins"]}
    assert world.come_back(world.go()).status_code == 401


def test_keys_are_kept_and_read_anew_when_a_token_names_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        world.come_back(world.go())
    assert world.fake.calls.count("/jwks") == 1
    world.fake.key, world.fake.kid = _key(), "k2"
    world.fake.signs_with = world.fake.key
    assert world.come_back(world.go()).status_code == 401, "not at once: a liar must not make us ask for ever"
    monkeypatch.setattr("service.people.oidc._KEYS_AT_MOST_EVERY", -1.0)
    assert world.come_back(world.go()).status_code == 303


@pytest.mark.parametrize(
    "discovery",
    [{"issuer": "https://evil.example"}, {"x": "y" * 600_000}],
    ids=["other issuer", "too large"],
)
def test_a_provider_that_cannot_be_used(world: World, discovery: dict[str, Any]) -> None:
    world.fake.discovery = discovery
    assert world.browser.post("/console/sign-in/away", data={"next": "/"}).status_code == 503


def test_settings_are_whole(database_url: str) -> None:
    with pytest.raises(SettingsError, match="MUSTER_OIDC_CLIENT_ID"):
        Settings.from_env({"MUSTER_OIDC_ISSUER": ISSUER}, database_url=database_url)
    with pytest.raises(SettingsError, match="ops-editor"):
        Settings.from_env({"MUSTER_OIDC_ROLES": "a=wizard"}, database_url=database_url)
