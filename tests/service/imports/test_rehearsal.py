"""service/imports/rehearsal.py: what storing a file would do is told, and nothing of it stays."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from service.db import accounts, reps
from service.db.engine import Database
from service.imports import rehearsal
from service.imports.headers import Kind
from service.imports.kept import Kept
from service.imports.reading import Format, open_bytes
from service.imports.rehearsal import Rehearsal, Unknown, rehearse
from service.imports.run import Import
from service.records.accounts import AccountRecord
from service.records.reps import RepRecord
from tests.service.organisation import organisation

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACCOUNTS = """\
Id,Account Name,City,Account Owner,SDR,Parent ID
a1,Acme,Bonn,ann,,
a2,Borg,Ulm,Ann Smith,bo,a9
a3,Dax,,,Ann Smith,a1
a4,,,,,a5
a5,Eon,,zed,,nobody
"""
"""a1 is as it is already, a2 has moved, a3 and a5 are new, a4 has no name."""


def tried(database: Database, kind: Kind, text: str) -> Rehearsal:
    file = Kept(kind=kind, media_type="text/csv", body=text.encode())
    return rehearse(file, database, lambda: NOW)


def test_an_upsert_is_tried_and_taken_back(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.write() as connection:
        reps.upsert(connection, [RepRecord(external_id=name, name=name) for name in ("ann", "bo")], NOW)
        before = {"name": "Acme", "city": "Bonn", "owner": {"rep": "ann"}}
        said = [before | {"external_id": "a1"}, before | {"external_id": "a2"}]
        accounts.upsert(connection, [AccountRecord.model_validate(each) for each in said], NOW)
    for _ in range(2):  # nothing of the first time is there the second time
        found = tried(database, Kind.ACCOUNTS, ACCOUNTS)
        assert (found.rows, found.whole) == (5, True)
        assert found.outcomes == {"unchanged": 1, "updated": 1, "created": 2, "refused": 1}
        assert [(each.line, each.column) for each in found.faults] == [(5, "Account Name")]
    owners = Unknown(column="Account Owner", to=Kind.REPS, rows=2, number=2, first=("Ann Smith", "zed"))
    helpers = Unknown(column="SDR", to=Kind.REPS, rows=1, number=1, first=("Ann Smith",))
    parents = Unknown(column="Parent ID", to=Kind.ACCOUNTS, rows=2, number=2, first=("a9", "nobody"))
    assert sorted(found.unknown, key=lambda each: each.column) == [owners, parents, helpers]
    with database.read() as connection:
        assert accounts.get(connection, "a3") is None
    monkeypatch.setattr(rehearsal, "ROWS", 4)
    found = tried(database, Kind.ACCOUNTS, ACCOUNTS)
    assert (found.rows, found.whole) == (4, False)
    assert "a5" not in {name for each in found.unknown for name in each.first}, "the rest of the file has it"


def test_contacts_are_told_from_those_decided_before(database: Database) -> None:
    flow = organisation(database).flow
    known = "event_id,email,company,Account ID\n7,ann@acme.example,Acme,\n"
    source = open_bytes(io.BytesIO(known.encode()), Format.CSV)
    work = Import(source, Kind.CONTACTS, database, handle=flow.handle, now=lambda: NOW, report=lambda _: None)
    assert [tally.outcomes["created"] for tally in work.run()] == [1]
    found = tried(database, Kind.CONTACTS, known + "8,bo@borg.example,Borg,a77\n7,cy@cy.example,Cy,\n")
    assert found.outcomes == {"unchanged": 1, "created": 1, "refused": 1}
    assert [(each.line, each.column) for each in found.faults] == [(4, "event_id")]
    assert [(each.column, each.first) for each in found.unknown] == [("Account ID", ("a77",))]
    again = tried(database, Kind.CONTACTS, known + "8,bo@borg.example,Borg,a77\n")
    assert again.outcomes["created"] == 1, "none was decided"
