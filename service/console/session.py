"""The cookie of a session; what it is worth is in `service.people.sessions`.

With https it has the prefix `__Host-`: no other host and no path can set it.
"""

from __future__ import annotations

from starlette.responses import Response

from service.people.sessions import LASTS, Session, Sessions

__all__ = ["COOKIE", "LASTS", "Session", "Sessions", "clear_cookie", "cookie_name", "set_cookie"]

COOKIE = "muster_console"


def cookie_name(*, secure: bool, name: str = COOKIE) -> str:
    """What a cookie is called, by whether the browser comes with https."""
    return f"__Host-{name}" if secure else name


def set_cookie(response: Response, value: str, *, secure: bool, seconds: float, name: str = COOKIE) -> None:
    """Have the browser keep a cookie: for this host only, out of reach of scripts and other sites' forms."""
    response.set_cookie(
        cookie_name(secure=secure, name=name),
        value,
        max_age=int(seconds),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def clear_cookie(response: Response, *, secure: bool, name: str = COOKIE) -> None:
    """Have the browser forget a cookie."""
    response.delete_cookie(cookie_name(secure=secure, name=name), path="/", secure=secure, httponly=True)
