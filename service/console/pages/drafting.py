"""The draft of the rulebook: written, checked while it is typed, tested, compared with what is live."""

from __future__ import annotations

import difflib
import gzip
import json
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy import Connection
from starlette.responses import Response

from routing.reading import MAX_BYTES
from routing.schema import rulebook_schema
from routing.testing import TestStatus
from service.api.rulebook_views import test as tested
from service.auth import Scope
from service.console.told import STILL, Told, Undo, print_of, unchanged
from service.console.visit import Visit
from service.db import approvals, plans, rulebooks, schedules
from service.db import console as reads
from service.db.directory import directory
from service.db.rulebooks import Draft
from service.problems import Malformed, NotFound, Problem, Stale, TooLarge
from service.rulebook import approval
from service.rulebook.examination import Examination, examine

DIFF_LINES = 4000
TONES = {"+": "added", "-": "taken", "@": "place"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """A line of a difference; ``tone`` is how it is shown: added, taken, place or nothing."""

    tone: str
    text: str


def one(visit: Visit) -> Response:
    """The editor, what is wrong with the draft, and the way to put it live."""
    return show(visit)


def save(visit: Visit) -> Response:
    """Save the draft, if nobody else did since it was read; also one that is not valid yet."""
    who = visit.caller
    text, etag = _text(visit), visit.form.get("etag", "")
    author, now = who.name, visit.services.now()

    def work(connection: Connection) -> Draft:
        _demand(connection, etag)
        return rulebooks.save_draft(connection, text, author=author, at=now)

    try:
        visit.services.database.transact(work)
    except Stale as changed:
        return show(visit, changed, text)
    return visit.go("/rulebook/draft?saved=1")


def drop(visit: Visit) -> Response:
    """Give the draft up. Its text is kept as a version, so that it can be taken up again."""
    etag, now = visit.form.get("etag", ""), visit.services.now()

    def work(connection: Connection) -> Told:
        _demand(connection, etag)
        kept = rulebooks.keep(connection, rulebooks.draft(connection).text, at=now)
        form = {"version": kept, "authors": json.dumps(approvals.authors(connection))}
        left = rulebooks.drop_draft(connection, now)
        back = Undo(path="/rulebook/draft/back", form=form | {STILL: print_of(left.etag)})
        return Told(said=f"The draft is given up. Its text is kept as version {kept}.", undo=back)

    return visit.change(work, "/rulebook", show)


def put_back(visit: Visit) -> Response:
    """Take up a draft that was given up, or another version: its authors are theirs and whoever does so."""
    who, now = visit.caller.name, visit.services.now()
    authors = _names(visit.form.get("authors", ""))

    def work(connection: Connection) -> Told:
        unchanged(visit.form, lambda: rulebooks.draft(connection, lock=True).etag)
        kept = rulebooks.get(connection, visit.form.get("version", ""))
        if kept is None:
            raise NotFound("There is no version of the rulebook with this name")
        rulebooks.save_draft(connection, kept.text, author=who, at=now)
        for name in authors:
            approvals.wrote(connection, name, now)
        return Told(said="The draft is back, as it was kept.")

    return visit.change(work, "/rulebook/draft", show)


def _names(text: str) -> list[str]:
    try:
        return TypeAdapter(list[Annotated[str, Field(max_length=255)]]).validate_json(text)
    except ValidationError:
        raise Malformed("Who wrote the draft cannot be read; send the form of the page") from None


def check(visit: Visit) -> Response:
    """What is wrong with a text that is being typed; with ``reason`` also what it may not mean to say."""
    reason = "reason" in visit.form
    found = _examine(visit, _text(visit), reason=reason)
    return visit.show("draft_findings.html", examination=found, reasoned=reason)


def test(visit: Visit) -> Response:
    """The tests of a text that is being typed."""
    found = _examine(visit, _text(visit), test=True)
    tests = [tested(each) for each in found.tests]
    failed = [each for each in tests if each.status is not TestStatus.PASSED]
    passed = len(tests) - len(failed)
    return visit.show("draft_tests.html", examination=found, failed=failed, passed=passed)


def catalogue(visit: Visit) -> Response:
    """What the editor completes and explains: the language, and the names of this organisation."""
    with visit.services.database.read() as connection:
        known = directory(connection)
        names = {"rep": sorted(reads.rep_names(connection)), "pool": sorted(known.pools)}
    body = f'{{"schema": {_schema()}, "names": {json.dumps(names)}}}'.encode()
    packed = {"content-encoding": "gzip", "vary": "Accept-Encoding"} if visit.takes_gzip else {}
    return Response(gzip.compress(body) if packed else body, media_type="application/json", headers=packed)


def difference(before: str, after: str) -> tuple[DiffLine, ...]:
    """The lines in which two texts differ, with three lines around each, without the names of files."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="")
    shown = islice((line for line in lines if not line.startswith(("---", "+++"))), DIFF_LINES)
    return tuple(DiffLine(tone=TONES.get(line[:1], ""), text=line) for line in shown)


def show(visit: Visit, problem: Problem | None = None, text: str | None = None) -> Response:
    """The draft's page. ``text`` is what the reader wrote where it could not be saved."""
    services, caller = visit.services, visit.caller
    with services.database.read() as connection:
        draft = rulebooks.draft(connection)
        live = rulebooks.get(connection, draft.live) if draft.live else None
        authors = approvals.authors(connection)
        reviews = approvals.of_draft(connection, draft.etag)
        recent = plans.newest(connection, 5)
        waiting = schedules.waiting(connection)
    shown = draft.text if text is None else text
    lacking = approval.lacking(reviews, authors, four_eyes=services.settings.rulebook_approval)
    return visit.show(
        "draft.html",
        status=type(problem).status if problem else 200,
        problem=problem,
        said=visit.form if problem else {},
        unsaved=text is not None,
        draft=draft,
        text=shown,
        examination=_examine(visit, shown),
        reasoned=False,
        authors=authors,
        reviews=reviews,
        lacking=lacking,
        four_eyes=services.settings.rulebook_approval,
        begun=draft.author is not None,
        changes=difference(live.text if live else "", draft.text) if draft.author is not None else (),
        plans=recent,
        schedules=waiting,
        saved="saved" in visit.query,
        editor=caller.has(Scope.OPS_EDITOR),
        approver=caller.has(Scope.OPS_APPROVER),
    )


def _examine(visit: Visit, text: str, *, test: bool = False, reason: bool = False) -> Examination:
    with visit.services.database.read() as connection:
        known = directory(connection)
    now = visit.services.now()
    return examine(text, now, known=known, test=test, reason=reason, database=visit.services.database)


def _text(visit: Visit) -> str:
    """The text of the form, with the line ends that files have. Browsers send others."""
    text = visit.form.get("text", "").replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise Malformed("The rulebook has a character of value 0; leave it out")
    if len(text.encode()) > MAX_BYTES:
        raise TooLarge(f"A rulebook has at most {MAX_BYTES} bytes")
    return text


def _demand(connection: Connection, etag: str) -> None:
    if rulebooks.draft(connection, lock=True).etag != etag:
        raise Stale("The draft has changed since this page was loaded")


@cache
def _schema() -> str:
    return json.dumps(rulebook_schema(), separators=(",", ":"))
