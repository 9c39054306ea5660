"""`muster handover`: planned from a file, done, shown and taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from routing.types.people import RepId
from service.cli import app
from service.db import accounts
from service.db.account_state import OWNER
from service.db.engine import Database
from service.db.reps import by_id
from service.db.timeline import in_force
from service.doctor import examine
from service.records.accounts import AccountRecord
from tests.service.handover.world import world

LEAVES = """
rep: dan
kind: leaves
reason: left the company
accounts:
  territory:
    - {country: [FR], to: finn}
  otherwise: eve
in_work: {rep: meg}
"""


def muster(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(app, ["handover", *arguments], input=given)


def test_a_rep_leaves_and_it_is_taken_back(database: Database, database_url: str, tmp_path: Path) -> None:
    world(database)
    file = tmp_path / "dan.yaml"
    file.write_text(LEAVES)
    on = ("--database", database_url)
    planned = muster("plan", str(file), "--by", "meg", *on)
    assert planned.exit_code == 0, planned.output
    first, *lines = planned.stdout.splitlines()
    number, _, state = first.partition(": ")
    assert state == "dan leaves, planned"
    assert any("finn" in line for line in lines), lines
    assert _owner(database, "A-3") == "dan"  # a plan changes nothing

    applied = muster("apply", number, "--by", "meg", *on)
    assert applied.exit_code == 0, applied.output
    assert applied.stdout.startswith(f"{number}: dan leaves, applied")
    assert (_owner(database, "A-1"), _owner(database, "A-3")) == ("eve", "finn")
    assert not _active(database, "dan")
    assert muster("show", number, *on).stdout == applied.stdout

    undone = muster("undo", number, *on)
    assert undone.exit_code == 0, undone.output
    assert (_owner(database, "A-1"), _owner(database, "A-3")) == ("dan", "dan")
    assert _active(database, "dan")
    assert not list(examine(database, datetime.now(UTC)))


def test_a_plan_that_the_world_has_left_behind_is_not_done(database: Database, database_url: str) -> None:
    world(database)
    on = ("--database", database_url)
    number = muster("plan", "-", *on, given=LEAVES).stdout.partition(":")[0]
    changed = AccountRecord.model_validate({"external_id": "A-4", "owner": "bo"})
    with database.write() as connection:
        accounts.upsert(connection, [changed], datetime.now(UTC))
    stale = muster("apply", number, *on)
    assert stale.exit_code == 4
    assert "account A-4 (OWNER) is no longer quiet" in stale.output
    assert _owner(database, "A-1") == "dan"
    missing = muster("show", "nix", *on)
    assert (missing.exit_code, "no hand-over" in missing.output) == (4, True), missing.output


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("{rep: dan, kind: leaves, accounts: {rep: eve}}", 3, "reason"),
        ("{rep: dan, kind: goes, reason: x, accounts: {rep: eve}}", 3, "kind"),
        ("[", 3, "-: "),
        ("{rep: den, kind: leaves, reason: x, accounts: {rep: eve}}", 4, "did you mean 'dan'?"),
        ("{rep: dan, kind: leaves, reason: x, accounts: {rep: evee}}", 4, "eve"),
    ],
)
def test_what_is_wrong_is_told(
    database: Database, database_url: str, text: str, code: int, told: str
) -> None:
    world(database)
    refused = muster("plan", "-", "--database", database_url, given=text)
    assert (refused.exit_code, told in refused.output) == (code, True), refused.output


def _owner(database: Database, account: str) -> str | None:
    with database.read() as connection:
        state = accounts.get(connection, account)
    assert state is not None
    span = in_force(state.roles[OWNER], datetime.now(UTC))
    return span.value if span else None


def _active(database: Database, name: str) -> bool:
    with database.read() as connection:
        return by_id(connection, [RepId(name)])[RepId(name)].active
