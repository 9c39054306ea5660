"""service/imports/offline.py and `muster match`: two files matched without a database."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from matching.bulk import judge_all
from matching.decide import Judged
from matching.policy import default_policy
from matching.types import NormalizedContact
from service.cli import app
from service.commands.imports import BAD_ROWS
from service.imports import colleagues, offline

ACCOUNTS = """\
account_id,name,website,domains,country,city,phone,parent_id,shade,Name
A1,Bergwald Pumpen GmbH,https://www.bergwald-pumpen.de,bergwald.eu;bergwald.com,DE,Ulm,,,x,Other
A2,Nordlicht Optik AB,,nordlicht-optik.se,Sweden,,,A1,x,
"""

CONTACTS = """\
qid,company,email,website,country,city,phone
q1,Bergwald Pumpen,l.vermeer@bergwald.eu,,DE,,
q2,Quite Another Ltd,x@gmail.com,,,,
q3,,not an address,,,,
"""


def test_predictions(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ACCOUNTS, encoding="utf-8")
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(CONTACTS.encode()))
    out = tmp_path / "p.csv"
    named = [
        "--accounts",
        str(tmp_path / "a.csv"),
        "--contacts",
        str(tmp_path / "c.csv.gz"),
        "--out",
        str(out),
    ]
    ran = CliRunner().invoke(app, ["match", *named])
    assert ran.exit_code == 0, ran.output
    assert "a.csv: columns not known and left aside: shade" in ran.output
    assert "a.csv: columns left aside because another says the same: Name" in ran.output
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["contact_id"], row["outcome"], row["account_id"]) for row in rows] == [
        ("q1", "matched", "A1"),
        ("q2", "unmatched", ""),
        ("q3", "unmatched", ""),
    ]
    assert float(rows[0]["score"]) > 0.9
    assert "account_domain_name" in rows[0]["evidence"] or "domain" in rows[0]["evidence"]
    assert rows[0]["candidates"].startswith("A1=")


def test_account_rows_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    accounts, contacts, out = tmp_path / "a.csv", tmp_path / "c.csv", tmp_path / "p.csv"
    accounts.write_text(
        ACCOUNTS + ",Without An Id,,,DE,,,,x,\nA9," + "n" * 400 + ",,,DE,,,,x,\n", encoding="utf-8"
    )
    contacts.write_text(CONTACTS, encoding="utf-8")
    named = ["--accounts", str(accounts), "--contacts", str(contacts), "--out", str(out), "--processes", "1"]
    ran = CliRunner().invoke(app, ["match", *named])
    assert ran.exit_code == 0, ran.output
    assert "accounts: 2 rows cannot be read (left out)" in ran.output
    with (tmp_path / "a.csv.match-errors.csv").open(encoding="utf-8", newline="") as file:
        assert [(row["line"], row["column"] != "") for row in csv.DictReader(file)] == [
            ("4", True),
            ("5", True),
        ]


@pytest.mark.parametrize("name", ["a.csv", "a.ndjson"])
def test_what_an_account_goes_without_is_told(tmp_path: Path, name: str) -> None:
    accounts, contacts, out = tmp_path / name, tmp_path / "c.csv", tmp_path / "p.csv"
    rows = [
        {"external_id": "A1", "name": "Bergwald Pumpen GmbH", "country": "Narnia", "domains": "bergwald.eu"},
        {"external_id": "A2", "name": "Nordlicht Optik", "country": "SE", "domains": "nordlicht.se;nowhere"},
        {"external_id": "A3", "name": "Quiet Mills", "country": "SE", "domains": "quiet.se;quiet.com"},
    ]
    if name == "a.csv":
        lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    else:
        lines = [json.dumps({**row, "domains": row["domains"].split(";")}) for row in rows]
    accounts.write_text("\n".join(lines), encoding="utf-8")
    contacts.write_text("Lead ID,Company,Email\nC1,Bergwald,x@bergwald.eu\n", encoding="utf-8")
    named = ["--accounts", str(accounts), "--contacts", str(contacts), "--out", str(out), "--processes", "1"]
    ran = CliRunner().invoke(app, ["match", *named])
    assert ran.exit_code == 0, ran.output
    assert "accounts: 3 indexed" in ran.output
    assert "accounts: 2 rows taken without what makes no sense" in ran.output
    assert "cannot be read" not in ran.output
    first = 2 if name == "a.csv" else 1
    with (tmp_path / f"{name}.match-errors.csv").open(encoding="utf-8", newline="") as file:
        assert [(row["line"], row["column"], row["row"]) for row in csv.DictReader(file)] == [
            (str(first), "country", "stored without it"),
            (str(first + 1), "domains", "stored without it"),
        ]
    with out.open(encoding="utf-8", newline="") as file:
        assert [row["outcome"] for row in csv.DictReader(file)] == ["matched"]


def test_contact_rows_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    accounts, contacts, out = tmp_path / "a.csv", tmp_path / "c.csv", tmp_path / "p.csv"
    accounts.write_text(ACCOUNTS, encoding="utf-8")
    contacts.write_text(
        "Lead ID,Company,Email\nC1,Acme,\nC2," + "n" * 257 + ",\n,,a@b@c.de\n", encoding="utf-8"
    )
    named = ["--accounts", str(accounts), "--contacts", str(contacts), "--processes", "1", "--out"]
    ran = CliRunner().invoke(app, ["match", *named, str(out)])
    assert ran.exit_code == 0, ran.output
    assert "contacts: 2 rows cannot be read (unmatched)" in ran.output
    with (tmp_path / "c.csv.match-errors.csv").open(encoding="utf-8", newline="") as file:
        assert [(row["line"], row["column"]) for row in csv.DictReader(file)] == [("3", "Company"), ("4", "")]
    with out.open(encoding="utf-8", newline="") as file:
        assert [row["contact_id"] for row in csv.DictReader(file)] == ["C1", "C2", "line 4"]

    vendors = tmp_path / "c.ndjson"
    vendors.write_text('{"contact_id": "1", "company": "Acme"}', encoding="utf-8")
    none = CliRunner().invoke(
        app, ["match", *[str(vendors) if each == str(contacts) else each for each in named], str(out)]
    )
    assert none.exit_code == BAD_ROWS, none.output
    assert "did you mean external_id?" in (tmp_path / "c.ndjson.match-errors.csv").read_text(encoding="utf-8")

    before = contacts.read_bytes()
    over = CliRunner().invoke(app, ["match", *named, str(contacts)])
    assert (over.exit_code, contacts.read_bytes()) == (2, before)
    assert "the matches would overwrite it" in over.output
    nowhere = CliRunner().invoke(app, ["match", *named, str(tmp_path / "none" / "p.csv")])
    assert nowhere.exit_code == 2
    assert "there is no folder" in nowhere.output
    printed = CliRunner().invoke(app, ["match", *named, "-"])
    assert (printed.exit_code, "name one, or /dev/stdout" in printed.output) == (2, True)


def test_files_whose_columns_are_not_known(tmp_path: Path) -> None:
    accounts, odd = tmp_path / "a.csv", tmp_path / "odd.csv"
    accounts.write_text(ACCOUNTS, encoding="utf-8")
    odd.write_text("foo,bar\n1,2\n", encoding="utf-8")
    for first, second, told in (
        (odd, accounts, "an account needs an id and a name. Columns: foo, bar"),
        (
            accounts,
            odd,
            "a contact needs one of email, company and website to be matched by. Columns: foo, bar",
        ),
    ):
        given = ["--accounts", str(first), "--contacts", str(second), "--out", str(tmp_path / "p.csv")]
        ran = CliRunner().invoke(app, ["match", *given, "--processes", "1"])
        assert (ran.exit_code, (tmp_path / "p.csv").exists()) == (3, False)
        assert told in ran.output


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.csv")
    out = str(tmp_path / "p.csv")
    ran = CliRunner().invoke(app, ["match", "--accounts", missing, "--contacts", missing, "--out", out])
    assert ran.exit_code == 3
    assert "No such file" in ran.output


@pytest.mark.parametrize("processes", [1, 2])
def test_colleagues_are_answered_as_each_would_be_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    """What is kept for colleagues changes no answer, even while answers are forgotten."""
    monkeypatch.setattr(offline, "BATCH", 3)
    monkeypatch.setattr(colleagues, "MOST_KNOWN", 2)
    (tmp_path / "a.csv").write_text(ACCOUNTS, encoding="utf-8")
    columns, *known = CONTACTS.splitlines()
    rows = [f"c{at},{known[at * 5 % 3].partition(',')[2]}" for at in range(40)]
    rows = [row.replace("@", f"-{at}@", 1) for at, row in enumerate(rows)]
    index, policy = offline.build_index(tmp_path / "a.csv"), default_policy()

    def answers(rows: list[str], processes: int) -> list[str]:
        (tmp_path / "c.csv").write_text("\n".join([columns, *rows]), encoding="utf-8")
        offline.match_file(index, tmp_path / "c.csv", tmp_path / "p.csv", policy, lambda *_: None, processes)
        return (tmp_path / "p.csv").read_text(encoding="utf-8").splitlines()[1:]

    together = answers(rows, processes)
    assert together == [answer for row in rows for answer in answers([row], 1)]
    assert len({answer.partition(",")[2] for answer in together}) == 2


def test_a_colleague_is_matched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who says the same of their company but has another address; all else is asked for itself."""
    (tmp_path / "a.csv").write_text(ACCOUNTS, encoding="utf-8")
    rows = """\
id,email,company,phone,website
c1,ann@bergwald.eu,Bergwald,,
c2,bob@bergwald.eu,Bergwald,,
c3,bob@bergwald.eu,Bergwald Pumpen,,
c4,bob@bergwald.eu,Bergwald,+49 731 5550100,
c5,bob <b@bergwald.eu>,Bergwald,,
c6,cy@bergwald.eu,Bergwald,,https://a@b/
,dan@bergwald.eu,Bergwald,,
c8,eve@bergwald.eu,Bergwald,,
,,,,
c9,"bob, ann@bergwald.eu",Bergwald,,
"""
    (tmp_path / "c.csv").write_text(rows, encoding="utf-8")
    matched = []

    def judged(contacts: list[NormalizedContact], *rest: Any) -> list[Judged]:
        matched.extend(contacts)
        return judge_all(contacts, *rest)

    monkeypatch.setattr(offline, "judge_all", judged)
    index = offline.build_index(tmp_path / "a.csv")
    count = offline.match_file(
        index, tmp_path / "c.csv", tmp_path / "p.csv", default_policy(), lambda *_: None
    )
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        answers = {row["contact_id"]: row["account_id"] for row in csv.DictReader(file)}
    assert (count, len(matched)) == (9, 7)
    assert answers["c1"] == answers["c2"] == answers["c8"] == "A1"


def test_what_is_wrong_with_an_import_of_the_same_file_stays(tmp_path: Path) -> None:
    accounts = tmp_path / "a.csv"
    accounts.write_text("account_id,name\n1,Acme\n", encoding="utf-8")
    contacts = tmp_path / "c.csv"
    contacts.write_text("contact_id,company\n", encoding="utf-8")
    kept = tmp_path / "c.csv.errors.csv"
    kept.write_text("of an import", encoding="utf-8")
    matched = CliRunner().invoke(
        app,
        ["match", "--accounts", str(accounts), "--contacts", str(contacts), "--out", str(tmp_path / "m.csv")],
    )
    assert matched.exit_code == 0
    assert kept.read_text(encoding="utf-8") == "of an import"
    assert "c.csv holds no rows: there is nothing behind its headers" in matched.stderr


def test_what_is_cut_leaves_the_matches_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text(ACCOUNTS, encoding="utf-8")
    (tmp_path / "c.csv").write_text(CONTACTS, encoding="utf-8")
    out = tmp_path / "p.csv"
    out.write_text("of before", encoding="utf-8")

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(offline, "judge_all", cut)
    files = ["--accounts", str(tmp_path / "a.csv"), "--contacts", str(tmp_path / "c.csv"), "--out", str(out)]
    matched = CliRunner().invoke(app, ["match", *files, "--processes", "1"])
    assert matched.exit_code == 130
    assert f"Interrupted: {out} is as it was before" in matched.stderr
    assert out.read_text(encoding="utf-8") == "of before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "c.csv", "p.csv"]


def test_it_says_which_of_the_files_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ACCOUNTS, encoding="utf-8")
    (tmp_path / "c.csv").write_bytes(CONTACTS.encode() + b"q4,Caf\x8d,,,,,\n")
    files = ["--accounts", str(tmp_path / "a.csv"), "--contacts", str(tmp_path / "c.csv")]
    matched = CliRunner().invoke(app, ["match", *files, "--out", str(tmp_path / "p.csv")])
    assert matched.exit_code == 3
    assert "c.csv: Line 5 is not UTF-8" in matched.stderr


def test_failures_of_a_spreadsheet_are_nothing(tmp_path: Path) -> None:
    accounts, contacts, out = tmp_path / "a.csv", tmp_path / "c.csv", tmp_path / "p.csv"
    accounts.write_text(
        'account_id,name,domains\n"=""007""",Acme,acme.de\n#N/A,#REF!,#N/A\n', encoding="utf-8"
    )
    contacts.write_text(
        'contact_id,company,email\n"=""01""",#N/A,x@acme.de\n2,#REF!,#REF!\n', encoding="utf-8"
    )
    named = ["--accounts", str(accounts), "--contacts", str(contacts), "--out", str(out), "--processes", "1"]
    ran = CliRunner().invoke(app, ["match", *named])
    assert ran.exit_code == 0, ran.output
    with out.open(encoding="utf-8", newline="") as file:
        rows = [(row["contact_id"], row["outcome"], row["account_id"]) for row in csv.DictReader(file)]
    assert rows == [("01", "matched", "007"), ("2", "unmatched", "")]
