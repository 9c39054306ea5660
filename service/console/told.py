"""What a page says after a change: what was done, and the way back where there is one.

It travels in the address that the reader is sent to, sealed with the secret of the
session: no link made elsewhere can put words, or a button, onto a page.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from service.problems import Conflict

NAME = "told"
"""What it is called in an address."""
LASTS = timedelta(minutes=15)
STILL = "still"
"""The field of an undo that says what must not have changed since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """A form that takes a change back: its address below the console's base, and its fields."""

    path: str
    form: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was done, in a sentence, and how it is taken back (None: it cannot be, or not here)."""

    said: str
    undo: Undo | None = None


def address(path: str, *names: str) -> str:
    """A ``path`` with a ``{}`` for each name, whatever characters the names have."""
    return path.format(*(quote(name, safe="") for name in names))


def sealed(told: Told, secret: str, now: datetime) -> str:
    """What was done, as an address can carry it, for a session with this secret."""
    undo = None if told.undo is None else [told.undo.path, dict(told.undo.form)]
    text = json.dumps([told.said, undo, (now + LASTS).timestamp()], separators=(",", ":"))
    body = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return f"{body}.{_seal(body, secret)}"


def opened(text: str, secret: str, now: datetime) -> Told | None:
    """What an address carries; None unless this session was told it, and not long ago."""
    body, _, seal = text.rpartition(".")
    if not hmac.compare_digest(seal.encode(), _seal(body, secret).encode()):
        return None
    said, undo, until = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    if now.timestamp() > until:
        return None
    return Told(said=said, undo=None if undo is None else Undo(path=undo[0], form=undo[1]))


def print_of(value: Any) -> str:
    """A short name for how something stands, for `unchanged`."""
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def unchanged(form: Mapping[str, str], standing: Callable[[], Any]) -> None:
    """Raise Conflict when a form undoes a change that somebody has changed again since."""
    if STILL in form and form[STILL] != print_of(standing()):
        raise Conflict("Somebody has changed this since; nothing was taken back")


def _seal(body: str, secret: str) -> str:
    return hmac.new(f"told:{secret}".encode(), body.encode(), hashlib.sha256).hexdigest()[:40]
