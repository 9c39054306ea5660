"""The rulebook that decides now, and who put which version live."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.responses import Response

from service.console.visit import Visit
from service.db import rulebooks

_KEY = re.compile(r"^(\s*(?:- )?)([A-Za-z][\w .'-]*?)(:)(\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the text, cut for the eye: a key in bold, a comment in grey."""

    before: str
    key: str
    after: str
    comment: bool


def live(visit: Visit) -> Response:
    """The live text with its line numbers, and the last publications."""
    with visit.services.database.read() as connection:
        version = rulebooks.live_version(connection)
        stored = rulebooks.get(connection, version) if version else None
        published = rulebooks.publications(connection, limit=20)
    text = stored.text if stored else ""
    return visit.show(
        "rulebook.html",
        stored=stored,
        lines=[_line(each) for each in text.splitlines()],
        rules={name: number for number, each in enumerate(text.splitlines(), 1) if (name := _rule(each))},
        published=published,
    )


def _line(text: str) -> Line:
    if text.lstrip().startswith("#"):
        return Line(before=text, key="", after="", comment=True)
    found = _KEY.match(text)
    if found is None:
        return Line(before=text, key="", after="", comment=False)
    return Line(before=found[1], key=found[2], after=text[found.end(2) :], comment=False)


def _rule(line: str) -> str | None:
    found = re.match(r"\s*- id:\s*(\S+)", line)
    return found[1] if found else None
