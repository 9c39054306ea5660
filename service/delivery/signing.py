"""Standard Webhooks: secrets with an end, and signatures over id, timestamp and body.

The scheme is that of github.com/standard-webhooks (spec 1.0.0): a symmetric
secret ``whsec_`` + base64 of 24 to 64 bytes signs ``id.timestamp.body`` with
HMAC-SHA256; the header lists one ``v1,`` signature for each secret in use, so
a receiver that knows the old or the new one is content during a rotation.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets as entropy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64  # bytes of key, by the specification


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A shared secret. ``until`` is when it ends; None while nothing has replaced it."""

    value: str
    created_at: datetime
    until: datetime | None = None

    def __repr__(self) -> str:
        return f"Secret(value='***', created_at={self.created_at!r}, until={self.until!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSecret:
    """A secret as it may be shown later: enough to tell it from others. ``until`` is when it ends."""

    ends_with: str
    created_at: datetime
    until: datetime | None


def shown(secrets: Iterable[Secret], now: datetime) -> tuple[ShownSecret, ...]:
    """The secrets in force, newest first, without what makes them secret."""
    return tuple(
        ShownSecret(ends_with=each.value[-4:], created_at=each.created_at, until=each.until)
        for each in in_force(secrets, now)
    )


def new_secret(now: datetime) -> Secret:
    """A fresh random secret of 32 bytes."""
    return Secret(value=PREFIX + base64.b64encode(entropy.token_bytes(32)).decode(), created_at=now)


def key_of(secret: str) -> bytes:
    """The key bytes of a ``whsec_`` secret.

    Raises ValueError, without the secret, when it is not base64 of 24 to 64 bytes.
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the secret is not whsec_ followed by base64") from None
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise ValueError(f"the secret holds {len(key)} bytes; it needs {_SHORTEST} to {_LONGEST}")
    return key


def sign(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """The ``v1,`` signature of a message. ``timestamp`` is in whole seconds since 1970, as sent."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key_of(secret), signed, hashlib.sha256).digest()).decode()


def headers(active: Iterable[Secret], message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The three headers of a message that is sent at ``now``."""
    timestamp = str(int(now.timestamp()))
    signatures = [sign(secret.value, message_id, timestamp, body) for secret in active]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def in_force(secrets: Iterable[Secret], now: datetime) -> list[Secret]:
    """The secrets that have not ended, in the order given (newest first)."""
    return [secret for secret in secrets if secret.until is None or now < secret.until]


def rotated(secrets: Sequence[Secret], fresh: Secret, until: datetime) -> list[Secret]:
    """``fresh`` in front of the secrets still in force, each of which ends at ``until`` at the latest."""
    kept = in_force(secrets, fresh.created_at)
    return [fresh, *(replace(old, until=min(until, old.until or until)) for old in kept)]
