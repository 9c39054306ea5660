"""The pages behind the links of notices. Looking at one changes nothing; its button does.

Mail servers and chats fetch links to look at them, so GET and HEAD are for
anybody who does, as often as they like. What a link does is done by POST, once.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from routing.types.pools import TurnReturn
from service.api.deps import ServicesDep
from service.api.endpoint import OpenEndpoint
from service.delivery.links import PATH, Action, BadLink, EndedLink, Link
from service.desk.answering import Answering, Standing
from service.services import Services

api = APIRouter(route_class=OpenEndpoint, include_in_schema=False)

_PAGES = Environment(
    loader=PackageLoader("service.api", "pages"),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # the address is the right to answer
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
_LONGEST_REASON = 500

REASONS = {
    TurnReturn.NOT_MINE: "another territory, segment or product",
    TurnReturn.WRONG_MATCH: "it belongs to another account",
    TurnReturn.DUPLICATE: "a duplicate",
    TurnReturn.INVALID: "no buyer: a test, a student, a bounced address",
    TurnReturn.TOO_BUSY: "no time just now",
    TurnReturn.REJECTED: "another reason",
}
_NOT_NOW = {
    Standing.USED: (
        409,
        "This was answered already",
        "The links of a notice work once, and one of them was used.",
    ),
    Standing.PASSED: (
        409,
        "This contact has moved on",
        "It is not in your hands any more, so there is nothing to do.",
    ),
}


@api.api_route(PATH + "{token}", methods=["GET", "HEAD"])
async def show_link(token: str, services: ServicesDep) -> Response:
    """Ask whether to go on. Changes nothing."""
    link = _read(token, services)
    if isinstance(link, Response):
        return link
    stands = await run_in_threadpool(_answering(services).standing, link)
    if stands is not Standing.OPEN:
        return _said(*_NOT_NOW[stands])
    return _page(
        200, action=link.action, reasons=REASONS if link.action is Action.REJECT else {}, title=_title(link)
    )


@api.post(PATH + "{token}")
async def use_link(token: str, request: Request, services: ServicesDep) -> Response:
    """Accept or reject, once."""
    link = _read(token, services)
    if isinstance(link, Response):
        return link
    form = parse_qs((await request.body()).decode("utf-8", "replace"))
    code = _code(form.get("code", [""])[0])
    said = " ".join(form.get("reason", [""])[0].split())[:_LONGEST_REASON]
    stands = await run_in_threadpool(_answering(services).use, link, said or REASONS[code], code)
    if stands is not Standing.OPEN:
        return _said(*_NOT_NOW[stands])
    services.bell.ring()
    if link.action is Action.ACCEPT:
        return _said(200, "Accepted", "The contact is yours. You can close this page.")
    return _said(200, "Rejected", "The rules now decide who gets the contact. You can close this page.")


def _read(token: str, services: Services) -> Link | Response:
    try:
        return services.links.read(token, services.now())
    except EndedLink:
        return _said(410, "This link has ended", "Ask whoever looks after Muster, or answer in the CRM.")
    except BadLink:
        return _said(
            404, "There is nothing here", "The link is not complete. Copy it whole from the message."
        )


def _answering(services: Services) -> Answering:
    return Answering(database=services.database, desk=services.desk, clock=services.now)


def _code(text: str) -> TurnReturn:
    return TurnReturn(text) if text in {each.value for each in REASONS} else TurnReturn.REJECTED


def _title(link: Link) -> str:
    return "Accept this contact?" if link.action is Action.ACCEPT else "Reject this contact?"


def _said(status: int, title: str, text: str) -> Response:
    return _page(status, title=title, text=text)


def _page(status: int, **said: object) -> Response:
    return HTMLResponse(_PAGES.get_template("link.html").render(**said), status, headers=_HEADERS)
