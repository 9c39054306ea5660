"""`muster import`: files into a database, the errors file, exit codes."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.db import accounts, audit
from service.db.engine import Database

GOOD = "Account ID,Account Name\n1,Acme\n2,Borg\n"


def run(file: Path, url: str, kind: str = "accounts") -> tuple[int, str]:
    ran = CliRunner().invoke(app, ["import", kind, str(file), "--database", url])
    return ran.exit_code, ran.output


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the test's file is to be written."""
    return tmp_path / "accounts.csv"


def test_good_rows_go_in_and_again_changes_nothing(file: Path, database: Database, database_url: str) -> None:
    file.write_text(GOOD, encoding="utf-8")
    assert run(file, database_url) == (0, "accounts: 2 rows: 2 created\n")
    assert run(file, database_url) == (0, "accounts: 2 rows: 2 unchanged\n")
    with database.read() as connection:
        assert [state.name for state in accounts.page(connection)] == ["Acme", "Borg"]
    assert list(file.parent.glob("*.errors.csv")) == []


def test_bad_rows_stand_in_the_errors_file_until_they_are_good(file: Path, database_url: str) -> None:
    errors = file.with_name("accounts.csv.errors.csv")
    file.write_text(GOOD + '3,"Line\nbreak, Inc"\n4,\n', encoding="utf-8")
    code, output = run(file, database_url)
    assert code == 1
    assert str(errors) in output
    with errors.open(encoding="utf-8", newline="") as read:
        assert list(csv.reader(read)) == [
            ["line", "column", "problem", "row"],
            ["6", "Account Name", "a new account needs a name", "not stored"],
        ]
    file.write_text(GOOD + "4,Dax\n", encoding="utf-8")
    assert run(file, database_url)[0] == 0
    assert not errors.exists()


def test_a_dry_run_says_what_would_happen_and_stores_nothing(
    file: Path, database: Database, database_url: str
) -> None:
    file.write_text(
        "Account ID,Account Name,Account Owner,Fax,Country\n1,Acme,ann,0,DE\n2,,,0,\n3,Borg,,0,Atlantis\n",
        encoding="utf-8",
    )
    ran = CliRunner().invoke(app, ["import", "accounts", str(file), "--dry-run", "--database", database_url])
    first, *others = ran.output.splitlines()
    assert (ran.exit_code, first) == (1, "accounts, all 3 rows tried and taken back: 2 created, 1 refused")
    assert others[:2] == [
        "columns not known and left aside: Fax",
        "Account Owner: reps not known here, 1 in 1 rows: ann",
    ]
    assert others[2] == "line 3, Account Name: a new account needs a name"
    assert others[3].startswith("line 4, Country: ") and others[3].endswith(
        "(it would be stored without that)"
    )
    with database.read() as connection:
        assert accounts.page(connection) == [] and audit.page(connection, audit.Wanted(), 1) == []
    assert list(file.parent.glob("*.errors.csv")) == []
    assert CliRunner().invoke(app, ["import", "pools", str(file), "--dry-run"]).exit_code == 2
    ran = CliRunner().invoke(app, ["import", "accounts", "none.csv", "--dry-run", "--database", database_url])
    assert (ran.exit_code, ran.output) == (3, "none.csv: No such file or directory\n")


def test_no_cell_of_the_errors_file_is_a_formula(file: Path, database_url: str) -> None:
    file.write_text('external_id,name,"=cmd()"\n1,Acme\n,Borg\n', encoding="utf-8")
    code, output = run(file, database_url)
    assert code == 1
    assert "left aside: =cmd()" in output
    text = file.with_name("accounts.csv.errors.csv").read_text(encoding="utf-8")
    assert all(
        not cell.startswith(("=", "+", "-", "@")) for row in csv.reader(text.splitlines()) for cell in row
    )


@pytest.mark.parametrize("content", ["", "Fax,Phone\n1,2\n"])
def test_a_file_that_cannot_be_read(file: Path, database_url: str, content: str) -> None:
    file.write_text(content, encoding="utf-8")
    assert run(file, database_url)[0] == 3


def test_columns_are_mapped_by_hand(file: Path, database_url: str) -> None:
    file.write_text("Our No,Account Name,Fax\n1,Acme,0\n", encoding="utf-8")
    command = ["import", "accounts", str(file), "--database", database_url]
    ran = CliRunner().invoke(app, [*command, "--column", "Our No=external_id", "--column", "Fax="])
    assert (ran.exit_code, ran.output) == (0, "accounts: 1 rows: 1 created\n")
    wrong = CliRunner().invoke(app, [*command, "--column", "Nummer=external_id"])
    assert wrong.exit_code == 3 and "no column 'Nummer'" in wrong.output


def test_a_kind_that_is_none(file: Path, database_url: str) -> None:
    assert run(file, database_url, "planets")[0] == 2


def test_a_file_of_nothing_but_headers_says_so(file: Path, database_url: str) -> None:
    file.write_text(GOOD.partition("\n")[0] + "\n", encoding="utf-8")
    code, output = run(file, database_url)
    assert code == 0
    assert "accounts.csv holds no rows: there is nothing behind its headers" in output


def test_bytes_in_no_encoding_are_refused_before_a_row_goes_in(
    file: Path, database: Database, database_url: str
) -> None:
    file.write_bytes(GOOD.encode() + b"3,Caf\x8d\n")
    code, output = run(file, database_url)
    assert code == 3
    assert "Line 4 is not UTF-8" in output
    with database.read() as connection:
        assert list(accounts.page(connection)) == []


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("contacts.csv", "is a file to be read"),
        ("nowhere/matches.csv", "there is no folder"),
        ("matches.XLSX", "what is written is CSV"),
    ],
)
def test_matches_go_where_they_can_be_read(tmp_path: Path, out: str, said: str) -> None:
    for name, text in (("accounts.csv", GOOD), ("contacts.csv", "id,company\n7,Acme\n")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = [str(tmp_path / name) for name in ("accounts.csv", "contacts.csv", out)]
    options = ("--accounts", "--contacts", "--out")
    ran = CliRunner().invoke(app, ["match", *(w for pair in zip(options, files, strict=True) for w in pair)])
    assert ran.exit_code == 2 and said in ran.output
    assert (tmp_path / "contacts.csv").read_text(encoding="utf-8").endswith("7,Acme\n")
