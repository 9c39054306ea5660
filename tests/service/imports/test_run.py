"""service/imports: files into the database, good rows in, bad ones reported, twice the same as once."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from routing.types.people import Rep, RepId
from service.db import accounts, opportunities, reps
from service.db.account_state import OWNER
from service.db.engine import Database
from service.db.timeline import in_force
from service.decision import Incoming
from service.imports import run
from service.imports.headers import Kind, recognise
from service.imports.reading import Format, Unreadable, open_bytes
from service.imports.rows import Fault
from service.imports.run import Import, Tally

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def imported(
    database: Database, kind: Kind, text: str, *, format: Format = Format.CSV, handle: Any = None
) -> tuple[Tally, list[Fault], list[str]]:
    faults: list[Fault] = []
    work = Import(
        open_bytes(io.BytesIO(text.encode()), format),
        kind,
        database,
        handle=handle,
        now=lambda: NOW,
        report=faults.append,
    )
    for _ in work.run():
        pass
    return work.tally, faults, work.notes()


def test_nobody_is_called_what_stands_in_for_an_activated_account() -> None:
    source = open_bytes(io.BytesIO(b"external_id,email\nactivation:A-1,ann@one.example\n"), Format.CSV)
    columns = recognise(Kind.CONTACTS, source.headers)
    [read] = [run.read_row(Kind.CONTACTS, columns, row) for row in source.rows]
    [fault] = read.faults
    assert (read.record, fault.column) == (None, "external_id")
    assert "must not begin with activation:" in fault.problem


ACCOUNTS = """\
Id,Account Name,Website,Domains,BillingCountry,Employees,OwnerId,Owner Since,Tier,SDR,custom.Industry,Fax
a1,Acme GmbH,www.acme.de,acme.com; acme.net,Germany,"1,200",ann,2026-01-01,gold,sue,Steel,1
a2,"Borg, Ltd",,,Nowhere,,,,,,,
a3,,,,,,,,,,,
a4,Dax AG,,,,many,,,,,,
,Nameless,,,,,,,,,,
a1,Acme SE,,,,,,,,,,
"""


def test_accounts_of_an_export(database: Database) -> None:
    tally, faults, notes = imported(database, Kind.ACCOUNTS, ACCOUNTS)
    assert (tally.rows, tally.stored, tally.refused, tally.notes) == (6, 4, 2, 2)
    assert [(fault.line, fault.column, fault.left_out) for fault in faults] == [
        (3, "BillingCountry", True),
        (5, "Employees", True),
        (6, "Id", False),
        (4, "Account Name", False),
    ]
    assert "Nowhere" not in " ".join(fault.problem for fault in faults)
    assert notes == ["columns not known and left aside: Fax"]
    with database.read() as connection:
        acme = accounts.get(connection, "a1")
        borg = accounts.get(connection, "a2")
    assert acme is not None and borg is not None
    assert (acme.name, acme.country, acme.employees, acme.custom) == (
        "Acme SE",
        "DE",
        1200,
        {"Industry": "Steel"},
    )
    assert {each.domain for each in acme.domains} == {"acme.de", "acme.com", "acme.net"}
    owner = in_force(acme.roles[OWNER], NOW)
    assert owner is not None and (owner.value, owner.starts) == ("ann", datetime(2026, 1, 1, tzinfo=UTC))
    assert (borg.name, borg.country) == ("Borg, Ltd", None)


def test_the_same_file_again_changes_nothing(database: Database) -> None:
    imported(database, Kind.ACCOUNTS, ACCOUNTS.replace("a1,Acme SE,,,,,,,,,,\n", ""))
    with database.read() as connection:
        before = [accounts.get(connection, name) for name in ("a1", "a2")]
    tally, _, _ = imported(database, Kind.ACCOUNTS, ACCOUNTS.replace("a1,Acme SE,,,,,,,,,,\n", ""))
    assert (tally.outcomes["unchanged"], tally.outcomes["created"], tally.outcomes["updated"]) == (3, 0, 0)
    with database.read() as connection:
        assert [accounts.get(connection, name) for name in ("a1", "a2")] == before


def test_a_file_cut_off_and_sent_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "CHUNK", 3)
    text = "external_id,name\n" + "".join(f"{n},N {n}\n" for n in range(10))
    work = Import(
        open_bytes(io.BytesIO(text.encode()), Format.CSV),
        Kind.ACCOUNTS,
        database,
        handle=lambda _: [],
        now=lambda: NOW,
        report=lambda _: None,
    )
    next(work.run())
    tally, _, _ = imported(database, Kind.ACCOUNTS, text)
    assert dict(tally.outcomes) == {"unchanged": 3, "created": 7, "refused": 0}


def test_reps_with_hours(database: Database) -> None:
    headers = "rep_id,name,time zone,working hours,active"
    text = f"{headers}\nann,Ann,europe/berlin,Mon-Fri 09:00-17:30,yes\nben,Ben,Mars,,\n"
    tally, faults, _ = imported(database, Kind.REPS, text)
    assert (tally.stored, tally.refused) == (1, 1)
    assert (faults[0].line, faults[0].column) == (3, "time zone")
    with database.read() as connection:
        ann: Rep = reps.by_id(connection, [RepId("ann")])[RepId("ann")]
    assert (ann.time_zone, len(ann.working_hours), ann.working_hours[0].start) == ("Europe/Berlin", 5, 540)


def test_a_close_date_closes_only_what_is_closed(database: Database) -> None:
    text = (
        "Id,AccountId,StageName,Amount,CreatedDate,CloseDate,IsClosed,IsWon\n"
        "o1,a1,Proposal,1000,2026-01-01,2026-06-30,false,false\n"
        "o2,a1,Closed Won,2000,2026-01-01,2026-02-01,true,true\n"
    )
    imported(database, Kind.OPPORTUNITIES, text)
    imported(
        database,
        Kind.OPPORTUNITIES,
        "Record ID,Associated Company IDs,Deal Stage,Close Date,Amount in company currency,Currency\n"
        "o3,a1,Closed Lost,2026-02-02,10.10,usd\n",
    )
    imported(database, Kind.OPPORTUNITIES, "external_id,account_id,closed_at,won\no5,a1,2026-02-03,false\n")
    text = "Id,AccountId,Amount,CurrencyIsoCode,Net New ARR,CampaignId\no4,a1,12.34,usd,-5,c1\n"
    imported(database, Kind.OPPORTUNITIES, text)
    with database.read() as connection:
        stored = {each.opportunity.id: each for each in opportunities.page(connection)}
    found = {name: each.opportunity for name, each in stored.items()}
    assert {name: (each.closed_at is not None, each.won) for name, each in found.items()} == {
        "o1": (False, None),
        "o2": (True, True),
        "o3": (True, False),
        "o4": (False, None),
        "o5": (True, False),
    }
    assert found["o1"].expected_close_at == datetime(2026, 6, 30, tzinfo=UTC)
    assert (found["o3"].amount, stored["o3"].currency) == (10.1, None), "the CRM has converted it"
    assert (stored["o4"].currency, stored["o4"].iarr, stored["o4"].campaign) == ("USD", -5.0, "c1")


def test_activities_as_lines_of_json(database: Database) -> None:
    text = (
        '{"external_id": "t1", "kind": "call", "direction": "both", "at": "2026-03-01T09:00:00Z"}\n'
        '{"external_id": "t2", "kind": "call", "direction": "sideways", "at": "2026-03-01T09:00:00Z"}\n'
        '{"external_id": "t3", "kind": "call"}\n'
    )
    tally, faults, _ = imported(database, Kind.ACTIVITIES, text, format=Format.NDJSON)
    assert (tally.stored, tally.refused) == (1, 2)
    assert [(fault.line, fault.column) for fault in faults] == [(2, "direction"), (3, "direction")]


def test_contacts_go_through_the_flow(database: Database) -> None:
    seen: list[Incoming] = []

    def handle(incoming: Sequence[Incoming]) -> list[Any]:
        known = {each.event_key for each in seen}
        seen.extend(incoming)
        return [SimpleNamespace(repeated=each.event_key in known, conflict=False) for each in incoming]

    text = (
        "Lead ID,Email,Company / Account,Phone,Created Date\n"
        "l1,dana@acme.com,Acme,,2026-03-01\n"
        "l2,,,,\n"
        ",not an address,Borg,,\n"
        ",,,+49 30 1,\n"
    )
    tally, faults, _ = imported(database, Kind.CONTACTS, text, handle=handle)
    assert [incoming.contact.company for incoming in seen] == ["Acme", None, "Borg"]
    assert seen[0].occurred_at == datetime(2026, 3, 1, tzinfo=UTC)
    assert (tally.outcomes["created"], tally.refused) == (3, 1)
    assert [(fault.line, fault.column) for fault in faults] == [(5, None)]
    again, _, _ = imported(database, Kind.CONTACTS, text, handle=handle)
    assert (again.outcomes["unchanged"], again.outcomes["created"]) == (3, 0)


@pytest.mark.parametrize(
    ("kind", "headers", "message"),
    [
        (Kind.ACCOUNTS, "Company,Website", "name it external_id"),
        (Kind.CONTACTS, "First Name,Last Name", "needs one of them"),
    ],
)
def test_a_file_without_what_names_its_records(
    database: Database, kind: Kind, headers: str, message: str
) -> None:
    with pytest.raises(Unreadable, match=message):
        imported(database, kind, f"{headers}\nx,y\n")
