"""Links in notices, by which a rep accepts or rejects a contact without signing in.

A link is a JSON Web Token (RFC 7519) that only this deployment can make: it
names the notice, the assignment, the rep and the one thing it does, and ends.
That it works once is kept in the database, for both links of a notice together.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

import jwt

LASTS = timedelta(days=14)
PATH = "/links/"
_AUDIENCE = "muster-notice"
_ALGORITHM = "HS256"
_NEEDED = ["aud", "exp", "jti", "sub", "rep", "act"]


class Action(StrEnum):
    """What a link does when its page is confirmed."""

    ACCEPT = "accept"
    REJECT = "reject"


class BadLink(Exception):
    """The link was not made here, or was changed."""


class EndedLink(Exception):
    """The link was good once and is too old now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a link says. ``notice`` is shared by the links of one notice to one rep."""

    notice: str
    assignment_id: str
    rep: str
    action: Action
    ends_at: datetime


class Links:
    """Makes links and reads them. ``secret`` gives the deployment's secret, when it is first needed."""

    def __init__(self, secret: Callable[[], str], base_url: str) -> None:
        self._secret = secret
        self._base_url = base_url
        self._made: bytes | None = None

    def url(self, link: Link) -> str:
        """The address of a link. The same link has the same address each time a message is tried."""
        claims = {
            "aud": _AUDIENCE,
            "jti": link.notice,
            "sub": link.assignment_id,
            "rep": link.rep,
            "act": link.action.value,
            "exp": int(link.ends_at.timestamp()),
        }
        return f"{self._base_url}{PATH}{jwt.encode(claims, self._key(), algorithm=_ALGORITHM)}"

    def read(self, token: str, now: datetime) -> Link:
        """The link that a token is. Raises BadLink, EndedLink."""
        try:
            said = jwt.decode(
                token,
                self._key(),
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                options={"require": _NEEDED, "verify_exp": False},
            )
            link = Link(
                notice=said["jti"],
                assignment_id=said["sub"],
                rep=said["rep"],
                action=Action(said["act"]),
                ends_at=datetime.fromtimestamp(said["exp"], UTC),
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError):
            raise BadLink from None
        if link.ends_at <= now:
            raise EndedLink
        return link

    def _key(self) -> bytes:
        if self._made is None:  # a key of its own: what signs links signs nothing else
            self._made = hmac.new(self._secret().encode(), b"links of notices", sha256).digest()
        return self._made
