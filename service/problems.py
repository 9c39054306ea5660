"""Errors a caller can act on, as RFC 9457 problem documents.

One small tree: each kind has a status, a title and a docstring, which is its
description in OpenAPI and on the page that its ``type`` points to. A problem
says which field is wrong and what would be right; it never repeats the value.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, get_args, get_origin

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from pydantic_core import ErrorDetails
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

_log = structlog.get_logger("muster.problems")

MEDIA_TYPE = "application/problem+json"
REQUEST_ID = "muster.request_id"
"""Where a request's id is kept in its ASGI scope."""
PAGE = "/docs/errors"


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


def problems(*expected: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The ``responses=`` of an endpoint that may answer with these kinds."""
    found: dict[int | str, dict[str, Any]] = {}
    for kind in expected:
        text = " ".join(f"{kind.title}. {kind.__doc__}".split())
        earlier = found.get(kind.status)
        found[kind.status] = {
            "model": ProblemDocument,
            "description": f"{earlier['description']} Or: {text}" if earlier else text,
        }
    return found


class ProblemError(BaseModel):
    """One thing that is wrong with a request."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None
    line: int | None = None
    column: int | None = None


class ProblemDocument(BaseModel):
    """What went wrong, as RFC 9457 lays it out."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None = None
    errors: list[ProblemError] | None = None


def install(app: FastAPI) -> None:
    """Answer every error of the application with a problem document."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(OperationalError, _on_database)
    app.add_exception_handler(PoolTimeout, _on_database)


def answer(problem: Problem, request_id: str | None = None) -> Response:
    """The HTTP answer that tells of ``problem``."""
    document = problem.document()
    if request_id:
        document["request_id"] = request_id
    return JSONResponse(
        document, status_code=type(problem).status, headers=problem.headers, media_type=MEDIA_TYPE
    )


def field_errors(
    errors: Sequence[ErrorDetails | Mapping[str, Any]], model: type[BaseModel] | None = None, at: str = "#"
) -> tuple[FieldError, ...]:
    """pydantic's ``errors`` in our words, each with its pointer below ``at``.

    Nothing of the input is repeated, apart from field names. ``model`` serves
    to suggest the right name for a field that does not exist.
    """
    return tuple(
        FieldError(
            pointer=pointer(at, error["loc"]),
            detail=_sentence(error, model if len(error["loc"]) == 1 else None),
        )
        for error in errors
    )


_OF_NAME = "[key]"
"""What pydantic puts behind the name of an entry whose name is wrong, and not its value."""


def pointer(at: str, location: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901) below ``at``; a name that is not safe to repeat becomes ``?``."""
    return at + "".join(f"/{_step(step)}" for step in location if step != _OF_NAME)


def _step(step: str | int) -> str:
    name = str(step)
    if not re.fullmatch(r"[\w.~/ -]{1,64}", name):
        return "?"
    return name.replace("~", "~0").replace("/", "~1")


_SENTENCES = {
    "missing": "is required",
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "is out of range",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "frozen_set_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dataclass_type": "must be an object",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "string_pattern_mismatch": "does not have the right form",
    "timezone_aware": "needs a time zone, e.g. 2026-01-31T09:30:00Z",
    "datetime_type": "must be a time such as 2026-01-31T09:30:00Z",
    "datetime_parsing": "must be a time such as 2026-01-31T09:30:00Z",
    "datetime_from_date_parsing": "must be a time such as 2026-01-31T09:30:00Z",
    "date_parsing": "must be a date such as 2026-01-31",
}


def _sentence(error: ErrorDetails | Mapping[str, Any], model: type[BaseModel] | None) -> str:
    if error["loc"][-1:] == (_OF_NAME,):
        return f"its name {_sentence({**error, 'loc': error['loc'][:-1]}, model)}"
    if error["type"] == "extra_forbidden":
        return _unknown_field(str(error["loc"][-1]), model)
    context = error.get("ctx") or {}
    if error["type"] == "value_error":
        return str(context.get("error", "is not valid"))
    sentence = _SENTENCES.get(error["type"])
    return sentence.format(**context) if sentence else "is not valid"


def _unknown_field(name: str, model: type[BaseModel] | None) -> str:
    near = difflib.get_close_matches(name, list(model.model_fields), n=1) if model and len(name) <= 64 else []
    return f"is not a field here; did you mean {near[0]}?" if near else "is not a field here"


def _plain(error: FieldError) -> dict[str, Any]:
    names = ("pointer", "parameter", "line", "column", "detail")
    return {name: value for name in names if (value := getattr(error, name)) is not None}


def _request_id(request: Request) -> str | None:
    found = request.scope.get(REQUEST_ID)
    return found if isinstance(found, str) else None


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return answer(error, _request_id(request))


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return answer(from_validation(error, _body_models(request)), _request_id(request))


def _body_models(request: Request) -> dict[str, type[BaseModel]]:
    """The models that the endpoint's body may be of, by name, for suggesting the right name of a field."""
    field = getattr(request.scope.get("route"), "body_field", None)
    declared = field.field_info.annotation if field else None
    kinds = (
        get_args(kind)[0] if get_origin(kind) is Annotated else kind
        for kind in get_args(declared) or (declared,)
    )
    return {k.__name__: k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)}


def from_validation(
    error: RequestValidationError, models: Mapping[str, type[BaseModel]] | None = None
) -> Problem:
    """FastAPI's complaint about a request as ours; ``models`` are those the body may be of."""
    found = []
    models = models or {}
    for one in error.errors():
        place, *rest = one["loc"]
        model = next(iter(models.values()), None)
        if len(models) > 1 and rest and rest[0] in models:  # pydantic names the member of the union first
            model = models[rest.pop(0)]
        detail = _sentence(one, model if len(rest) == 1 else None)
        if place == "body":
            found.append(FieldError(pointer=pointer("#", rest), detail=detail))
        else:
            found.append(FieldError(parameter=str(rest[0]) if rest else str(place), detail=detail))
    return Invalid(f"{len(found)} {'field is' if len(found) == 1 else 'fields are'} not valid", errors=found)


_BY_STATUS: dict[int, type[Problem]] = {
    400: Malformed,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    413: TooLarge,
    415: UnsupportedMediaType,
}


async def _on_http(request: Request, error: Exception) -> Response:
    """What Starlette and FastAPI raise themselves: no such path, no such method, a body it cannot parse."""
    assert isinstance(error, HTTPException)
    kind = _BY_STATUS.get(error.status_code, Internal if error.status_code >= 500 else Conflict)
    problem = kind(_OWN_WORDS.get(error.status_code, kind.title))
    problem.headers |= dict(error.headers or {})
    return answer(problem, _request_id(request))


_OWN_WORDS = {
    404: "There is nothing at this address; /docs lists what there is",
    405: "This address does not take this method; the Allow header lists those it takes",
}


async def _on_database(request: Request, error: Exception) -> Response:
    """The database is away, full or too busy: nothing was stored, and trying again may help."""
    log_database(request, error)
    problem = Unavailable("The database cannot do this now; try again in a moment")
    return answer(problem, _request_id(request))


def log_database(request: Request, error: Exception) -> None:
    """Write to the log why the database could not do what a request needs."""
    _log.error("database", request=_request_id(request), exc_info=error)
