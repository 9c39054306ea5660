"""`muster rules` and `muster replay`: what they print, and how they end."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from typer.testing import CliRunner, Result

from matching.types import Contact
from routing.rulebook import version_of
from routing.types.facts import RoutingFacts
from service.cli import app
from service.db import rulebooks
from service.db.engine import Database
from tests.service.organisation import Organisation, organisation
from tests.service.rules import text_of

GOOD, INVALID, FAILED, USAGE = 0, 3, 4, 2
TEXT = text_of("italy")


def muster(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A sound rulebook in a file."""
    path = tmp_path / "rulebook.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def rewrite(file: Path, old: str, new: str) -> Path:
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return file


# --- without a database ---------------------------------------------------------------


def test_a_good_rulebook(file: Path) -> None:
    checked = muster("rules", "check", file)
    assert checked.exit_code == GOOD
    assert checked.output == f"{file} is a valid rulebook, version {version_of(TEXT)}\n"
    linted = muster("rules", "lint", file)
    assert linted.exit_code == GOOD
    assert linted.output == f"Nothing to remark on in {file}\n1 note; --notes shows it\n"


def test_every_fault_is_shown_in_its_line(file: Path) -> None:
    rewrite(rewrite(file, "contact.country: IT", "contact.contry: IT"), "pool: inbound", "pol: inbound")
    checked = muster("rules", "check", file)
    assert checked.exit_code == INVALID
    assert checked.output == (
        f"{file}:5:12: error: there is no field 'contact.contry' (did you mean 'contact.country'?)\n"
        "     5 |     when: {contact.contry: IT}\n"
        "                    ^\n"
        f"{file}:8:10: error: 'pol' is no outcome (did you mean 'pool'?)\n"
        "     8 |   then: {pol: inbound}\n"
        "                  ^\n"
    )


def test_faults_as_data(file: Path) -> None:
    rewrite(file, "contact.country: IT", "contact.contry: IT")
    checked = muster("rules", "check", file, "--json")
    assert checked.exit_code == INVALID
    [fault] = json.loads(checked.output)
    assert (fault["line"], fault["column"], fault["severity"]) == (5, 12, "error")
    assert fault["hint"] == "did you mean 'contact.country'?"


def test_the_part_of_a_long_line_that_matters_is_shown(file: Path) -> None:
    many = ", ".join("XX" for _ in range(200))
    rewrite(file, "when: {", f"when: {{contact.state: {{in: [{many}]}}, contact.contry: IT, ")
    said, line, caret = muster("rules", "check", file).output.splitlines()
    assert "there is no field 'contact.contry'" in said
    assert len(line) < 200
    assert line[caret.index("^") :].startswith("contact.contry")


def test_warnings_are_for_lint(file: Path) -> None:
    rewrite(file, "    because: Italy", "    until: 2020-01-01\n    because: Italy")
    rewrite(file, "expect: {rule: italy, assignee: dan}", "expect: {rule: fallback}")
    assert muster("rules", "check", file).exit_code == GOOD
    linted = muster("rules", "lint", file)
    assert linted.exit_code == GOOD
    assert f"{file}:3:5: warning: rule 'italy' expired on 2020-01-01" in linted.output
    assert muster("rules", "lint", file, "--strict").exit_code == INVALID


def test_a_finding_comes_with_a_contact_that_shows_it(file: Path, tmp_path: Path) -> None:
    again = "  - {id: rome, because: x, when: {contact.country: IT, contact.city: Rome}, then: {queue: q}}\n"
    rewrite(file, "then: {rep: dan}", "then: {pool: inbound}")
    rewrite(file, "fallback:", again + "fallback:")
    linted = muster("rules", "lint", file, "--notes")
    assert linted.exit_code == INVALID
    assert "error: rule 'rome' never carries the day: 'italy' on line 3 ranks above it" in linted.output
    example = "       e.g. contact.city: Rome, contact.country: IT, contact.company: Example -> italy\n"
    assert example in linted.output
    assert "note: there are contacts that only the fallback takes" in linted.output
    checked = muster("rules", "check", file)
    assert (checked.exit_code, "rule 'rome' never carries the day" in checked.output) == (INVALID, True)
    assert muster("rules", "check", file, "--quick").exit_code == GOOD
    found = json.loads(muster("rules", "lint", file, "--json").output)
    [shadowed] = [each for each in found if each["code"] == "shadowed"]
    assert (shadowed["subject"], shadowed["line"], shadowed["severity"]) == ("rome", 7, "error")
    witness = tmp_path / "witness.json"
    witness.write_text(json.dumps(shadowed["witness"]["given"]), encoding="utf-8")
    explained = muster("rules", "explain", file, witness, "--now", shadowed["witness"]["now"])
    assert "italy" in explained.output


def test_tests_pass(file: Path) -> None:
    tested = muster("rules", "test", file)
    assert (tested.exit_code, tested.output) == (GOOD, "ok    Italy goes to Dan\n1 test passed\n")


def test_a_test_that_fails_is_explained(file: Path) -> None:
    tested = muster("rules", "test", rewrite(file, "assignee: dan", "assignee: ana"))
    assert tested.exit_code == FAILED
    assert f"FAIL  {file}:11: Italy goes to Dan\n      assignee: expected 'ana', got 'dan'" in tested.output
    assert "      | Reason: Italy is Dan's.\n" in tested.output
    assert tested.output.endswith("1 test, 1 failed\n")
    [result] = json.loads(muster("rules", "test", file, "--json").output)
    assert result["status"] == "failed"


def test_tests_of_a_faulty_rulebook_are_not_run(file: Path) -> None:
    assert muster("rules", "test", rewrite(file, "when:", "wenn:")).exit_code == INVALID


def test_files_of_tests_beside_the_rulebook_and_others(file: Path, tmp_path: Path) -> None:
    case = "tests: [{name: France takes turns, given: {contact: {country: FR}}, expect: {pool: %s}}]\n"
    (tmp_path / "rulebook_more_test.yaml").write_text(case % "inbound", encoding="utf-8")
    elsewhere = tmp_path / "other.yaml"
    elsewhere.write_text(case % "outbound", encoding="utf-8")
    assert muster("rules", "test", file).output.endswith("2 tests passed\n")
    tested = muster("rules", "test", file, elsewhere)
    assert (tested.exit_code, tested.output.splitlines()[-1]) == (FAILED, "3 tests, 1 failed")
    elsewhere.write_text("tests: [{name: x}]\n", encoding="utf-8")
    assert muster("rules", "test", file, elsewhere).exit_code == INVALID


@pytest.mark.parametrize(
    ("situation", "first"),
    [
        ('{"country": "IT"}', "dan has the contact, by the rule 'italy'."),
        ('{"contact": {"country": "IT"}}', "dan has the contact, by the rule 'italy'."),
        ("contact: {country: IT}\ninactive: [dan]\n", "rep of inbound has the contact"),
    ],
)
def test_a_situation_is_explained(file: Path, tmp_path: Path, situation: str, first: str) -> None:
    given = tmp_path / "given.json"
    given.write_text(situation, encoding="utf-8")
    explained = muster("rules", "explain", file, given)
    assert explained.exit_code == GOOD
    assert explained.output.startswith(first)


def test_why_not_somebody(file: Path, tmp_path: Path) -> None:
    given = tmp_path / "given.yaml"
    given.write_text("country: IT\n", encoding="utf-8")
    explained = muster("rules", "explain", file, given, "--why-not", "ana")
    assert explained.output == "No rule that applied asked for ana.\n"


def test_a_situation_with_faults(file: Path, tmp_path: Path) -> None:
    given = tmp_path / "given.yaml"
    given.write_text("contry: FR\n", encoding="utf-8")
    explained = muster("rules", "explain", file, given)
    assert explained.exit_code == INVALID
    assert f"{given}:1:1: error:" in explained.output
    assert muster("rules", "explain", file).exit_code == USAGE


def test_the_schema() -> None:
    assert json.loads(muster("rules", "schema").output)["title"]


@pytest.mark.parametrize("command", ["check", "lint", "test"])
def test_a_file_that_cannot_be_read(tmp_path: Path, command: str) -> None:
    missing = muster("rules", command, tmp_path / "none.yaml")
    assert (missing.exit_code, missing.output) == (
        USAGE,
        f"{tmp_path / 'none.yaml'} cannot be read: No such file or directory\n",
    )
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"a: \xff")
    assert muster("rules", command, binary).exit_code == INVALID


# --- with a database --------------------------------------------------------------------


@pytest.fixture
def office(database: Database) -> Organisation:
    """An organisation that has decided six contacts."""
    opened = organisation(database, text_of("first"))
    for number in range(6):
        opened.clock.forward(minutes=1)
        country = "IT" if number % 2 else "DE"
        opened.decide(Contact(external_id=f"=c{number}", country=country), f"e{number}")
    return opened


@pytest.fixture
def url(office: Organisation) -> str:
    return office.database.url.render_as_string(hide_password=False)


def live(office: Organisation) -> str | None:
    with office.database.read() as connection:
        return rulebooks.live_version(connection)


def test_publish_and_roll_back(office: Organisation, url: str, file: Path) -> None:
    said = ("--author", "ann", "--reason", "Italy", "--database", url)
    published = muster("rules", "publish", file, *said)
    assert published.exit_code == GOOD
    assert published.output.startswith(f"Version {version_of(TEXT)} is live, by ann at ")
    assert live(office) == version_of(TEXT)
    back = muster("rules", "rollback", *said)
    assert back.output == f"Version {version_of(text_of('first'))} is live again\n"
    assert live(office) == version_of(text_of("first"))
    assert muster("rules", "rollback", *said).exit_code == FAILED
    assert muster("rules", "rollback", version_of(TEXT)[:4], *said).exit_code == GOOD
    assert live(office) == version_of(TEXT)


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("when:", "wenn:", INVALID, ":5:5: error:"),
        ("rep: dan", "rep: dann", INVALID, "there is no rep 'dann' (did you mean 'dan'?)"),
        ("assignee: dan", "assignee: ana", FAILED, "expected 'ana', got 'dan'"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_may_not_go_live(
    office: Organisation, url: str, file: Path, old: str, new: str, code: int, said: str
) -> None:
    rewrite(file, old, new)
    refused = muster("rules", "publish", file, "--author", "a", "--reason", "r", "--database", url)
    assert refused.exit_code == code
    assert said in refused.output
    assert live(office) == version_of(text_of("first"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_names_are_checked_where_a_database_is_named(url: str, file: Path) -> None:
    rewrite(file, "rep: dan", "rep: dann")
    assert muster("rules", "check", file).exit_code == GOOD
    assert muster("rules", "check", file, "--database", url).exit_code == INVALID


def test_plan_says_who_gains_and_who_loses(url: str, file: Path, tmp_path: Path) -> None:
    rewrite(rewrite(file, "rep: dan", "rep: ana"), "assignee: dan", "assignee: ana")
    changes = tmp_path / "changes.csv"
    options = ("--since", "2026-03-01", "--database", url)
    planned = muster("rules", "plan", file, *options, "--changes", changes)
    assert planned.exit_code == GOOD
    assert f"6 contacts: {version_of(text_of('first'))} against " in planned.output
    assert "       3 end in another place (50.0 %)" in planned.output
    assert "first -> italy         3\n" in planned.output
    with changes.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["contact_id"] for row in rows] == ["'=c1", "'=c3", "'=c5"]
    assert {(row["before_assignee"], row["after_assignee"]) for row in rows} == {("dan", "ana")}
    found = json.loads(muster("rules", "plan", file, *options, "--json").stdout)
    assert (found["contacts"], found["changed"]) == (6, 3)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_replay_compares_with_what_was_decided(url: str, file: Path) -> None:
    replayed = muster("replay", "--draft", file, "--since", "2026-03-01", "--limit", 4, "--database", url)
    assert "4 contacts: as recorded against " in replayed.output
    assert "       0 end in another place (0.0 %)" in replayed.output
    assert "       2 in the same place by another rule" in replayed.output
    stored = muster("replay", "--since", "2026-03-01", "--database", url)
    assert "       0 in the same place by another rule" in stored.output
    assert muster("replay", "--since", "yesterday", "--database", url).exit_code == USAGE


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_stored_decision_is_explained(office: Organisation, url: str, file: Path, tmp_path: Path) -> None:
    made = office.decide(Contact(external_id="x", country="IT"), "x")
    by_id = muster("rules", "explain", file, "--decision", made.id, "--database", url)
    assert by_id.output.startswith("Dan has the contact, by the rule 'italy'.")
    facts = tmp_path / "facts.json"
    facts.write_bytes(TypeAdapter(RoutingFacts).dump_json(made.facts))
    by_facts = muster("rules", "explain", file, facts, "--now", "2026-03-02")
    assert by_facts.output == by_id.output
    unknown = muster("rules", "explain", file, "--decision", "none", "--database", url)
    assert (unknown.exit_code, unknown.output) == (FAILED, "No decision has the id none\n")
