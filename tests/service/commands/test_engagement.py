"""`muster program signals`, `engagement` and `activations` over a file of signals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from routing.types.facts import ProgramTier
from service.cli import app
from service.db import accounts
from service.db.engine import Database
from service.program.parts import Parts
from service.program.targets import Placing, Targets
from service.records.accounts import AccountRecord


def muster(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_from_a_file_to_an_activation(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, now = tmp_path / "muster.db", datetime.now(UTC)
    copy.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{copy}")
    parts = Parts(database=database, clock=lambda: now - timedelta(days=1), new_id=lambda: "id")
    with database.write() as connection:
        record = AccountRecord(external_id="A-1", name="Acme", website="acme.example")
        accounts.upsert(connection, [record], now)
    Targets(parts).place(Placing(account="A-1", tier=ProgramTier.ONE_TO_FEW, reason="fits"), "pia")
    database.dispose()
    monkeypatch.setenv("MUSTER_DATABASE_URL", f"sqlite:///{copy}")
    file = tmp_path / "6sense.csv"
    file.write_text(
        "6sense Company Name,6sense Domain,6sense Buying Stage,6sense Intent Score\n"
        "Acme,acme.example,Decision,80\nNobody,nobody.example,Awareness,10\n"
    )
    assert muster("import", "signals", str(file)).exit_code == 0
    listed = muster("program", "signals", "unmatched")
    assert "nobody.example" in listed.output and "1 signal is on no account" in listed.output
    row = listed.output.split()[0]
    assert "0 of 1 found" in muster("program", "signals", "retry").output
    none = muster("program", "activations", "--tier", "strategic")
    assert (none.stdout, "It takes a score of 50 or 3 people who" in none.output) == ("", True)
    placed = muster("program", "signals", "place", row, "A-1", "--by", "pia").output
    assert "1 signal is on A-1 now that was not" in placed
    assert muster("program", "signals", "place", row, "A-9").exit_code != 0
    [line] = muster("program", "engagement").output.splitlines()
    assert line.split()[:4] == ["9.0", "0", "people", "A-1"]
    shown = muster("program", "engagement", "A-1").output
    assert "Decision, says 6sense" in shown or "Awareness, says 6sense" in shown
    assert muster("program", "engagement", "A-9").exit_code == 4
    [activated] = muster("program", "activations").stdout.splitlines()
    assert "A-1  stage" in activated and activated.endswith("waits to be decided")
