"""Sources and calls for tests of intake."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from service.db.sources import Source
from service.delivery.signing import Secret
from service.intake.kinds import Call

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def source(kind: str, secret: str = "a-shared-secret-of-ours", **settings: Any) -> Source:
    """A source of a kind."""
    fields = {"mapping": {}, "token_header": None, "crm": None} | settings
    return Source(
        name="src",
        kind=kind,
        secrets=(Secret(value=secret, created_at=NOW),),
        active=True,
        created_at=NOW,
        updated_at=NOW,
        **fields,
    )


def call(body: Any, url: str = "https://muster.example.com/v1/webhooks/src", **headers: str) -> Call:
    """A call with a body, given as bytes, as text or as JSON values; ``x_name`` is the header ``x-name``."""
    raw = (
        body
        if isinstance(body, bytes)
        else body.encode()
        if isinstance(body, str)
        else json.dumps(body).encode()
    )
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Call(url=url, headers={"content-type": "application/json", **given}, body=raw)
