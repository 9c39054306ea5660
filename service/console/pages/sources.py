"""Sources: how each does, what it sent last beside what that was read as, and what waits for a person."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from starlette.responses import Response

from service.api.sources import Rotation, SourceChange, SourceIn, SourceMade, alter, make, rotate
from service.console import forms
from service.console.told import Told, Undo
from service.console.visit import Visit
from service.db import inbox, sources
from service.db.inbox import Entry, State
from service.db.sources import Source
from service.intake.mapping import BadItem, Mapped
from service.intake.reading import Ignored, Needed, Reader, called
from service.intake.sources import KINDS
from service.problems import Conflict, Invalid, NotFound, Problem

PAUSED = "Paused: what comes in is kept and read later.", "go on"
GOES_ON = "It goes on: what has come in meanwhile is read now.", "pause"
PAGE = 20
MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    """An item beside what it is read as by a mapping."""

    entry: Entry
    body: str
    meaning: str
    read: str


def listing(visit: Visit) -> Response:
    """Every source with its lag, and how many items wait or need a person."""
    return _list(visit)


def create(visit: Visit) -> Response:
    """Let a system post here, and show its secret this once."""
    said = {name: visit.form.get(name, "").strip() for name in ("name", "kind", "token_header", "secret")}
    try:
        wanted = forms.read(SourceIn, {name: value for name, value in said.items() if value})
        made = make(visit.services, wanted)
    except (Invalid, Conflict) as problem:
        return _list(visit, problem)
    return _show(visit, made.source.name, made=made)


def one(visit: Visit) -> Response:
    """The last items of a source, as they came and as they are read."""
    return _show(visit, visit.params["name"])


def change(visit: Visit) -> Response:
    """Try a mapping on the items there are, or save it; pause; make a new secret, shown this once."""
    name, wanted = visit.params["name"], visit.form.get("do", "")
    try:
        if wanted == "secret":
            return _show(visit, name, made=rotate(visit.services, name, Rotation()))
        if wanted in ("pause", "go on"):
            alter(visit.services, name, SourceChange(active=wanted == "go on"))
            words, back = PAUSED if wanted == "pause" else GOES_ON
            undo = Undo(path=f"/sources/{name}", form={"do": back})
            return visit.tell(Told(said=words, undo=undo), f"/sources/{name}")
        mapping = _mapping(visit.form.get("mapping", ""))
        if wanted == "try":
            return _show(visit, name, tried=mapping)
        alter(visit.services, name, forms.read(SourceChange, {"mapping": mapping}))
    except (Invalid, Conflict) as problem:
        return _show(visit, name, problem)
    return retry(visit) if wanted == "retry" else visit.go(f"/sources/{name}?saved=1")


def retry(visit: Visit) -> Response:
    """Have quarantined items read again by the mapping as it is now: one, or all of them."""
    services, name = visit.services, visit.params["name"]
    row = visit.params.get("item")
    services.database.transact(lambda c: inbox.retry(c, name, row, services.now()))
    services.bell.ring()
    return visit.go(f"/sources/{name}")


def _mapping(text: str) -> dict[str, Any]:
    """What was typed, checked as it will be read. Raises Invalid."""
    try:
        found = json.loads(text[:MOST] or "{}")
    except (ValueError, RecursionError) as error:
        at = (
            f" at line {error.lineno}, column {error.colno}"
            if isinstance(error, json.JSONDecodeError)
            else ""
        )
        raise forms.wrong("mapping", f"is no JSON{at}") from None
    if not isinstance(found, dict):
        raise forms.wrong("mapping", 'is an object, such as {"email": "person.email"}')
    forms.read(SourceChange, {"mapping": found}, "The mapping cannot be used")
    return found


def _list(visit: Visit, problem: Problem | None = None) -> Response:
    with visit.services.database.read() as connection:
        known = sources.listed(connection)
        lags, counts = inbox.lags(connection), inbox.counts(connection)
    return visit.show(
        "sources.html",
        status=type(problem).status if problem else 200,
        problem=problem,
        form=visit.form if problem else {},
        sources=known,
        lags=lags,
        counts=counts,
        kinds=KINDS,
    )


def _show(
    visit: Visit,
    name: str,
    problem: Problem | None = None,
    *,
    made: SourceMade | None = None,
    tried: dict[str, Any] | None = None,
) -> Response:
    state, before = visit.query.get("state", ""), visit.query.get("before", "")
    with visit.services.database.read() as connection:
        source = sources.get(connection, name)
        if source is None:
            raise NotFound("There is no source with this name")
        behind = int(before) if before.isdecimal() and len(before) < 19 else None
        wanted = State(state) if state in list(State) else None
        entries = inbox.page(connection, name, wanted, behind, PAGE + 1)
        lag = inbox.lags(connection).get(name)
        counts = inbox.counts(connection)
    by = source if tried is None else replace(source, mapping=tried)
    typed = visit.form.get("mapping", "") if problem or tried is not None else None
    return visit.show(
        "source.html",
        status=type(problem).status if problem else 200,
        problem=problem,
        made=made,
        tried=tried is not None,
        saved="saved" in visit.query,
        source=source,
        address=f"{visit.services.settings.base_url}/v1/webhooks/{source.name}",
        kind=KINDS[source.kind],
        items=[_shown(by, entry) for entry in entries[:PAGE]],
        older=entries[PAGE - 1].id if len(entries) > PAGE else None,
        state=state,
        lag=lag,
        counts={value: counts.get((source.name, value), 0) for value in State},
        mapping=_lines(source.mapping) if typed is None else typed,
    )


def _shown(source: Source, entry: Entry) -> ShownItem:
    if not entry.body:  # erased, or past its time
        return ShownItem(entry=entry, body="", meaning="deleted", read="")
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
