"""Keys of events that may say whose they are: once the person is erased a keyed hash stands for them.

Whoever looks for an event by its key looks for the hash as well: what comes
again is known, and nobody can read from what is stored what it was called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import Connection

from service.db import instance
from service.db.keyring import mark

HIDDEN = "erased:"
"""What a key begins with that is hidden; no id that is sent may."""
_SAYS_NOTHING = re.compile(r"(webhook:[^:]*:)?(same|long):[0-9a-f]{64}(#[0-9a-f]{64})?")
"""Keys that are a digest already: of an event without an id, or of an id that was too long."""


def hidden(secret: str, key: str) -> str:
    """What stands for a key, at most 71 characters; a digest, or what stands for one, stays."""
    if key.startswith(HIDDEN) or _SAYS_NOTHING.fullmatch(key):
        return key
    return HIDDEN + mark(secret, "event key", key)


def by_hidden(connection: Connection, keys: Iterable[str]) -> dict[str, str]:
    """The keys by what may stand for them; those that stand for themselves are left out."""
    plain = {key for key in keys if not key.startswith(HIDDEN) and not _SAYS_NOTHING.fullmatch(key)}
    secret = instance.known_key(connection) if plain else None
    return {} if secret is None else {hidden(secret, key): key for key in plain}
