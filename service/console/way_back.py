"""The way back from a refusal: the page of the console that a form, or a part of a page, stands on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from starlette.requests import Request
from starlette.routing import Route

from service.console.told import NAME

_PART = re.compile(r"{(\w+)(?::\w+)?}")


def stands_on(request: Request) -> str | None:
    """The page that a request came from, below the console's base and without what it told; or None.

    A page that answered a form stands at the form's address, which only takes forms: the way back is
    then to the page that the form is of.
    """
    said = urlsplit(request.headers.get("hx-current-url") or request.headers.get("referer", ""))
    base = request.scope.get("root_path", "")
    if not said.path.startswith(f"{base}/"):
        return None
    path = said.path.removeprefix(base)
    page = _page(path, [each for each in request.app.routes if isinstance(each, Route)])
    if page != path:
        return page
    query = [(name, value) for name, value in parse_qsl(said.query) if name != NAME]
    return path + (f"?{urlencode(query)}" if query else "")


def _page(path: str, routes: Sequence[Route]) -> str | None:
    """The address itself where it is of a page, else that of the nearest page above it; None: it is none."""
    pages = {each.path for each in routes if "GET" in (each.methods or ())}
    matches = ((each.path, each.path_regex.match(unquote(path))) for each in routes)
    at, found = next(((at, found) for at, found in matches if found is not None), (None, None))
    if at is None or found is None:
        return None
    if at in pages:
        return path
    while at and at not in pages:
        at = at.rpartition("/")[0]
    return _PART.sub(lambda part: quote(found[part[1]], safe=""), at) or "/"
