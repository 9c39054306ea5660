"""Whether a call really comes from whom it says, by the raw bytes of its body."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from service.delivery.signing import Secret, in_force, sign

TOLERANCE_SECONDS = 300
"""How far a timestamp may be from our clock, to either side; a replay within is caught by its dedupe key."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_MESSAGE_ID = re.compile(r"[!-~]{1,256}")


def standard_webhook(
    secrets: Iterable[Secret], headers: Mapping[str, str], body: bytes, now: datetime
) -> bool:
    """Whether one of the secrets in force signed this message, now (Standard Webhooks 1.0.0).

    ``headers`` have lower-case names. Signatures are compared as text, in
    constant time: another spelling of the same base64 is another signature.
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not _MESSAGE_ID.fullmatch(message_id) or not _TIMESTAMP.fullmatch(timestamp):
        return False
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    given = [signature.encode() for signature in headers.get("webhook-signature", "").split(" ")]
    wanted = [sign(secret.value, message_id, timestamp, body).encode() for secret in in_force(secrets, now)]
    return _any_equal(wanted, given)


def token(secrets: Iterable[Secret], given: str | None, now: datetime) -> bool:
    """Whether ``given`` is one of the secrets in force, sent as it is."""
    if not given:
        return False
    return _any_equal([secret.value.encode() for secret in in_force(secrets, now)], [given.encode()])


def _any_equal(wanted: Iterable[bytes], given: list[bytes]) -> bool:
    """Whether a wanted value is among those given; looks at all of them, whatever it finds."""
    found = False
    for right in wanted:
        for each in given:
            found |= hmac.compare_digest(right, each)
    return found
