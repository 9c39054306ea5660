"""The deployment's secret key at work: what is encrypted, and what is marked so that a change shows.

Secrets of sources and destinations are encrypted with Fernet (AES-128-CBC and
HMAC-SHA256, `cryptography`) under keys derived from MUSTER_ENCRYPTION_KEYS: the
first encrypts, every one decrypts, so keys can be changed while all runs. What
is encrypted says whose it is: a row copied over another cannot be read there.

Without a key of the settings secrets are kept in clear, for a key beside the
data in the same database would protect nothing; `muster doctor` says so.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection

OPTION = "keyring"
SEALED = "sealed"


class Unreadable(ValueError):
    """What is encrypted cannot be read with the keys of the settings, or is of another row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The keys of one deployment. ``secret``: MUSTER_SECRET_KEY; ``encryption``: the newest first."""

    secret: str | None = field(default=None, repr=False)
    encryption: tuple[str, ...] = field(default=(), repr=False)

    @property
    def encrypts(self) -> bool:
        """Whether there is a key to encrypt with."""
        return bool(self.encryption or self.secret)

    def fernet(self) -> MultiFernet:
        """What encrypts and decrypts. Only where `encrypts`."""
        return MultiFernet([Fernet(_derived(key)) for key in self.encryption or (self.secret or "",)])


def keyring_of(connection: Connection) -> Keyring:
    """The keyring of the database that a connection is to."""
    found = connection.get_execution_options().get(OPTION)
    return found if isinstance(found, Keyring) else Keyring()


def seal(connection: Connection, place: str, value: Any) -> Any:
    """A value to store in a JSON column: encrypted for ``place`` (table and row), where there is a key."""
    keyring = keyring_of(connection)
    if not keyring.encrypts:
        return value
    said = json.dumps({"place": place, "value": value}, separators=(",", ":")).encode()
    return {SEALED: keyring.fernet().encrypt(said).decode()}


def unseal(connection: Connection, place: str, stored: Any) -> Any:
    """The value again, whether it was stored encrypted or in clear. Raises Unreadable."""
    if not is_sealed(stored):
        return stored
    keyring = keyring_of(connection)
    try:
        said = json.loads(keyring.fernet().decrypt(stored[SEALED].encode())) if keyring.encrypts else {}
    except InvalidToken:
        said = {}
    if said.get("place") != place:
        raise Unreadable(
            f"The secrets of {place} cannot be read: they were encrypted with a key that"
            " MUSTER_ENCRYPTION_KEYS does not have, or copied from another row"
        )
    return said["value"]


def is_sealed(stored: Any) -> bool:
    """Whether a stored value is encrypted."""
    return isinstance(stored, dict) and set(stored) == {SEALED}


def is_newest(keyring: Keyring, stored: Any) -> bool:
    """Whether a stored value is encrypted with the newest key."""
    if not is_sealed(stored) or not keyring.encrypts:
        return False
    newest = Fernet(_derived((keyring.encryption or (keyring.secret or "",))[0]))
    try:
        newest.decrypt(stored[SEALED].encode())
    except InvalidToken:
        return False
    return True


def mark(secret: str, purpose: str, *said: str) -> str:
    """A keyed hash, in hex: another purpose gives another. ``said`` are kept apart."""
    text = "\x1f".join((purpose, *(f"{len(part)}:{part}" for part in said)))
    return hmac.new(secret.encode(), text.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def _derived(key: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"muster secrets at rest 1")
    return urlsafe_b64encode(kdf.derive(key.encode()))
