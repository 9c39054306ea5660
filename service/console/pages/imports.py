"""Imports: a file is chosen, looked at before anything is stored, then stored while one watches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection
from starlette.responses import Response

from service.console.visit import Visit
from service.db import imports as db
from service.db.imports import ImportRun, State
from service.imports import preview
from service.imports.dates import Dates
from service.imports.errors import as_text
from service.imports.headers import CUSTOM, Kind, known_fields, recognise
from service.imports.kept import Kept, media_type_of, unpacked
from service.imports.preview import Preview
from service.imports.reading import Unreadable
from service.imports.rehearsal import rehearse
from service.imports.rows import Fault
from service.problems import Conflict, Invalid, Malformed, NotFound, Problem

NEWEST, SHOWN = 30, 100
COLUMN = "column_"
"""What the choice for a column is called in the form, with the number of the column."""
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
        kind, dates = Kind(visit.form.get("kind", "")), _dates(visit)
    except ValueError:
        return _list(visit, Malformed("Say what the file holds"))
    except Invalid as problem:
        return _list(visit, problem)
    if chosen is None or not chosen.name:
        return _list(visit, Malformed("Choose a file first"))
    try:
        file = Kept(kind=kind, media_type=media_type_of(chosen.name), body=chosen.body, dates=dates)
        _look(file)
    except Unreadable as wrong:
        return _list(visit, Invalid(str(wrong)))
    now, (media_type, body) = services.now(), file.packed()
    services.database.transact(lambda c: db.add(c, run_id, kind, media_type, body, now, state=State.PROPOSED))
    return visit.go(f"/imports/{run_id}")


def one(visit: Visit) -> Response:
    """How a proposed file would be read; how far an import has come; what is wrong with its rows."""
    return _one(visit)


def tried(visit: Visit) -> Response:
    """What storing a proposed file would do: it is done, and taken back."""
    services, run_id = visit.services, visit.params["import_id"]
    file = _proposed(visit)
    if file is None:
        raise NotFound("No file waits under this id to be stored; its page says what became of it")
    try:
        found = rehearse(file, services.database, services.now)
    except Unreadable as wrong:
        raise Invalid(str(wrong)) from None
    return visit.show(
        "import_tried.html" if visit.fragment else "import_tried_page.html",
        run_id=run_id,
        kind=file.kind,
        holds=KINDS,
        found=found,
        shown=found.faults[:SHOWN],
    )


def revise(visit: Visit) -> Response:
    """Read the columns of a proposed file as was chosen."""
    try:
        _revised(visit)
    except Invalid as problem:
        return _one(visit, problem)
    return visit.go(f"/imports/{visit.params['import_id']}")


def start(visit: Visit) -> Response:
    """Have a worker store a proposed file, its columns read as was chosen. Said twice, it is stored once."""
    run_id = visit.params["import_id"]
    try:
        file = _revised(visit)
    except Invalid as problem:
        return _one(visit, problem)
    if file is not None and (lacks := _look(file).problem) is not None:
        return _one(visit, Invalid(lacks))
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
    return visit.file(as_text(faults), f"{run.kind}-{run.created_at:%Y-%m-%d-%H%M}.csv.errors")


def _one(visit: Visit, problem: Problem | None = None) -> Response:
    with visit.services.database.read() as connection:
        run = _found(connection, visit.params["import_id"])
    file = _proposed(visit)
    return visit.show(
        "import_live.html" if visit.fragment else "import.html",
        status=type(problem).status if problem else 200,
        problem=problem,
        run=run,
        holds=KINDS[Kind(run.kind)],
        file=file and _look(file),
        kept=file,
        fields=known_fields(Kind(run.kind)),
        custom=CUSTOM,
        running=run.state in UNDER_WAY,
        shown=run.errors[:SHOWN],
        most=db.MAX_ERRORS,
    )


def _proposed(visit: Visit) -> Kept | None:
    with visit.services.database.read() as connection:
        claimed = db.proposed(connection, visit.params["import_id"])
    return None if claimed is None else unpacked(claimed.kind, claimed.media_type, claimed.body)


def _revised(visit: Visit) -> Kept | None:
    """The proposed file, kept as the form says that it is to be read; None: it is not proposed any more.

    Raises Invalid.
    """
    file = _proposed(visit)
    if file is None or not any(name.startswith(COLUMN) for name in visit.form):
        return file
    try:
        meant = replace(file, by_hand=_by_hand(visit.form, file), dates=_dates(visit))
        _look(meant)
    except Unreadable as wrong:
        raise Invalid(str(wrong)) from None
    if meant != file:
        said, body = meant.packed()
        visit.services.database.transact(lambda c: db.revise(c, visit.params["import_id"], said, body))
    return meant


def _by_hand(form: Mapping[str, str], file: Kept) -> dict[str, str]:
    """The columns that were chosen to be read in another way than by their headers."""
    headers = file.source().headers
    known = recognise(file.kind, headers).fields
    chosen: dict[str, str] = {}
    for place, header in enumerate(headers):
        field = form.get(f"{COLUMN}{place}")
        if field is not None and field != known.get(place, ""):
            chosen.setdefault(header, field)
    return chosen


def _dates(visit: Visit) -> Dates | None:
    """How dates with slashes are written, as the form says. Raises Invalid."""
    said = visit.form.get("dates")
    if said and said not in list(Dates):
        raise Invalid("Say of the dates nothing, mdy or dmy")
    return Dates(said) if said else None


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


def _look(file: Kept) -> Preview:
    """Raises Unreadable."""
    return preview.look(file.source(), file.kind, file.month_first(), file.by_hand)


def _found(connection: Connection, run_id: str) -> ImportRun:
    found = db.get(connection, run_id)
    if found is None:
        raise NotFound("There is no import with this id; files that nobody wanted stored are kept for a day")
    return found
