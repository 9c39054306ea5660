from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import MetaData, insert, inspect, text
from typer.testing import CliRunner

from service.auth import Keys, Scope
from service.cli import COMMANDS, app, main
from service.db import migrate
from service.db.engine import Database
from service.db.tables import pool
from service.problems import Unauthorized

RULEBOOK = Path(__file__).parents[2] / "examples/gitlab/rulebook.yaml"


def run(*words: str) -> tuple[int, str]:
    """The exit code and everything that was said."""
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


def recognise(database: Database, key: str) -> frozenset[Scope]:
    keys = Keys(database, pepper=None, bootstrap=None, now=lambda: datetime(2026, 1, 5, tzinfo=UTC))
    return keys.recognise(key).scopes


def test_the_life_of_a_key(database: Database, database_url: str) -> None:
    at = ("--database", database_url)
    code, key = run("keys", "create", "--name", "crm", "--scope", "intake", "--scope", "match", *at)
    assert code == 0
    key_id = key.split("_")[1]
    code, listed = run("keys", "list", *at)
    assert f"{key_id}  intake,match  active  never used  crm" in listed
    assert key.split("_", 2)[2].strip() not in listed
    assert run("keys", "revoke", key_id, *at)[0] == 0
    assert "revoked" in run("keys", "list", *at)[1]
    with pytest.raises(Unauthorized):
        recognise(database, key.strip())


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_offers_completion_of_its_own_name_alone(command: str) -> None:
    code, said = run(command, "--help")
    assert code == 0 and "-completion" not in said


def test_a_key_that_does_not_exist(database_url: str) -> None:
    code, said = run("keys", "revoke", "none", "--database", database_url)
    assert code == 4
    assert "no key" in said


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_empty_database_is_set_up(database_url: str) -> None:
    empty = database_url.replace("muster.db", "empty.db")
    assert run("keys", "create", "--name", "crm", "--scope", "intake", "--database", empty)[0] == 0
    assert "crm" in run("keys", "list", "--database", empty)[1]


READING = """
    audit head; audit list; audit verify; doctor; handover show h1; hygiene; keys list; people list;
    policy history; policy refit; policy show; pools export; pools fairness inbound; pools ledger inbound;
    pools list; pools next inbound; privacy export ana@example.com; program activations; program engagement;
    program measures coverage; program nominations; program plan acme; program quarter; program rates;
    program report acme; program settings; program signals unmatched; program status; program targets;
    rematch --all; replay --draft {file}; report sla; rules diff; rules plan {file}; rules pull; rules report;
    rules scheduled; rules versions; rules watch; shadow disagreements; shadow report; sources list;
    sources show crm
"""
"""Commands that only look at what is stored."""


@pytest.mark.parametrize("command", ["doctor", "keys list", "rules versions"])
def test_what_only_looks_sets_no_database_up(command: str, database: Database, database_url: str) -> None:
    with database.write() as connection:
        tables = MetaData()
        tables.reflect(connection)
        tables.drop_all(connection)
    assert run(*command.split(), "--database", database_url) == (
        2,
        "The database is empty; muster db upgrade sets it up\n",
    )
    with database.read() as connection:
        assert inspect(connection).get_table_names() == []


@pytest.mark.parametrize("command", [" ".join(each.split()) for each in READING.split(";")])
def test_what_only_looks_makes_no_file(command: str, tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    words = command.format(file=RULEBOOK).split()
    code, said = run(*words, "--database", f"sqlite:///{file}")
    assert (code, said) == (2, f"There is no database at {file}; muster db upgrade makes one\n")
    assert not file.exists()


def test_the_schema_of_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    code, said = run("db", "current", "--database", f"sqlite:///{file}")
    assert (code, said) == (0, f"database empty, program {migrate.head()}\n")
    assert not file.exists()


def test_a_database_of_another_version_is_refused(database: Database, database_url: str) -> None:
    database.transact(lambda c: c.execute(text("UPDATE alembic_version SET version_num = 'other'")))
    code, said = run("keys", "list", "--database", database_url)
    assert code == 2
    assert "muster db upgrade" in said


def test_upgrading_again_changes_nothing(database_url: str) -> None:
    for _ in range(2):
        assert run("db", "upgrade", "--database", database_url)[0] == 0
    assert run("db", "current", "--database", database_url)[1] == (
        f"database {migrate.head()}, program {migrate.head()}\n"
    )


def test_the_doctor_says_what_is_wrong(database: Database, database_url: str) -> None:
    assert run("doctor", "--database", database_url) == (0, "All is well\n")
    row = {"name": "inbound", "settings": {}, "turn": 7, "updated_at": datetime(2026, 1, 5, tzinfo=UTC)}
    database.transact(lambda connection: connection.execute(insert(pool).values(row)))
    code, found = run("doctor", "--database", database_url)
    assert code == 1
    assert found.startswith("pool inbound: its number of turns is not that of its ledger")


def test_sqlite_is_served_by_one_process(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        code, said = run("serve", "--workers", "2", "--database", database_url)
        assert code == 2
        assert "PostgreSQL" in said


def test_wrong_settings_are_told_and_not_traced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MUSTER_PORT", "http")
    monkeypatch.setattr("sys.argv", ["muster", "serve"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("MUSTER_PORT: ")


def test_a_file_that_cannot_be_the_database_is_told_and_not_traced(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("no database, and no folder" * 50, encoding="utf-8")
    for path, said in ((file, "file is not a database"), (file / "muster.db", "its folder must be there")):
        monkeypatch.setattr("sys.argv", ["muster", "doctor", "--database", f"sqlite:///{path}"])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 1
        told = capsys.readouterr().err
        assert told.startswith("The database cannot be used: ")
        assert said in told


def test_help_lists_every_command() -> None:
    code, said = run("--help")
    assert code == 0
    assert set(COMMANDS) <= {word.strip("│") for word in said.split()}


def test_a_command_does_without_the_api() -> None:
    said = "import sys; from service.cli import app; app(['keys', '--help'], standalone_mode=False); "
    said += "print('service.app' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == "False"


@pytest.mark.parametrize("module", ["service", "service.cli"])
def test_a_module_that_is_run_is_the_command_line(module: str) -> None:
    done = subprocess.run([sys.executable, "-m", module, "nosuch"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "nosuch" in done.stderr
