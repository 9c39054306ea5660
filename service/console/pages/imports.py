"""Imports: a file is chosen, looked at before anything is stored, then stored while one watches."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection
from starlette.responses import Response

from service.console.visit import Visit
from service.db import imports as db
from service.db.imports import Claimed, ImportRun, State
from service.imports import preview
from service.imports.dates import Dates
from service.imports.errors import as_text
from service.imports.headers import Kind, known_fields
from service.imports.preview import Preview
from service.imports.reading import Unreadable, format_of
from service.imports.rows import Fault
from service.problems import Conflict, Invalid, Malformed, NotFound, Problem
from service.worker.imports import MEDIA_TYPES, media_type_of, month_first, opened

NEWEST, SHOWN = 30, 100
UNDER_WAY = (State.WAITING, State.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """A kind of file: its name, and what its rows are."""

    label: str
    note: str


KINDS = {
    Kind.ACCOUNTS: Holds(label="Accounts", note="the companies of the CRM; each with its id"),
    Kind.REPS: Holds(label="Reps", note="who can own; each with an id, as owners of accounts name them"),
    Kind.OPPORTUNITIES: Holds(label="Opportunities", note="deals, each with its id and its account's"),
    Kind.ACTIVITIES: Holds(label="Activities", note="calls, mails, meetings, each with its id"),
    Kind.CONTACTS: Holds(
        label="Contacts", note="people who came in; each is decided as if a form had sent it"
    ),
    Kind.SIGNALS: Holds(label="Signals", note="intent and engagement, as 6sense and its like export them"),
}


def listing(visit: Visit) -> Response:
    """The newest imports, and a form for another."""
    return _list(visit)


def propose(visit: Visit) -> Response:
    """Keep a file to be looked at; nothing of it is stored yet."""
    services, run_id, chosen = visit.services, visit.services.new_id(), visit.files.get("file")
    try:
        kind, said = Kind(visit.form.get("kind", "")), visit.form.get("dates")
        dates = Dates(said) if said else None
    except ValueError:
        return _list(visit, Malformed("Say what the file holds, and of its dates nothing, mdy or dmy"))
    if chosen is None or not chosen.name:
        return _list(visit, Malformed("Choose a file first"))
    try:
        form = format_of(chosen.name)
        plain = next(name for name, each in MEDIA_TYPES.items() if each is form)
        media_type = media_type_of(plain, dates)
        file = Claimed(id=run_id, kind=kind, media_type=media_type, body=chosen.body)
        _look(file)
    except Unreadable as wrong:
        return _list(visit, Invalid(str(wrong)))
    now = services.now()
    services.database.transact(
        lambda c: db.add(c, run_id, kind, media_type, chosen.body, now, state=State.PROPOSED)
    )
    return visit.go(f"/imports/{run_id}")


def one(visit: Visit) -> Response:
    """How a proposed file would be read; how far an import has come; what is wrong with its rows."""
    with visit.services.database.read() as connection:
        run = _found(connection, visit.params["import_id"])
        file = db.proposed(connection, run.id)
    return visit.show(
        "import_live.html" if visit.fragment else "import.html",
        run=run,
        holds=KINDS[Kind(run.kind)],
        file=file and _look(file),
        size=len(file.body) if file else 0,
        running=run.state in UNDER_WAY,
        shown=run.errors[:SHOWN],
        most=db.MAX_ERRORS,
    )


def start(visit: Visit) -> Response:
    """Have a worker store a proposed file. Said twice, it is stored once."""
    run_id = visit.params["import_id"]
    if visit.services.database.transact(lambda c: db.start(c, run_id)):
        visit.services.bell.ring()
    return visit.go(f"/imports/{run_id}")


def drop(visit: Visit) -> Response:
    """Forget a proposed file."""
    run_id = visit.params["import_id"]
    if not visit.services.database.transact(lambda c: db.drop(c, run_id)):
        raise Conflict("This file is being stored already, or was forgotten; nothing was changed")
    return visit.go("/imports?dropped=1")


def errors(visit: Visit) -> Response:
    """What is wrong with the rows, as a file for a spreadsheet: the one that `muster import` writes."""
    with visit.services.database.read() as connection:
        run = _found(connection, visit.params["import_id"])
    faults = [
        Fault(line=each.line, column=each.column, problem=each.problem, left_out=each.left_out)
        for each in run.errors
    ]
    name = f"{run.kind}-{run.created_at:%Y-%m-%d-%H%M}.csv.errors.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(as_text(faults), media_type="text/csv", headers=headers)


def _list(visit: Visit, problem: Problem | None = None) -> Response:
    with visit.services.database.read() as connection:
        runs = db.newest(connection, NEWEST)
    return visit.show(
        "imports.html",
        status=type(problem).status if problem else 200,
        problem=problem,
        runs=runs,
        kinds=KINDS,
        fields={kind: known_fields(kind) for kind in KINDS},
        chosen=visit.form.get("kind", visit.query.get("kind", "")),
        largest=visit.services.settings.max_import_body,
        dropped="dropped" in visit.query,
    )


def _look(file: Claimed) -> Preview:
    """Raises Unreadable."""
    return preview.look(opened(file), Kind(file.kind), month_first(file))


def _found(connection: Connection, run_id: str) -> ImportRun:
    found = db.get(connection, run_id)
    if found is None:
        raise NotFound("There is no import with this id; files that nobody wanted stored are kept for a day")
    return found
