"""What getting records from a CRM has in common: calls, and what may go wrong with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from service.delivery.http import BadTarget, Refused, Told, Unreachable

MOST = 8 * 1024 * 1024
"""Bytes of an answer: 100 records with a few dozen fields are some 300 kB."""

Ask = Callable[..., Told]
"""`service.delivery.http.ask`, with the addresses that may be reached."""


class NotNow(Exception):
    """The CRM cannot answer now, or wants to be left alone for ``wait``."""

    def __init__(self, reason: str, wait: timedelta | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class NotAllowed(Exception):
    """The CRM will not answer until somebody changes the settings. The message says what is wrong."""


class Crm(Protocol):
    """A CRM that records can be got from."""

    def records(self, name: str, ids: Sequence[str]) -> dict[str, Any]:
        """The records of an object, up to 100, by the ids asked for; what is not there is left out.

        Raises NotNow and NotAllowed.
        """
        ...


def call(
    ask: Ask, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
) -> tuple[int, Any]:
    """The status and the JSON of an answer.

    Raises NotNow for 429, 5xx and silence, NotAllowed for a bad address.
    """
    try:
        told = ask(method, url, headers=headers, body=body, most=MOST)
    except Unreachable as error:
        raise NotNow(str(error)) from None
    except (BadTarget, Refused) as error:
        raise NotAllowed(f"the CRM's address cannot be used: {error}") from None
    if told.status == 429 or told.status >= 500:
        raise NotNow(f"the CRM answered {told.status}", told.retry_after)
    try:
        return told.status, json.loads(told.body) if told.body else None
    except ValueError:
        raise NotNow(f"the CRM answered {told.status} with something else than JSON") from None
