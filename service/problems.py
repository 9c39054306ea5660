"""Errors a caller can act on, with what an RFC 9457 problem document says of them.

One small tree: each kind has a status, a title and a docstring, which is its
description in OpenAPI and on the page that its ``type`` points to. A problem
says which field is wrong and what would be right; it never repeats the value.
How problems are sent is `service.http`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

PAGE = "/docs/errors"
"""Where every kind of problem is explained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """One thing that is wrong with a request.

    ``pointer`` is a JSON pointer into the body (`#/contacts/3/email`),
    ``parameter`` the name of a path, query or header parameter; one of them or
    neither is set. ``line`` and ``column`` (from 1) are for texts such as rulebooks.
    """

    detail: str
    pointer: str | None = None
    parameter: str | None = None
    line: int | None = None
    column: int | None = None


class Problem(Exception):
    """Something went wrong that the caller can act on."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Problem"

    def __init__(
        self, detail: str, *, errors: Iterable[FieldError] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    @classmethod
    def slug(cls) -> str:
        """The kind's name in its ``type``, e.g. `key-reused`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    def document(self) -> dict[str, Any]:
        """The problem as it is sent."""
        found: dict[str, Any] = {
            "type": f"{PAGE}#{self.slug()}",
            "title": type(self).title,
            "status": type(self).status,
            "detail": self.detail,
        }
        if self.errors:
            found["errors"] = [_plain(error) for error in self.errors]
        return found


class Malformed(Problem):
    """The body cannot be read: not UTF-8, not JSON, a name twice in one object, or nested too deep."""

    status = 400
    title = "The body cannot be read"


class Unauthorized(Problem):
    """No API key was sent, or it is not known or was revoked. Send `Authorization: Bearer KEY`."""

    status = 401
    title = "An API key is needed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    """Whoever asks may not do this: the key lacks the scope, the person the role, or the form is old."""

    status = 403
    title = "This is not allowed"


class NotFound(Problem):
    """There is nothing under this address or identifier."""

    status = 404
    title = "Not found"


class MethodNotAllowed(Problem):
    """The address exists, but not with this method. `Allow` lists the methods it has."""

    status = 405
    title = "Method not allowed"


class Timeout(Problem):
    """The request took too long to arrive. Send it again, faster."""

    status = 408
    title = "The request took too long to arrive"


class Conflict(Problem):
    """The state of the thing does not allow this now; reading it again shows why."""

    status = 409
    title = "Not possible in the present state"


class InProgress(Conflict):
    """A call with this Idempotency-Key is still running, or ended before its answer was kept."""

    status = 409
    title = "A call with this key is in progress"


class Stale(Problem):
    """The thing has changed since the revision in `If-Match`. Read it again and repeat the change."""

    status = 412
    title = "Changed by someone else"


class TooLarge(Problem):
    """The body, or the number of items in it, is above the limit. The detail names the limit."""

    status = 413
    title = "Too large"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"Connection": "close"})


class UnsupportedMediaType(Problem):
    """The body is of a kind that is not read here. Send uncompressed `application/json`."""

    status = 415
    title = "Unsupported media type"


class Invalid(Problem):
    """The request was understood, but fields of it are wrong. `errors` names each of them."""

    status = 422
    title = "The request is not valid"


class KeyReused(Problem):
    """This Idempotency-Key, or this event id, was used before with another body. The first call stands."""

    status = 422
    title = "The key was used for something else"


class RevisionNeeded(Problem):
    """A change here needs `If-Match` with the revision it is based on, as given in `ETag`."""

    status = 428
    title = "If-Match is needed"


class TooMany(Problem):
    """One caller calls too often. Wait the seconds that `Retry-After` says; more keys do not help."""

    status = 429
    title = "Too many calls"


class Internal(Problem):
    """A fault of the service. Nothing was stored. The request id finds it in the log."""

    status = 500
    title = "Internal error"


class Unavailable(Problem):
    """The service cannot do this just now: it is starting, stopping, or the database is away. Try again."""

    status = 503
    title = "Not available just now"

    def __init__(self, detail: str, *, retry_after: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


def kinds() -> tuple[type[Problem], ...]:
    """Every kind of problem, in the order of the source."""

    def below(kind: type[Problem]) -> Iterable[type[Problem]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    return tuple(below(Problem))


def _plain(error: FieldError) -> dict[str, Any]:
    names = ("pointer", "parameter", "line", "column", "detail")
    return {name: value for name in names if (value := getattr(error, name)) is not None}
