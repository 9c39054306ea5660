"""How problems are sent, and described: as RFC 9457 problem documents."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from service.problems import Problem

MEDIA_TYPE = "application/problem+json"
REQUEST_ID = "muster.request_id"
"""Where a request's id is kept in its ASGI scope."""


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


def answer(problem: Problem, request_id: str | None = None) -> Response:
    """The HTTP answer that tells of ``problem``."""
    document = problem.document()
    if request_id:
        document["request_id"] = request_id
    return JSONResponse(
        document, status_code=type(problem).status, headers=problem.headers, media_type=MEDIA_TYPE
    )
