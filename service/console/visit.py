"""One request to one page: who asks, for what, and the answer.

A page is a plain function from a `Visit` to a response. `page` puts around it
what every page needs: a session, a checked form, and a thread of its own.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from routing.zones import ZONES
from service.audit.log import Act, as_actor
from service.auth import Caller, Scope
from service.console.rendering import render
from service.console.session import Session, cookie_name
from service.console.told import NAME, Told, address, opened, sealed
from service.console.unsent import typed
from service.console.uploads import Upload, carries_files, read_uploads
from service.console.way_back import stands_on
from service.http.body import read_body
from service.http.limits import Work
from service.problems import Conflict, Forbidden, Invalid, Malformed, Problem, TooLarge
from service.services import Services

_FIELDS = 2_000
"""The most fields of a form: a file of many columns has one for each."""
ZONE = "muster_zone"
"""The cookie in which console.js leaves the zone of the reader's computer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request as a page sees it. ``fragment``: htmx asks for a part of the page only."""

    services: Services
    session: Session | None
    base: str
    path: str
    secure: bool
    fragment: bool
    params: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    takes_gzip: bool = False

    @property
    def cookie(self) -> str | None:
        """The cookie of the session."""
        return self.cookies.get(cookie_name(secure=self.secure))

    @property
    def zone(self) -> str:
        """The reader's time zone (IANA); UTC until the browser has said it."""
        said = unquote(self.cookies.get(ZONE, ""))
        return said if said in ZONES else "UTC"

    def may(self, scope: str) -> bool:
        """Whether whoever is signed in may do what takes this scope."""
        return self.session is not None and self.session.caller.has(Scope(scope))

    def takes(self, scope: str) -> str:
        """What whoever is signed in must have for it, in the words for a person or for a key."""
        if self.session is not None and self.session.by_key:
            return f"a key with the scope {scope}"
        return f"the role {scope}; an admin can give it to you"

    @property
    def caller(self) -> Caller:
        """Who is signed in; only for pages that ask for it."""
        if self.session is None:
            raise Forbidden("Sign in first")
        return self.session.caller

    def show(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page, or the part of it that was asked for."""
        html = render(template, base=self.base, visit=self, **values)
        return HTMLResponse(html, status_code=status, headers={"vary": "HX-Request"})

    def file(self, lines: str, name: str) -> Response:
        """A file of CSV for a spreadsheet, called ``name``."""
        headers = {"content-disposition": f'attachment; filename="{name}.csv"', "cache-control": "no-store"}
        return Response(lines, media_type="text/csv", headers=headers)

    def go(self, path: str) -> Response:
        """Send the reader to another page of the console, ``path`` below its base."""
        return RedirectResponse(self.base + path, status_code=303)

    def go_to(self, path: str, *names: str) -> Response:
        """As `go`, to a ``path`` with a ``{}`` for each name, whatever characters the names have."""
        return self.go(address(path, *names))

    def tell(self, told: Told, path: str) -> Response:
        """As `go`, and say there what was done, with the way back."""
        assert self.session is not None
        said = sealed(told, self.session.token, self.services.now())
        return self.go(f"{path}{'&' if '?' in path else '?'}{NAME}={said}")

    def change(
        self, work: Callable[[Connection], Told], path: str, refused: Callable[[Visit, Problem], Response]
    ) -> Response:
        """Do it in one transaction and say at ``path`` what was done, with the way back.

        A page of its own says what keeps it from being done: ``refused``, with the form as it was sent.
        """
        try:
            told = self.services.database.transact(work)
        except (Invalid, Conflict) as problem:
            return refused(self, problem)
        self.services.bell.ring()
        return self.tell(told, path)

    @property
    def told(self) -> Told | None:
        """What was just done, where the address carries it."""
        if self.session is None or NAME not in self.query:
            return None
        return opened(self.query[NAME], self.session.token, self.services.now())


Page = Callable[[Visit], Response]
Handler = Callable[[Request], Any]


def page(
    function: Page, *, needs: Scope | None = Scope.READ, work: Work | None = None, long: bool = False
) -> Handler:
    """A page for those who are signed in and have the scope it ``needs``; others are asked to sign in first.

    What a form of it changes is on record as done by whoever is signed in. A page that takes long holds a
    place of its kind of ``work`` meanwhile, among the calls of the API; without one it says to wait.
    A ``long`` form may be as large without a session as with one: what is typed into it is kept.
    """

    async def answer(visit: Visit) -> Response:
        if work is None:
            return await run_in_threadpool(function, visit)
        async with visit.services.places.held(work):
            return await run_in_threadpool(function, visit)

    async def handle(request: Request) -> Response:
        visit = await _visit(request, long=long)
        if visit.session is None:
            return _stays(visit, request, 401) or _ask_to_sign_in(visit, request)
        if needs is not None and not visit.may(needs):
            raise Forbidden(f"This takes {visit.takes(needs)}")
        if request.method != "POST":
            return await answer(visit)
        if not hmac.compare_digest(visit.form.get("token", "").encode(), visit.session.token.encode()):
            stays = _stays(visit, request, 403)
            if stays is not None:
                return stays
            raise Forbidden("This form is from another session; load the page again and send it once more")
        with as_actor(_act(request, visit.session), visit.services.now):
            return await answer(visit)

    return handle


def open_page(function: Page) -> Handler:
    """A page for everyone: the one to sign in on."""

    async def handle(request: Request) -> Response:
        return await run_in_threadpool(function, await _visit(request))

    return handle


def _act(request: Request, session: Session) -> Act:
    caller, route = session.caller, getattr(request.scope.get("route"), "path", "")
    subject = " ".join(str(value) for value in request.path_params.values())
    return Act(actor=caller.name, actor_id=caller.id, action=f"console {route}", subject=subject)


async def _visit(request: Request, *, long: bool = False) -> Visit:
    services: Services = request.app.state.services
    secure = request.url.scheme == "https" or services.settings.base_url.startswith("https:")
    cookie = request.cookies.get(cookie_name(secure=secure))
    session = await run_in_threadpool(services.sessions.read, cookie)
    form: Mapping[str, str] = {}
    files: Mapping[str, Upload] = {}
    if request.method == "POST":
        _check_origin(request, services)
        limit = services.settings.max_batch_body if session or long else services.settings.max_body
        if not carries_files(request):
            form = await _read_form(request, limit)
        elif session:
            form, files = await read_uploads(request, services.settings.max_import_body)
    base = request.scope.get("root_path", "")
    return Visit(
        services=services,
        session=session,
        base=base,
        path=request.scope["path"].removeprefix(base) or "/",
        secure=secure,
        fragment=request.headers.get("hx-request") == "true",
        params=request.path_params,
        query={name: value.strip() for name, value in request.query_params.items() if value.strip()},
        form=form,
        files=files,
        cookies=request.cookies,
        takes_gzip="gzip" in request.headers.get("accept-encoding", ""),
        address=request.client.host if request.client else "",
    )


async def _read_form(request: Request, limit: int) -> dict[str, str]:
    try:
        body = await read_body(request, limit)
    except TooLarge:
        raise TooLarge(f"The form has more than {limit:,} bytes, the most that is read here") from None
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS, errors="strict"))
    except ValueError:
        raise Malformed("The form cannot be read; send it from the page") from None


def _check_origin(request: Request, services: Services) -> None:
    origin = request.headers.get("origin")
    hosts = {request.headers.get("host"), urlsplit(services.settings.base_url).netloc}
    if origin is not None and urlsplit(origin).netloc not in hosts:
        raise Forbidden("This form was sent from another site")


def _stays(visit: Visit, request: Request, status: int) -> Response | None:
    """What keeps what was typed in a session that is over; None: nothing was.

    A part leaves its page as it is, and says what has happened. A form comes back, to be sent again.
    """
    if visit.fragment:
        return visit.show("part_over.html", status=status, posted=request.method == "POST")
    fields = None if visit.files else typed(visit.form)
    if fields is None:
        return None
    back = stands_on(request) or "/"
    return visit.show("unsent.html", status=status, fields=fields, again=quote(visit.path), back=back)


def _ask_to_sign_in(visit: Visit, request: Request) -> Response:
    """To the sign-in, and from there to the page: of a form, the page that it stands on."""
    path = visit.path
    if request.method == "POST":
        path = unquote(urlsplit(stands_on(request) or "/").path)
    return RedirectResponse(f"{visit.base}/sign-in?next={quote(path)}", status_code=303)
