"""service/imports/preview.py: what a file would mean before any of it is stored."""

from __future__ import annotations

import io

import pytest

from service.imports.headers import Kind
from service.imports.preview import ROWS, look
from service.imports.reading import Format, Unreadable, open_bytes

ACCOUNTS = "Id;Account Name;Company Name;Fax\n1;Acme;Other;\n2;Acme;Other;7\n;None;;\n4;Dax;X;1;2\n"


def test_columns_rows_and_faults_of_a_csv() -> None:
    found = look(open_bytes(io.BytesIO(ACCOUNTS.encode()), Format.CSV), Kind.ACCOUNTS)
    assert [(each.header, each.field, each.double, each.examples) for each in found.columns] == [
        ("Id", "external_id", False, ("1", "2")),
        ("Account Name", "name", False, ("Acme", "None")),
        ("Company Name", None, True, ("Other",)),
        ("Fax", None, False, ("7",)),
    ]
    assert (found.rows, found.good, [fault.line for fault in found.faults]) == (4, 2, [4, 5])
    assert found.notes == ("read with semicolons between the columns",)


def test_names_of_records_and_no_more_rows_than_are_shown() -> None:
    text = '{"external_id": "1", "name": null}\nno record\n' + '{"external_id": "2", "name": "B"}\n' * 50
    found = look(open_bytes(io.BytesIO(text.encode()), Format.NDJSON), Kind.ACCOUNTS)
    assert [(each.header, each.examples) for each in found.columns] == [
        ("external_id", ("1", "2")),
        ("name", ("B",)),
    ]
    assert found.rows == ROWS


def test_a_file_without_ids_says_so_and_shows_its_columns() -> None:
    found = look(open_bytes(io.BytesIO(b"Fax\n1\n"), Format.CSV), Kind.REPS)
    assert found.problem is not None and "name it external_id" in found.problem
    assert ([each.examples for each in found.columns], found.faults) == ([("1",)], [])
    source = open_bytes(io.BytesIO(b"Fax\n1\n"), Format.CSV)
    found = look(source, Kind.REPS, by_hand={"Fax": "external_id"})
    assert (found.problem, found.columns[0].field) == (None, "external_id")


def test_records_of_json_are_not_mapped() -> None:
    with pytest.raises(Unreadable, match="Only columns of CSV"):
        look(open_bytes(io.BytesIO(b"{}"), Format.NDJSON), Kind.REPS, by_hand={"Fax": "name"})


def test_of_several_wrong_values_of_a_cell_each_is_told_apart() -> None:
    text = 'Id,Account Name,Domains,Country\n1,Acme,"acme.example,a b",Q\n2,Dax,c d,\n'
    found = look(open_bytes(io.BytesIO(text.encode()), Format.CSV), Kind.ACCOUNTS)
    told = [(each.line, each.column, each.problem.partition(" is ")[0]) for each in found.faults]
    assert len(told) == len(set(told)), "no line twice"
    assert (3, "Domains", "value 2") in told
