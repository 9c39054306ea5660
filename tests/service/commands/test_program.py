"""`muster program`: a target list from a file, settings, nominations and verdicts from the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from service.db import accounts, reps
from service.db.engine import Database
from service.db.program import placements
from service.records.accounts import AccountRecord
from service.records.reps import RepRecord

TARGETS = """account,tier,reason,persona,until,from
A-1,one_to_few,Looks like our best,CFO,
A-1,strategic,As it was,,2020-05-01,2020-02-01
A-2,strategic,The board's wish,,
A-3,gold,A tier of the past,,
A-9,one_to_many,Who is it?,,
"""
MEMBERS = "email,contact,status\nann@company.example,,sent\n,,sent\n"
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def muster(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["program", *arguments])


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with three accounts and a rep, and the quarter near."""
    copy = tmp_path / "muster.db"
    copy.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{copy}")
    with database.write() as connection:
        named = [AccountRecord(external_id=f"A-{n}", name=f"Company {n}") for n in (1, 2, 3)]
        accounts.upsert(connection, named, NOW)
        reps.upsert(connection, [RepRecord(external_id="dan", name="Dan")], NOW)
    database.dispose()
    monkeypatch.setenv("MUSTER_DATABASE_URL", f"sqlite:///{copy}")
    return f"sqlite:///{copy}"


def test_a_quarter_by_commands(url: str, tmp_path: Path) -> None:
    soon = next(day for n in range(10, 20) if (day := datetime.now(UTC) + timedelta(days=n)).day <= 28)
    chosen = tmp_path / "settings.yaml"
    chosen.write_text(
        f"fiscal: {{month: {soon.month}, day: {soon.day}, zone: Australia/Sydney}}\n"
        "window: {opens_days_before: 60}\n"
    )
    assert json.loads(muster("settings", str(chosen)).output)["strategic_cap"] == 8
    chosen.write_text("strategic_cap: none\n")
    wrong = muster("settings", str(chosen))
    assert (wrong.exit_code, "settings.strategic_cap" in wrong.output) == (3, True)

    file = tmp_path / "targets.csv"
    file.write_text(TARGETS)
    taken = muster("import", str(file))
    assert (taken.exit_code, taken.output.splitlines()[0]) == (1, "3 of 5 rows taken")
    refused = file.with_name("targets.csv.errors.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in refused] == ["account", "A-3", "A-9"]
    assert "tier" in refused[1] and "names no account" in refused[2]
    assert [line.split("  ")[:2] for line in muster("targets").stdout.splitlines()] == [
        ["A-1", "one_to_few"],
        ["A-2", "strategic"],
    ]

    database = Database(url)
    with database.read() as connection:
        first, *_ = placements.timeline(connection, "A-1")
    database.dispose()
    assert first.starts == datetime(2020, 1, 31, 13, tzinfo=UTC), "a day begins in the program's zone"

    nothing = muster("nominate", "A-3", "--rep", "dan")
    assert (nothing.exit_code, "criteria: must have at least 1" in nothing.output) == (4, True)
    made = muster("nominate", "A-3", "--rep", "dan", "--criterion", "renewal", "--note", "They grow")
    assert "  renewal      not shown, 0 of 1" in made.output
    nomination = made.output.split()[0]
    muster("review", nomination, "approve", "--side", "sales", "--by", "sue")
    done = muster("review", nomination, "approve", "--side", "marketing", "--by", "max")
    assert done.output.split()[4:] == ["approved", "marketing", "approve,", "sales", "approve"]
    assert muster("nominations").output == done.output
    status = muster("status").stdout
    assert f" until {soon:%Y-%m-%d} 00:00, in Australia/Sydney\n" in status, "the day that it is there"
    assert "Strategic places: 1 of 8 taken now, 1 in" in status
    this, *ahead = muster("quarter").stdout.splitlines()
    assert f"until {soon:%Y-%m-%d}  " in this and f"  {soon:%Y-%m-%d} until " in ahead[0] and len(ahead) == 4
    assert " withdrawn " in muster("withdraw", nomination, "--reason", "not now").output
    assert muster("release", "A-1", "--reason", "it was sold").exit_code == 0
    assert [line.split()[0] for line in muster("targets").stdout.splitlines()] == ["A-2"]
    assert "No account is in the tier one_to_many now" in muster("targets", "--tier", "one_to_many").output


def test_plans_and_people_of_campaigns(url: str, tmp_path: Path) -> None:
    assert (muster("plan", "A-1").exit_code, "no plan" in muster("plan", "A-1").output) == (4, True)
    file = tmp_path / "targets.csv"
    file.write_text("account,tier,reason\nA-1,strategic,as agreed\n")
    assert muster("import", str(file)).exit_code == 0
    plan = tmp_path / "plan.yaml"
    plan.write_text("goals: [A pilot]\nmeasure: [{measure: meetings, goal: 4, by: 2027-01-31}]\n")
    written = muster("plan", "A-1", str(plan))
    assert (written.exit_code, '"A pilot"' in written.output) == (0, True), written.output
    assert '"by": "2027-01-31T00:00:00Z"' in written.output, "a day begins in the program's zone"
    people = tmp_path / "people.csv"
    people.write_text(MEMBERS)
    unknown = muster("members", "C-1", str(people))
    assert (unknown.exit_code, unknown.output.splitlines()[0]) == (1, "0 of 2 rows taken")


def test_a_report_is_printed_and_kept(url: str, tmp_path: Path) -> None:
    said = muster("report", "A-1", "--keep")
    assert said.exit_code == 0, said.output
    assert json.loads(said.stdout)["account_name"] == "Company 1"
    files = ["--pdf", str(tmp_path / "r.pdf"), "--csv", str(tmp_path / "r.csv")]
    assert muster("report", "A-1", *files).stdout == ""
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")
    assert b"report,head,,account_name,Company 1,,\r\n" in (tmp_path / "r.csv").read_bytes()
    assert "No figure is another than in the last report" in (tmp_path / "r.csv").read_text()
    unknown = muster("report", "nobody")
    assert (unknown.exit_code != 0, "no account" in unknown.output) == (True, True)
