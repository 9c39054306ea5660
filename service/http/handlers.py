"""Every error that ends a request is answered with a problem document: ours, FastAPI's, the database's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, get_args, get_origin

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.http.problems import REQUEST_ID, answer
from service.problems import (
    Conflict,
    FieldError,
    Forbidden,
    Internal,
    Invalid,
    Malformed,
    MethodNotAllowed,
    NotFound,
    Problem,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
)
from service.validation import pointer, sentence

_log = structlog.get_logger("muster.problems")


def install(app: FastAPI) -> None:
    """Answer every error of the application with a problem document."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(OperationalError, _on_database)
    app.add_exception_handler(PoolTimeout, _on_database)


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
        detail = sentence(one, model if len(rest) == 1 else None)
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
