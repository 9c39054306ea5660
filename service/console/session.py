"""Who has signed in: a signed cookie that names an API key, and the token of its forms.

The cookie holds the key's id, never the key. It is signed with the
deployment's secret, ends after `LASTS`, and the key's row is read on every
request, so a revoked key is out at once. The token of a form is derived from
the cookie: nothing is stored, and another session's token does not fit.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from service.api.deps import Services
from service.auth import BOOTSTRAP, Caller, Scope
from service.db import instance, keys

COOKIE = "muster_console"
LASTS = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Someone who is signed in. ``token`` must come back with every form."""

    caller: Caller
    token: str


class Sessions:
    """The sessions of one deployment: begun with a key, read from a cookie."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._secret: str | None = None

    def begin(self, caller: Caller) -> str:
        """The cookie of a new session of ``caller``."""
        parts = (caller.id, str(int(self._services.now().timestamp())), secrets.token_urlsafe(16))
        body = urlsafe_b64encode("|".join(parts).encode()).decode().rstrip("=")
        return f"{body}.{self._sign('session', caller.id, body)}"

    def read(self, cookie: str | None) -> Session | None:
        """Whose session the cookie is; None when it is none, is over, or its key was revoked."""
        body, _, signature = (cookie or "").partition(".")
        try:
            key_id, begun, _nonce = urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode().split("|")
            ends = datetime.fromtimestamp(int(begun), UTC) + LASTS
        except (ValueError, OverflowError, OSError):
            return None
        if not hmac.compare_digest(self._sign("session", key_id, body).encode(), signature.encode()):
            return None
        caller = self._caller(key_id) if self._services.now() < ends else None
        return Session(caller=caller, token=self._sign("form", key_id, body)) if caller else None

    def _caller(self, key_id: str) -> Caller | None:
        if key_id == BOOTSTRAP:
            known = self._services.settings.bootstrap_key is not None
            return Caller(id=BOOTSTRAP, name=BOOTSTRAP, scopes=frozenset({Scope.ADMIN})) if known else None
        with self._services.database.read() as connection:
            found = keys.find(connection, key_id)
        if found is None or found.key.revoked_at is not None:
            return None
        scopes = frozenset(Scope(scope) for scope in found.key.scopes)
        return Caller(id=key_id, name=found.key.name, scopes=scopes)

    def _sign(self, purpose: str, key_id: str, body: str) -> str:
        said = f"console {purpose}\n{self._bootstrap() if key_id == BOOTSTRAP else ''}\n{body}"
        return hmac.new(self._key().encode(), said.encode(), sha256).hexdigest()

    def _bootstrap(self) -> str:
        key = self._services.settings.bootstrap_key
        return key.get_secret_value() if key else ""

    def _key(self) -> str:
        given = self._services.settings.secret_key
        if given is not None:
            return given.get_secret_value()
        if self._secret is None:
            self._secret = instance.secret(self._services.database, self._services.now())
        return self._secret
