"""What the bodies of several providers have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from service.db.sources import Source
from service.intake import signatures
from service.intake.kinds import Call
from service.problems import Malformed, TooLarge
from service.strict_json import parse_items

MAX_ITEMS = 4000
"""Segment's largest batch; nobody sends more at once."""

_IN_QUERY = ("token", "code")


def objects(call: Call) -> list[Any]:
    """The items of a JSON body: an object is one, a list is several. Raises Malformed and TooLarge."""
    value = parse_items(call.body)
    if value is None:
        return []
    if not isinstance(value, list | dict):
        raise Malformed("The body must be an object or a list of objects")
    return bounded(value if isinstance(value, list) else [value])


def bounded(items: list[Any]) -> list[Any]:
    """The items. Raises TooLarge when there are too many."""
    if len(items) > MAX_ITEMS:
        raise TooLarge(f"The body has more than {MAX_ITEMS} items")
    return items


def by_token(call: Call, source: Source, now: datetime) -> bool:
    """Whether a call carries the secret as it is: in the token header, or as ``?token=`` or ``?code=``.

    For systems that cannot sign. A secret in an address is seen by whoever logs addresses; use a header
    where the system can send one.
    """
    if source.token_header:
        return signatures.token(source.secrets, call.headers.get(source.token_header.lower()), now)
    query = parse_qs(urlsplit(call.url).query)
    given = [value for name in _IN_QUERY for value in query.get(name, ())]
    return any(signatures.token(source.secrets, value, now) for value in given)


def by_token_or_signature(call: Call, source: Source, now: datetime) -> bool:
    """By the token header where the source has one, else by a Standard Webhooks signature."""
    if source.token_header:
        return by_token(call, source, now)
    return signatures.standard_webhook(source.secrets, call.headers, call.body, now)
