"""Rulebooks: the one that decides now, any earlier version, and who put which one live."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Connection
from starlette.responses import Response

from service.auth import Scope
from service.console.pages.drafting import difference
from service.console.told import STILL, print_of
from service.console.visit import Visit
from service.db import rulebooks, schedules
from service.problems import NotFound

_RULE = re.compile(r"\s*- id:\s*(\S+)")
_KEY = re.compile(r"^(\s*(?:- )?)([A-Za-z][\w .'-]*?)(:)(\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the text, cut for the eye: a key in bold, a comment in grey. ``rule`` begins on it."""

    before: str
    key: str = ""
    after: str = ""
    comment: bool = False
    rule: str | None = None


def live(visit: Visit) -> Response:
    """The live text with its line numbers, and the last publications."""
    with visit.services.database.read() as connection:
        return _show(visit, connection, rulebooks.live_version(connection))


def version(visit: Visit) -> Response:
    """The text of one version, by the first characters of its hash."""
    with visit.services.database.read() as connection:
        found = rulebooks.find(connection, visit.params["version"])
        if len(found) != 1:
            raise NotFound("There is no such version of the rulebook")
        return _show(visit, connection, found[0])


def diff(visit: Visit) -> Response:
    """What a version changed against the one that is live, or against another; said neither, the draft."""
    before = visit.query.get("before", "live")
    with visit.services.database.read() as connection:
        begun = rulebooks.draft(connection).author is not None
        after = visit.query.get("after", "draft" if begun else "live")
        alike = before == after == "live"
        lines = None if alike else difference(_text(connection, before), _text(connection, after))
    return visit.show("diff.html", before=before, after=after, lines=lines)


def _text(connection: Connection, name: str) -> str:
    if name == "draft":
        return rulebooks.draft(connection).text
    live = rulebooks.live_version(connection)
    found = [live] if name == "live" else rulebooks.find(connection, name)
    stored = rulebooks.get(connection, found[0]) if len(found) == 1 and found[0] else None
    if stored is None:
        raise NotFound("There is no such version of the rulebook")
    return stored.text


def _show(visit: Visit, connection: Connection, wanted: str | None) -> Response:
    stored = rulebooks.get(connection, wanted) if wanted else None
    draft = rulebooks.draft(connection)
    lines = [_line(each) for each in stored.text.splitlines()] if stored else []
    return visit.show(
        "rulebook.html",
        stored=stored,
        live=rulebooks.live_version(connection),
        lines=lines,
        rules=[line.rule for line in lines if line.rule],
        published=rulebooks.publications(connection, limit=20),
        begun=draft.author is not None,
        taking_up={STILL: print_of(draft.etag)},
        schedules=schedules.page(connection, before=None, limit=5),
        just_published="published" in visit.query,
        approver=visit.session is not None and visit.session.caller.has(Scope.OPS_APPROVER),
    )


def _line(text: str) -> Line:
    if text.lstrip().startswith("#"):
        return Line(before=text, comment=True)
    found = _KEY.match(text)
    if found is None:
        return Line(before=text)
    rule = _RULE.match(text)
    return Line(before=found[1], key=found[2], after=text[found.end(2) :], rule=rule[1] if rule else None)
