"""HubSpot's three signatures, over the raw body and the public address.

    v3  base64 of HMAC-SHA256(client secret, method + URI + body + timestamp), at most five minutes old
    v2  SHA-256 of client secret + method + URI + body
    v1  SHA-256 of client secret + body

A call with a v3 signature stands or falls with it; the older ones carry no time, and what is sent again under
them is known by its dedupe key. (developers.hubspot.com, "Validating requests"; vectors of hubspot-api-
python.)
"""

from __future__ import annotations

import re
from datetime import datetime

from service.db.sources import Source
from service.intake.kinds import Call
from service.intake.signatures import hashed, hmac_of, sha256_after, timely

_V3, _OLDER, _VERSION = "x-hubspot-signature-v3", "x-hubspot-signature", "x-hubspot-signature-version"
_TIMESTAMP = "x-hubspot-request-timestamp"
_DECODED = re.compile(r"%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
"""What HubSpot signs decoded, of a URI under v3."""


def verified(call: Call, source: Source, now: datetime) -> bool:
    """Whether one of the source's secrets, each an app's client secret, signed the call. Raises Untimely."""
    if _V3 in call.headers:
        timestamp = call.headers.get(_TIMESTAMP, "")
        uri = _DECODED.sub(lambda found: chr(int(found[0][1:], 16)), call.url)
        text = call.method.encode() + uri.encode() + call.body + timestamp.encode()
        right = hashed(source.secrets, call.headers[_V3], hmac_of(text, "sha256"), now, base64_text=True)
        return right and timely(timestamp, now, per_second=1000)
    given = call.headers.get(_OLDER)
    if call.headers.get(_VERSION, "v1").lower() == "v2":
        text = call.method.encode() + call.url.encode() + call.body
        return hashed(source.secrets, given, sha256_after(text), now)
    return hashed(source.secrets, given, sha256_after(call.body), now)
