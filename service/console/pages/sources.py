"""Sources: how each does, what it sent last beside what that was read as, and what waits for a person."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from starlette.responses import Response

from service.console.visit import Visit
from service.db import inbox, sources
from service.db.inbox import Entry, State
from service.db.sources import Source
from service.intake.mapping import BadItem, Mapped
from service.intake.reading import Ignored, Needed, Reader, called
from service.intake.sources import KINDS
from service.problems import NotFound

PAGE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    """An item beside what it is read as by the mapping as it is now."""

    entry: Entry
    body: str
    meaning: str
    read: str


def listing(visit: Visit) -> Response:
    """Every source with its lag, and how many items wait or need a person."""
    with visit.services.database.read() as connection:
        known = sources.listed(connection)
        lags, counts = inbox.lags(connection), inbox.counts(connection)
    return visit.show("sources.html", sources=known, lags=lags, counts=counts, kinds=KINDS)


def one(visit: Visit) -> Response:
    """The last items of a source, as they came and as they are read."""
    name, state = visit.params["name"], visit.query.get("state", "")
    before = visit.query.get("before", "")
    with visit.services.database.read() as connection:
        source = sources.get(connection, name)
        if source is None:
            raise NotFound("There is no source with this name")
        behind = int(before) if before.isdecimal() and len(before) < 19 else None
        wanted = State(state) if state in list(State) else None
        entries = inbox.page(connection, name, wanted, behind, PAGE + 1)
        lag = inbox.lags(connection).get(name)
        counts = inbox.counts(connection)
    return visit.show(
        "source.html",
        source=source,
        kind=KINDS[source.kind],
        items=[_shown(source, entry) for entry in entries[:PAGE]],
        older=entries[PAGE - 1].id if len(entries) > PAGE else None,
        state=state,
        lag=lag,
        counts=counts,
        mapping=json.dumps(source.mapping, indent=2, ensure_ascii=False),
    )


def retry(visit: Visit) -> Response:
    """Have quarantined items read again by the mapping as it is now: one, or all of them."""
    services, name = visit.services, visit.params["name"]
    row = visit.params.get("item")
    services.database.transact(lambda c: inbox.retry(c, name, row, services.now()))
    services.bell.ring()
    return visit.go(f"/sources/{name}")


def _shown(source: Source, entry: Entry) -> ShownItem:
    body = json.loads(entry.body)
    record = json.loads(entry.record) if entry.record else None
    try:
        meaning = Reader(source).meaning(body, record, entry.received_at)
        name = called(meaning)
        if isinstance(meaning, Mapped):
            told = asdict(meaning.contact)
        elif isinstance(meaning, Ignored | Needed):
            told = asdict(meaning)
        else:
            told = {"said": str(meaning)}
        read = _lines({field: value for field, value in told.items() if value not in (None, {}, ())})
    except BadItem as bad:
        name, read = "problem", str(bad)
    return ShownItem(entry=entry, body=_lines(body), meaning=name, read=read)


def _lines(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)
