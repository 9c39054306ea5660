"""Signing in, with a password, at an identity provider or with an API key; and out again."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from service.auth import Scope
from service.console.session import LASTS, clear_cookie, cookie_name, set_cookie
from service.console.visit import Visit
from service.people import oidc, people
from service.people.oidc import STATE_LASTS, SignInFailed
from service.problems import Conflict, Invalid, TooMany, Unauthorized

STATE_COOKIE = "muster_state"
_NO_READ = "This key may not read. Use one with the scope read, ops-editor, ops-approver or admin."
_NO_ROLE = "You are known, but have no role here that may read. An admin can give you one."
_OVER = "This link was used, or is older than a day. Ask an admin for a new one."


def ask(visit: Visit) -> Response:
    """The form to sign in on."""
    return _form(visit, visit.query.get("next", "/"))


def sign_in(visit: Visit) -> Response:
    """Begin a session for whoever gives a password or a key that may read, and go where they wanted to."""
    wanted = visit.form.get("next", "/")
    email = visit.form.get("email", "").strip()
    try:
        return _with_password(visit, email, wanted) if email else _with_key(visit, wanted)
    except (Unauthorized, TooMany) as problem:
        response = _form(visit, wanted, status=problem.status, problem=f"{problem.detail}.", email=email)
        if wait := problem.headers.get("Retry-After"):
            response.headers["Retry-After"] = wait
        return response


def away(visit: Visit) -> Response:
    """Send the browser to the identity provider."""
    if visit.services.sign_on is None:
        raise Invalid("No identity provider is set up; see MUSTER_OIDC_ISSUER")
    try:
        begun = visit.services.sign_on.begin(visit.form.get("next", "/"))
    except SignInFailed as problem:
        return _form(visit, "/", status=503, problem=f"{problem.detail}.")
    response = RedirectResponse(begun.url, status_code=303)
    lasts = STATE_LASTS.total_seconds()
    set_cookie(response, begun.state, secure=visit.secure, seconds=lasts, name=STATE_COOKIE)
    return response


def back(visit: Visit) -> Response:
    """Begin a session for whoever comes back from the identity provider."""
    if visit.services.sign_on is None:
        raise Invalid("No identity provider is set up; see MUSTER_OIDC_ISSUER")
    cookie = visit.cookies.get(cookie_name(secure=visit.secure, name=STATE_COOKIE))
    try:
        claims, wanted = visit.services.sign_on.finish(visit.query, cookie)
        roles = oidc.roles_of(claims.groups, visit.services.settings.oidc_roles)
        person = visit.services.people.from_provider(
            claims.subject, claims.email, claims.name, roles, verified=claims.verified
        )
    except (SignInFailed, Conflict, Invalid) as problem:
        return _form(visit, "/", status=401, problem=f"{problem.detail}.")
    caller = people.caller_of(person)
    if caller is None or not caller.has(Scope.READ):
        return _form(visit, "/", status=403, problem=_NO_ROLE)
    response = _begun(visit, visit.services.sessions.begin(person=person.id), wanted)
    clear_cookie(response, secure=visit.secure, name=STATE_COOKIE)
    return response


def sign_out(visit: Visit) -> Response:
    """End the session, here and wherever its cookie was copied to."""
    visit.services.sessions.end(visit.cookie)
    response = visit.go("/sign-in")
    clear_cookie(response, secure=visit.secure)
    return response


def ask_password(visit: Visit) -> Response:
    """The form on which a link lets somebody set their password."""
    return _password_form(visit, visit.query.get("link", ""))


def set_password(visit: Visit) -> Response:
    """Set a password by a link, and ask to sign in with it."""
    link, password = visit.form.get("link", ""), visit.form.get("password", "")
    if password != visit.form.get("again"):
        return _password_form(visit, link, problem="The two are not the same.")
    try:
        person = visit.services.people.set_password(link, password)
    except Invalid as problem:
        return _password_form(visit, link, problem=f"{problem.detail}.")
    if person is None:
        return _password_form(visit, link)
    return _form(visit, "/", email=person.email, told="The password is set. Sign in with it.")


def _with_password(visit: Visit, email: str, wanted: str) -> Response:
    """As `sign_in`; what fails counts, for the account and for where it comes from."""
    tries = (f"from {visit.address}", f"as {email.lower()[:320]}")
    for each in tries:
        visit.services.attempts.take(each)
    person = visit.services.people.recognise(email, visit.form.get("password", ""))
    caller = people.caller_of(person) if person else None
    if person is None or caller is None:
        raise Unauthorized("The e-mail address or the password is not right")
    for each in tries:
        visit.services.attempts.give_back(each)
    if not caller.has(Scope.READ):
        return _form(visit, wanted, status=403, problem=_NO_ROLE, email=email)
    return _begun(visit, visit.services.sessions.begin(person=person.id), wanted)


def _with_key(visit: Visit, wanted: str) -> Response:
    caller = visit.services.keys.recognise(visit.form.get("key", "").strip())
    if not caller.has(Scope.READ):
        return _form(visit, wanted, status=403, problem=_NO_READ)
    return _begun(visit, visit.services.sessions.begin(api_key=caller.id), wanted)


def _begun(visit: Visit, cookie: str, wanted: str) -> Response:
    """The session that was there before ends: nobody goes on under a cookie that another may know."""
    if visit.cookie:
        visit.services.sessions.end(visit.cookie)
    inside = wanted.startswith("/") and "\\" not in wanted and not wanted.startswith("//")
    response = visit.go(wanted if inside else "/")
    set_cookie(response, cookie, secure=visit.secure, seconds=LASTS.total_seconds())
    return response


def _form(
    visit: Visit,
    wanted: str,
    *,
    status: int = 200,
    problem: str | None = None,
    told: str | None = None,
    email: str = "",
) -> Response:
    single = visit.services.sign_on is not None
    return visit.show(
        "sign_in.html", status=status, next=wanted, problem=problem, told=told, email=email, single=single
    )


def _password_form(visit: Visit, link: str, problem: str | None = None) -> Response:
    person = visit.services.people.invited(link)
    over = None if person else _OVER
    return visit.show(
        "password.html",
        status=400 if problem or over else 200,
        link=link,
        person=person,
        problem=problem or over,
    )
