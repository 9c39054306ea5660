"""Around every request: an id, the time it took, a log line, figures, headers, and the last resort.

A fault of ours is answered here and ends here, so that no server above prints
a trace with somebody's data in it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.problems import REQUEST_ID, answer
from service.metrics import Metrics
from service.problems import Internal

_log = structlog.get_logger("muster.access")
_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_QUIET = frozenset({"/livez", "/readyz", "/metrics"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
_ENCRYPTED = (b"strict-transport-security", b"max-age=31536000")


class Access:
    """ASGI middleware; the outermost of ours. ``encrypted``: callers reach the service by https."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, new_id: Callable[[], str], encrypted: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._new_id = new_id
        self._headers = (*_HEADERS, _ENCRYPTED) if encrypted else _HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope[REQUEST_ID] = _given_id(scope) or self._new_id()
        began = time.perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._complete(message, request_id)
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:  # noqa: BLE001 - the last resort
            _log.error("fault", request=request_id, route=_route(scope), exc_info=True)
            if not status:
                problem = Internal("A fault of the service; quote the request id to its operator")
                await answer(problem, request_id)(scope, receive, sending)
        finally:
            self._note(scope, request_id, status, time.perf_counter() - began)

    def _complete(self, message: Message, request_id: str) -> None:
        headers = list(message.get("headers", ()))
        there = {name.lower() for name, _ in headers}
        headers += [header for header in self._headers if header[0] not in there]
        message["headers"] = [*headers, (b"x-request-id", request_id.encode())]

    def _note(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = _route(scope)
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.request_seconds.labels(method, route).observe(seconds)
        if route in _QUIET and status < 400:
            return
        caller = getattr(scope.get("state", {}).get("caller"), "id", None)
        _log.info(
            "request",
            request=request_id,
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            caller=caller,
        )


def _route(scope: Scope) -> str:
    """The route's template, which has no identifiers in it."""
    return getattr(scope.get("route"), "path", None) or "unmatched"


def _given_id(scope: Scope) -> str | None:
    """The id that a proxy or the caller gave the request, when it is fit for a log line."""
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode(
        "latin-1"
    )
    return given if _GIVEN_ID.fullmatch(given) else None
