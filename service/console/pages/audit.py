"""The audit log, for admins: who changed what, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

from pydantic_core import to_json
from starlette.responses import Response

from service.audit import words
from service.audit.words import said
from service.console.links import listed
from service.console.period import NAMES, OWN, Span, asked
from service.console.visit import Visit
from service.db import audit
from service.db.audit import Entry, Wanted
from service.spreadsheet import line

ROWS = 100
FILE_ROWS = 5_000
PATH = "/audit"
COLUMNS = ("at", "who", "what", "to_what", "place", "action", "detail")
_FILTERS = ("actor", "action", "subject", "decisions")


def listing(visit: Visit) -> Response:
    """A page of entries, by actor, words, subject and time; decisions only where they are asked for."""
    span = asked(visit.query, visit.zone, visit.services.now())
    chosen = {name: visit.query[name] for name in _FILTERS if name in visit.query}
    period = dict(span.said) if span else {}
    with visit.services.database.read() as connection:
        if visit.query.get("format") == "csv":
            entries = audit.page(connection, _wanted(chosen, span), FILE_ROWS)
            return visit.file("".join(_lines(entries)), "audit")
        found = audit.page(connection, _wanted(chosen, span, visit.query.get("before", "")), ROWS + 1)
        head = audit.head(connection)
    return visit.show(
        "audit.html",
        entries=found[:ROWS],
        said=said,
        older=listed(PATH, chosen, period, before=str(found[ROWS - 1].id)) if len(found) > ROWS else None,
        file=listed(PATH, chosen, period, format="csv"),
        most=FILE_ROWS,
        chosen=chosen,
        everything=sorted(set(words.words().values())),
        periods=NAMES,
        own=OWN,
        span=span,
        head=head,
    )


def _wanted(chosen: dict[str, str], span: Span | None, before: str = "") -> Wanted:
    return Wanted(
        actor=chosen.get("actor"),
        actions=words.called(chosen["action"]) if "action" in chosen else None,
        subject=chosen.get("subject"),
        since=span.since if span else None,
        until=span.until if span else None,
        decisions="decisions" in chosen,
        before=int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None,
    )


def _lines(entries: Iterable[Entry]) -> Iterable[str]:
    """Entries as lines for a spreadsheet."""
    yield line(COLUMNS)
    for each in entries:
        at = each.at.astimezone(UTC).isoformat(timespec="seconds")
        told = said(each.action, each.detail)
        yield line((at, each.actor, told, each.subject, each.seq, each.action, to_json(each.detail).decode()))
