"""Signing in with an API key, and out again."""

from __future__ import annotations

from starlette.responses import Response

from service.auth import Scope
from service.console.session import COOKIE, LASTS
from service.console.visit import Visit
from service.problems import Unauthorized


def ask(visit: Visit) -> Response:
    """The form to sign in on."""
    return visit.show("sign_in.html", next=visit.query.get("next", "/"), problem=None)


def sign_in(visit: Visit) -> Response:
    """Begin a session for a key that may read, and go where the reader wanted to."""
    wanted = visit.form.get("next", "/")
    try:
        caller = visit.services.keys.recognise(visit.form.get("key", "").strip())
    except Unauthorized as problem:
        return visit.show("sign_in.html", status=401, next=wanted, problem=f"{problem.detail}.")
    if not caller.has(Scope.READ):
        said = "This key may not read. Use one with the scope read, ops-editor, ops-approver or admin."
        return visit.show("sign_in.html", status=403, next=wanted, problem=said)
    response = visit.go(wanted if wanted.startswith("/") and "\\" not in wanted else "/")
    response.set_cookie(
        COOKIE,
        visit.sessions.begin(caller),
        max_age=int(LASTS.total_seconds()),
        path=visit.base or "/",
        secure=visit.secure,
        httponly=True,
        samesite="lax",
    )
    return response


def sign_out(visit: Visit) -> Response:
    """End the session of this browser."""
    response = visit.go("/sign-in")
    response.delete_cookie(COOKIE, path=visit.base or "/")
    return response
