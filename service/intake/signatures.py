"""Whether a call really comes from whom it says, by the raw bytes of its body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from service.delivery.signing import Secret, in_force, sign

TOLERANCE_SECONDS = 300
"""How far a timestamp may be from our clock, to either side; a replay within is caught by its dedupe key."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_MESSAGE_ID = re.compile(r"[!-~]{1,256}")


class Untimely(Exception):
    """A call whose signature is right, with a timestamp too far from our clock: ``age`` seconds old."""

    def __init__(self, age: float) -> None:
        far = f"{abs(age):.0f} s {'old' if age > 0 else 'ahead'}"
        super().__init__(
            f"The signature is right, but its timestamp is {far}, and {TOLERANCE_SECONDS} s are the most:"
            " the clock of the sender or of this server is wrong, or the call was long on its way"
        )


def standard_webhook(
    secrets: Iterable[Secret], headers: Mapping[str, str], body: bytes, now: datetime
) -> bool:
    """Whether one of the secrets in force signed this message, now (Standard Webhooks 1.0.0).

    ``headers`` have lower-case names. Signatures are compared as text, in
    constant time: another spelling of the same base64 is another signature.
    Raises Untimely for a message that is signed, but not now.
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not _MESSAGE_ID.fullmatch(message_id) or not _TIMESTAMP.fullmatch(timestamp):
        return False
    given = [signature.encode() for signature in headers.get("webhook-signature", "").split(" ")]
    wanted = [sign(secret.value, message_id, timestamp, body).encode() for secret in in_force(secrets, now)]
    return _any_equal(wanted, given) and timely(timestamp, now)


def token(secrets: Iterable[Secret], given: str | None, now: datetime) -> bool:
    """Whether ``given`` is one of the secrets in force, sent as it is."""
    if not given:
        return False
    return _any_equal([secret.value.encode() for secret in in_force(secrets, now)], [given.encode()])


def basic(secrets: Iterable[Secret], authorization: str | None, now: datetime) -> bool:
    """Whether a call has HTTP Basic credentials ``USER:PASSWORD`` that are one of the secrets, written so."""
    kind, _, encoded = (authorization or "").partition(" ")
    if kind.lower() != "basic":
        return False
    try:
        given = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    return _any_equal([secret.value.encode() for secret in in_force(secrets, now)], [given])


def hashed(
    secrets: Iterable[Secret],
    given: str | None,
    signed: Callable[[bytes], bytes],
    now: datetime,
    *,
    base64_text: bool = False,
) -> bool:
    """Whether ``given`` is the digest that ``signed`` makes with one of the secrets in force.

    As hexadecimal in either case, or as base64, each compared as text.
    """
    if not given:
        return False
    write = _base64 if base64_text else bytes.hex
    wanted = [write(signed(secret.value.encode())).encode() for secret in in_force(secrets, now)]
    return _any_equal(wanted, [(given if base64_text else given.lower()).encode()])


def hmac_of(body: bytes, algorithm: str) -> Callable[[bytes], bytes]:
    """The HMAC of a body by a key, for `hashed`. ``algorithm``: ``sha1`` or ``sha256``."""
    return lambda key: hmac.new(key, body, algorithm).digest()


def sha256_after(rest: bytes) -> Callable[[bytes], bytes]:
    """The SHA-256 of a key with what follows it, for `hashed`: what HubSpot's first two versions call one."""
    return lambda key: hashlib.sha256(key + rest).digest()


def timely(timestamp: str, now: datetime, *, per_second: int = 1) -> bool:
    """Whether a timestamp that a signature holds for is one, in seconds (or parts of one) since 1970.

    Ask it of calls whose signature is right alone: of any other nothing is told.
    Raises Untimely when it is too far from our clock.
    """
    if not re.fullmatch(r"[0-9]{1,16}", timestamp, re.ASCII):
        return False
    age = now.timestamp() - int(timestamp) / per_second
    if abs(age) > TOLERANCE_SECONDS:
        raise Untimely(age)
    return True


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _any_equal(wanted: Iterable[bytes], given: list[bytes]) -> bool:
    """Whether a wanted value is among those given; looks at all of them, whatever it finds."""
    found = False
    for right in wanted:
        for each in given:
            found |= hmac.compare_digest(right, each)
    return found
