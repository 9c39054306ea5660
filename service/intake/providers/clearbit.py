"""Clearbit (HubSpot Breeze) enrichment and Reveal: who a person is, and what an account is called and owns.

Signed ``X-Request-Signature: sha1=`` with the API key, or with a token. A combined answer is two events: the
person, and what is known of the company.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from service.db.sources import Source
from service.intake import preset
from service.intake.kinds import Call, Kind
from service.intake.providers.bodies import bounded, by_token, objects
from service.intake.signatures import hashed, hmac_of


def verified(call: Call, source: Source, now: datetime) -> bool:
    """By the token where the source has one, else by the signature."""
    if source.token_header:
        return by_token(call, source, now)
    given = call.headers.get("x-request-signature", "")
    return given.startswith("sha1=") and hashed(
        source.secrets, given.removeprefix("sha1="), hmac_of(call.body, "sha1"), now
    )


def items(call: Call) -> list[Any]:
    """Person and company apart. Raises Malformed and TooLarge."""
    return bounded([part for each in objects(call) for part in _parts(each)])


def _parts(item: Any) -> list[Any]:
    """A webhook wraps what a direct call gives in ``body``; either may have a person, a company or both."""
    if not isinstance(item, dict):
        return [item]
    said = item["body"] if isinstance(item.get("body"), dict) else item
    person, company = said.get("person"), said.get("company")
    if "person" not in said and "company" not in said:
        return [{"company": said}]
    parts = []
    if isinstance(person, dict):
        parts.append({"person": person, "employer": company})
    if isinstance(company, dict):
        parts.append({"company": company})
    return parts or [item]


KIND = Kind(name="clearbit", title="Clearbit", verified=verified, items=items, preset=preset.load(__file__))
