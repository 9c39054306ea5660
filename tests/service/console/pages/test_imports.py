"""Imports through the console: looked at, stored once, watched, and what is wrong fetched as a file."""

from __future__ import annotations

import re

import pytest
from httpx2 import Response

from service.auth import Scope
from service.db import accounts, imports
from service.worker.housekeeping import Housekeeping
from service.worker.imports import Imports
from tests.service.console.conftest import NOW, Console, text_of

FILE = "Account ID,Account Name,Billing Country,Fax\n1,Acme,Germany,0\n2,Borg,Nowhere,0\n3,,,\n"


def choose(console: Console, body: str, name: str = "Q3.csv", kind: str = "accounts") -> Response:
    """Choose a file in the form and send it."""
    form = {"token": console.token(), "kind": kind}
    return console.client.post(
        "/console/imports", data=form, files={"file": (name, body.encode(), "application/octet-stream")}
    )


def chosen(page: str) -> list[str]:
    """What is chosen in the page's selects."""
    return re.findall(r"<option[^>]* selected>(?:a field of yours: )?([^<]*)", page)


def stored(console: Console) -> None:
    """What a worker does."""
    services = console.services
    assert Imports(services.database, services.flow.handle, services.now).run()


def test_a_file_is_looked_at_stored_once_and_its_faults_fetched(console: Console) -> None:
    assert "Nothing was imported yet" in console.page("/imports")
    assert "<code>external_id</code>" in console.page("/imports")
    sent = choose(console, FILE)
    assert sent.status_code == 303
    place = sent.headers["location"].removeprefix("/console")

    before = text_of(console.page(place))
    assert chosen(console.page(place)) == ["external_id", "name", "country", "As the file tells"]
    assert "Not known: left aside" in before and "3 of the first 3 rows can be read" in before
    tried = text_of(console.page(f"{place}/tried"))
    assert "All 3 rows were tried, and taken back" in tried
    assert "New 2 Changed 0 As they are already 0 Refused 1" in tried
    assert "4 Account Name" in tried and "would be stored without it" in tried
    with console.services.database.read() as connection:
        assert accounts.get(connection, "1") is None
    for _ in range(2):  # whoever clicks twice has it stored once
        assert console.post(f"{place}/start").status_code == 303
    under_way = console.client.get(f"/console{place}", headers={"HX-Request": "true"}).text
    assert "Waiting for the worker" in under_way
    assert 'hx-trigger="every 1s"' in under_way
    stored(console)
    after = text_of(console.page(place))
    assert "All 3 rows were read" in after
    assert "3 Billing Country" in after
    found = console.client.get(f"/console{place}/errors")
    assert re.fullmatch(
        r'attachment; filename="accounts-[\d-]+\.csv\.errors\.csv"', found.headers["content-disposition"]
    )
    lines = found.text.splitlines()
    assert lines[0] == "line,column,problem,row"
    assert [line.split(",")[:2] for line in lines[1:]] == [["3", "Billing Country"], ["4", "Account Name"]]
    with console.services.database.read() as connection:
        assert accounts.get(connection, "1") is not None
    assert console.post(f"{place}/drop").status_code == 409


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("name", "body", "kind", "said"),
    [
        ("Q3.xlsx", "x", "accounts", "the name must end in .csv, .ndjson or .json"),
        ("Q3.csv", "", "accounts", "The file is empty"),
        ("Q3.csv", FILE, "pools", "Say what the file holds"),
        ("", FILE, "accounts", "Choose a file first"),
    ],
)
def test_what_cannot_be_read_is_said_at_once(
    console: Console, name: str, body: str, kind: str, said: str
) -> None:
    answer = choose(console, body, name, kind)
    assert answer.status_code in (400, 422)
    assert said in text_of(answer.text)
    with console.services.database.read() as connection:
        assert imports.newest(connection, 5) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_readers_look_and_only_editors_import(console: Console) -> None:
    reader = console.colleague("Rea", Scope.READ)
    assert "Look at it" not in reader.page("/imports")
    assert choose(reader, FILE).status_code == 403
    place = choose(console, FILE).headers["location"].removeprefix("/console")
    assert reader.post(f"{place}/start").status_code == 403
    assert (
        console.client.post(
            "/console/imports", data={"token": "another"}, files={"file": ("a.csv", FILE.encode())}
        ).status_code
        == 403
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_nobody_wants_is_forgotten(console: Console) -> None:
    first, second = (choose(console, FILE).headers["location"].removeprefix("/console") for _ in range(2))
    assert console.post(f"{first}/drop").headers["location"] == "/console/imports?dropped=1"
    assert "The file was forgotten" in console.page("/imports?dropped=1")
    Housekeeping(console.services.database, lambda: NOW.replace(year=2999)).run()
    assert console.client.get(f"/console{second}").status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_columns_are_chosen_by_hand_and_strange_owners_are_named(console: Console) -> None:
    body = "Our No,Title,Fax,Responsible\n1,Acme,0,Ann Smith\n2,Borg,0,Bo\n3,Dax,0,Bo\n"
    place = choose(console, body).headers["location"].removeprefix("/console")
    page = console.page(place)
    assert "No column is known as the id of the accounts" in page and "/tried" not in page
    refused = console.post(f"{place}/start", column_0="", column_1="name")
    assert refused.status_code == 422 and "No column is known" in refused.text
    twice = console.post(f"{place}/columns", column_0="external_id", column_1="external_id")
    assert twice.status_code == 422 and "Two columns cannot both be" in text_of(twice.text)
    form = {"column_0": "external_id", "column_1": "name", "column_2": "custom.Fax", "column_3": "owner"}
    assert console.post(f"{place}/columns", **form, dates="dmy").status_code == 303
    assert chosen(console.page(place)) == [*form.values(), "Day first: 31/3/2026"]
    tried = text_of(console.page(f"{place}/tried"))
    assert "“Responsible” names 2 reps not known here, in 3 rows: Ann Smith, Bo" in tried
    reader = console.colleague("Rea", Scope.READ)
    assert reader.client.get(f"/console{place}/tried").status_code == 403
    assert "<select" not in reader.page(place)
    assert console.post(f"{place}/start", **form | {"column_2": ""}).status_code == 303
    stored(console)
    with console.services.database.read() as connection:
        found = accounts.get(connection, "3")
    assert found is not None and (found.name, found.custom) == ("Dax", {})
    assert console.client.get(f"/console{place}/tried").status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_records_of_json_are_shown_by_their_names(console: Console) -> None:
    lines = '{"external_id": "1", "name": "Acme"}\n{"external_id": "2", "shoe": 7}\n'
    place = choose(console, lines, "Q3.ndjson").headers["location"].removeprefix("/console")
    assert "shoe" in text_of(console.page(place))
    assert "1 of the first 2 rows can be read" in text_of(console.page(place))
