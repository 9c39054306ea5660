"""Access tokens of other systems: fetched when needed, kept in this process until they end.

Each process fetches its own: a token is no secret worth storing, and whoever
issues it lets several be in use.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from service.delivery.http import Answer, ask
from service.delivery.lines import Lines
from service.delivery.networks import Allowed

_EARLY = timedelta(seconds=60)  # a token is not used in its last minute
_MOST_BYTES = 64 * 1024


class SignInFailed(Exception):
    """The other system gave no token. ``answer`` is what becomes of the messages."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.detail)
        self.answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token. ``refresh`` is set when the refresh token was exchanged for another one."""

    value: str
    ends_at: datetime
    refresh: str | None = None

    def __repr__(self) -> str:
        return f"Token(value='***', ends_at={self.ends_at!r})"


class Tokens:
    """The tokens in use, by destination."""

    def __init__(self) -> None:
        self._known: dict[str, Token] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def get(self, key: str, now: datetime, fetch: Callable[[], Token]) -> str:
        """The token under ``key``, by ``fetch`` where there is none that is still good."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:  # several calls at once fetch one token
            found = self._known.get(key)
            if found is None or found.ends_at - _EARLY <= now:
                found = self._known[key] = fetch()
            return found.value

    def forget(self, key: str, value: str) -> None:
        """Use this token no more: it was refused."""
        with self._lock:
            found = self._known.get(key)
            if found is not None and found.value == value:
                del self._known[key]


def grant(
    url: str,
    form: Mapping[str, str],
    now: datetime,
    *,
    allowed: Sequence[Allowed],
    lines: Lines,
    lasts: timedelta,
) -> Token:
    """A token by OAuth 2 (RFC 6749, 5.1). ``lasts`` counts where the answer does not say how long.

    Raises SignInFailed, and what `http.ask` raises.
    """
    heard = ask(
        "POST",
        url,
        headers={
            "content-type": "application/x-www-form-urlencoded",
            "accept": "application/json",
        },
        body=urlencode(form).encode(),
        allowed=allowed,
        most=_MOST_BYTES,
        lines=lines,
    )
    said = json_object(heard.body)
    value = said.get("access_token")
    if heard.status != 200 or not isinstance(value, str):
        why = said.get("error") if isinstance(said.get("error"), str) else f"answered {heard.status}"
        detail = f"the sign-in was refused ({why}): check the credentials of this destination"
        status = heard.status if heard.status >= 300 else 502
        raise SignInFailed(Answer(status=status, retry_after=heard.retry_after, detail=detail))
    seconds = said.get("expires_in")
    lasting = timedelta(seconds=seconds) if isinstance(seconds, int) and seconds > 0 else lasts
    fresh = said.get("refresh_token")
    changed = fresh if isinstance(fresh, str) and fresh != form.get("refresh_token") else None
    return Token(value=value, ends_at=now + lasting, refresh=changed)


def json_object(body: bytes) -> dict[str, object]:
    """The object that an answer holds; an empty one when it holds something else."""
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
