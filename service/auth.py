"""Who is calling: API keys and their scopes.

A key is `muster_<id>_<secret>`. The id finds the row; of the secret, 256 random
bits, only an HMAC is kept. A slow password hash would add nothing at that
length and let anyone keep the processor busy. A key may belong to a person:
then it may do what both it and the person may, and what is done with it is on
record as done by that person.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from service.db import instance, keys
from service.db.engine import Database
from service.db.keys import ApiKey, StoredKey
from service.problems import Forbidden, Unauthorized

PREFIX = "muster"
BOOTSTRAP = "bootstrap"
_TOUCH = timedelta(minutes=1)


class Scope(StrEnum):
    """What a key may be used for. The comments are what the documentation says."""

    INTAKE = "intake"  # send contacts and have them decided
    MATCH = "match"  # ask which account a contact belongs to
    READ = "read"  # read decisions, accounts, reps, rulebooks and reports
    OPS_EDITOR = "ops-editor"  # change accounts, reps and pools, work the queues, draft rulebooks
    OPS_APPROVER = "ops-approver"  # publish rulebooks and roll them back
    ADMIN = "admin"  # everything, API keys and destinations included


_INCLUDES: dict[Scope, frozenset[Scope]] = {
    Scope.OPS_EDITOR: frozenset({Scope.READ, Scope.MATCH}),
    Scope.OPS_APPROVER: frozenset({Scope.READ, Scope.MATCH}),
    Scope.ADMIN: frozenset(Scope),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who makes a request, and what they may do.

    ``id`` is the key's, or the person's who signed in; ``name`` is who goes on
    record: the key's name, or the e-mail address of the person.
    """

    id: str
    name: str
    scopes: frozenset[Scope]

    def has(self, scope: Scope) -> bool:
        """Whether the caller may do what needs ``scope``."""
        return any(scope is held or scope in _INCLUDES.get(held, ()) for held in self.scopes)

    def demand(self, scope: Scope) -> None:
        """Raise Forbidden unless the caller has ``scope``."""
        if not self.has(scope):
            raise Forbidden(f"This needs a key with the scope {scope.value}")


def caller_of(found: StoredKey) -> Caller | None:
    """Who comes with a stored key; None when it is a person's who is not active any more."""
    scopes = frozenset(Scope(scope) for scope in found.key.scopes)
    if found.key.person is None:
        return Caller(id=found.key.id, name=found.key.name, scopes=scopes)
    if found.person_email is None:
        return None
    person = Caller(id="", name="", scopes=frozenset(Scope(role) for role in found.person_roles))
    both = frozenset(scope for scope in _spread(scopes) if person.has(scope))
    return Caller(id=found.key.id, name=found.person_email, scopes=both)


def _spread(scopes: frozenset[Scope]) -> frozenset[Scope]:
    """The scopes, and each that one of them includes."""
    return scopes.union(*(_INCLUDES.get(scope, frozenset()) for scope in scopes))


def _fits(found: StoredKey, digest: str, now: datetime) -> bool:
    """Whether this is the digest of the key's secret, or of the one before while that still works."""
    before = found.previous if found.key.previous_until and now < found.key.previous_until else None
    return hmac.compare_digest(digest, found.digest) | hmac.compare_digest(digest, before or "")


class Keys:
    """The API keys of this deployment: made, recognised, revoked.

    ``pepper`` is MUSTER_SECRET_KEY; without one, the secret that the database
    keeps for this deployment is used. A revoked key is refused from the next
    request on: every request reads its row.
    """

    def __init__(
        self, database: Database, *, pepper: str | None, bootstrap: str | None, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._pepper = pepper
        self._bootstrap = bootstrap
        self._now = now

    def create(
        self,
        name: str,
        scopes: frozenset[Scope],
        *,
        expires_at: datetime | None = None,
        person: str | None = None,
        created_by: str | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key: its row, and the text the caller sends, which is shown this once."""
        row = ApiKey(
            id=secrets.token_hex(6),
            name=name,
            scopes=tuple(sorted(scopes)),
            created_at=self._now(),
            last_used_at=None,
            revoked_at=None,
            expires_at=expires_at,
            person=person,
            created_by=created_by,
        )
        secret = secrets.token_urlsafe(32)
        digest = self._digest(secret)
        self._database.transact(lambda connection: keys.insert(connection, row, digest))
        return row, f"{PREFIX}_{row.id}_{secret}"

    def recognise(self, text: str) -> Caller:
        """The caller who sent the key ``text``. Raises Unauthorized."""
        if self._bootstrap and hmac.compare_digest(text.encode(), self._bootstrap.encode()):
            return Caller(id=BOOTSTRAP, name=BOOTSTRAP, scopes=frozenset({Scope.ADMIN}))
        parts = text.split("_", 2)
        if len(parts) != 3 or parts[0] != PREFIX or not text.isascii():
            raise Unauthorized("The API key does not have the form muster_ID_SECRET")
        _, key_id, secret = parts
        with self._database.read() as connection:
            found = keys.find(connection, key_id)
        digest, now = self._digest(secret), self._now()
        if found is None or not _fits(found, digest, now) or not found.key.works(now):
            raise Unauthorized("The API key is not known, was revoked, or has expired")
        caller = caller_of(found)
        if caller is None:
            raise Unauthorized("The person whose API key this is may not sign in any more")
        self._touch(found.key)
        return caller

    def rotate(self, key_id: str, overlap: timedelta) -> str | None:
        """Another secret for a key: the text to send from now on; None when no such key is in use.

        The text before works for ``overlap`` more, so that callers can change over.
        """
        secret, now = secrets.token_urlsafe(32), self._now()
        digest = self._digest(secret)
        changed = self._database.transact(lambda c: keys.rotate(c, key_id, digest, now + overlap, now))
        return f"{PREFIX}_{key_id}_{secret}" if changed else None

    def revoke(self, key_id: str) -> bool:
        """End a key at once; False when there is no such key. Again: no change."""
        now = self._now()
        return self._database.transact(lambda connection: keys.revoke(connection, key_id, now))

    def listed(self) -> tuple[ApiKey, ...]:
        """Every key there ever was, newest first."""
        with self._database.read() as connection:
            return keys.listed(connection)

    def _digest(self, secret: str) -> str:
        if self._pepper is None:
            self._pepper = instance.secret(self._database, self._now())
        return hmac.new(self._pepper.encode(), secret.encode(), sha256).hexdigest()

    def _touch(self, key: ApiKey) -> None:
        """Note the use, at most once a minute: reading must not turn into writing."""
        now = self._now()
        if key.last_used_at is None or now - key.last_used_at >= _TOUCH:
            self._database.transact(lambda connection: keys.touch(connection, key.id, now))
