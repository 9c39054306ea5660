"""Signing in at an identity provider: OpenID Connect, authorization code with PKCE.

Browser -> provider -> browser -> here: the code that comes back is exchanged
for an ID token, whose signature, issuer, audience, times and nonce are checked
(OpenID Connect Core 1.0, 3.1.3.7). The state is single-use, ends after ten
minutes and is bound to the browser by a cookie. The provider's addresses come
from its discovery document, its keys from its JWKS: both are kept for an hour,
the keys are read anew when a token names one that is not among them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx2
import jwt
import structlog

from service.auth import Scope
from service.db import one_time
from service.db.engine import Database
from service.problems import Problem

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
LEEWAY = 60.0  # seconds that the clocks of the two may differ
STATE_LASTS = timedelta(minutes=10)
_PURPOSE = "oidc"
_FRESH = 3600.0
_KEYS_AT_MOST_EVERY = 30.0
_LARGEST = 512 * 1024

log = structlog.get_logger(__name__)


class SignInFailed(Problem):
    """Signing in at the identity provider did not succeed."""

    status = 401
    title = "Signing in did not succeed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """How this deployment is known to its identity provider.

    ``groups`` names the claim with somebody's groups.
    """

    issuer: str
    client_id: str
    client_secret: str | None
    scopes: str
    groups: str
    redirect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What the provider says of somebody. ``subject`` holds the issuer too."""

    subject: str
    email: str
    verified: bool
    name: str | None
    groups: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Where to send the browser, and the state that it must bring back with its cookie."""

    url: str
    state: str


class SignOn:
    """The way to the provider and back. Safe to share between threads."""

    def __init__(
        self,
        provider: Provider,
        database: Database,
        *,
        now: Callable[[], datetime],
        client: httpx2.Client | None = None,
    ) -> None:
        self._provider = provider
        self._database = database
        self._now = now
        self._client = client or httpx2.Client(timeout=10, follow_redirects=False, trust_env=False)
        self._lock = threading.Lock()
        self._known: dict[str, Any] = {}
        self._known_at = -_FRESH
        self._keys: dict[str, jwt.PyJWK] = {}
        self._keys_at = -_FRESH

    def begin(self, wanted: str) -> Begun:
        """Begin to sign in for somebody who wants to see a page. Raises SignInFailed."""
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
        data = {"verifier": verifier, "nonce": nonce, "next": wanted[:2000]}
        ends = self._now() + STATE_LASTS
        state = self._database.transact(lambda c: one_time.make(c, _PURPOSE, data, ends))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": self._provider.redirect,
            "scope": self._provider.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        at = self._discovered()["authorization_endpoint"]
        return Begun(url=f"{at}{'&' if '?' in at else '?'}{urlencode(asked)}", state=state)

    def finish(self, query: Mapping[str, str], cookie: str | None) -> tuple[Claims, str]:
        """Who came back, and the page they wanted. Raises SignInFailed."""
        state = query.get("state", "")
        if not cookie or not hmac.compare_digest(state.encode(), cookie.encode()):
            raise SignInFailed("This sign-in was begun in another browser, or too long ago; begin again")
        found = self._database.transact(lambda c: one_time.use(c, _PURPOSE, state, self._now()))
        if found is None:
            raise SignInFailed("This sign-in was used already, or begun too long ago; begin again")
        if query.get("iss", self._provider.issuer) != self._provider.issuer:  # RFC 9207
            raise SignInFailed("The answer is from another identity provider")
        if "code" not in query:
            raise SignInFailed("The identity provider did not let you sign in")
        data = found[1]
        tokens = self._exchange(query["code"], data["verifier"])
        return self._claims(tokens, data["nonce"]), data["next"]

    def _exchange(self, code: str, verifier: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._provider.redirect,
            "client_id": self._provider.client_id,
            "code_verifier": verifier,
        }
        if self._provider.client_secret:
            form["client_secret"] = self._provider.client_secret
        return self._read("POST", self._discovered()["token_endpoint"], data=form)

    def _claims(self, tokens: Mapping[str, Any], nonce: str) -> Claims:
        said = self._verified(str(tokens.get("id_token", "")))
        if not hmac.compare_digest(str(said.get("nonce", "")).encode(), nonce.encode()):
            raise SignInFailed("The identity provider answered another sign-in")
        if said.get("azp", self._provider.client_id) != self._provider.client_id:
            raise SignInFailed("The identity provider's token is for another application")
        if "email" not in said or self._provider.groups not in said:
            said = {**self._userinfo(tokens, said["sub"]), **said}
        email, groups = said.get("email"), said.get(self._provider.groups) or ()
        if not isinstance(email, str) or not email:
            raise SignInFailed("The identity provider gave no e-mail address; ask for the scope `email`")
        groups = [groups] if isinstance(groups, str) else groups
        return Claims(
            subject=f"{said['iss']}|{said['sub']}"[:600],
            email=email,
            verified=said.get("email_verified") is True,
            name=str(said["name"])[:256] if said.get("name") else None,
            groups=frozenset(str(group) for group in groups),
        )

    def _verified(self, token: str) -> dict[str, Any]:
        try:
            key = self._key(str(jwt.get_unverified_header(token).get("kid", "")))
            found: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self._provider.client_id,
                issuer=self._provider.issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            log.warning("oidc.token_refused", reason=type(error).__name__)
            raise SignInFailed("The identity provider's token cannot be trusted") from None
        return found

    def _userinfo(self, tokens: Mapping[str, Any], subject: str) -> dict[str, Any]:
        at = self._discovered().get("userinfo_endpoint")
        if not at or not tokens.get("access_token"):
            return {}
        found = self._read("GET", at, headers={"Authorization": f"Bearer {tokens['access_token']}"})
        if found.get("sub") != subject:
            raise SignInFailed("The identity provider answered for somebody else")
        return found

    def _key(self, kid: str) -> jwt.PyJWK:
        with self._lock:
            age = time.monotonic() - self._keys_at
            if age > _FRESH or (kid not in self._keys and age > _KEYS_AT_MOST_EVERY):
                found = jwt.PyJWKSet.from_dict(self._read("GET", self._discovered()["jwks_uri"]))
                self._keys = {key.key_id or "": key for key in found.keys}
                self._keys_at = time.monotonic()
            if kid in self._keys:
                return self._keys[kid]
        raise jwt.InvalidKeyError("no such key")

    def _discovered(self) -> dict[str, Any]:
        if time.monotonic() - self._known_at > _FRESH:
            issuer = self._provider.issuer
            found = self._read("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != issuer:
                raise SignInFailed(
                    "The identity provider calls itself another issuer; see MUSTER_OIDC_ISSUER"
                )
            self._known, self._known_at = found, time.monotonic()
        return self._known

    def _read(self, method: str, url: str, **request: Any) -> dict[str, Any]:
        """One JSON object from the provider; no redirects, and not more than any provider sends."""
        try:
            with self._client.stream(method, url, **request) as response:
                body = b""
                for part in response.iter_bytes():
                    body += part
                    if len(body) > _LARGEST:
                        raise ValueError("too large")
                if response.status_code != 200:
                    raise ValueError(f"status {response.status_code}")
                found = httpx2.Response(200, content=body).json()
            if not isinstance(found, dict):
                raise ValueError("not an object")
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            log.warning("oidc.unreachable", method=method, reason=type(error).__name__)
            raise SignInFailed("The identity provider cannot be asked, or gave no usable answer") from None
        return found


def roles_of(groups: frozenset[str], given: Iterable[tuple[str, str]]) -> frozenset[Scope]:
    """The roles that somebody's groups give; ``given`` are pairs of group and role, `*` for everybody."""
    return frozenset(Scope(role) for group, role in given if group in groups or group == "*")
