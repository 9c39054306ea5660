"""`muster import pools` and `muster pools`: files of pools, who is next, how fair it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli import app

POOLS = """
- name: inbound
  members: [{rep: ana, weight: 2, since: '2026-01-05T00:00:00+00:00'}, {rep: ben, caps: {day: 3}}]
  fit: [{contact: contact.custom.language, rep: custom.languages}]
  requires: {role: {not: [AM]}}
  caps: {day: 8, hour: 2}
  ramp: [50, 100]
  nobody: overflow
  overflow: everybody
  gives_back: [no_show]
- name: everybody
  newcomer: zero
  members: [{rep: ana}]
"""

BAD = """
- {name: x, capz: 1, caps: {dya: 1}}
- {name: y, zone: Mars, fit: [{contact: contact.foo, rep: role}], ramp: [120]}
- {name: z, requires: {shoe: 9}, nobody: queue}
"""

FAULTS = """\
Pool 'x', caps: has no period 'dya'; write one of hour, day, week, month, 30_days, total
Pool 'x', capz: is not a field here; did you mean caps?
Pool 'y', fit: 'contact.foo' is no field of the contact or the account; see docs/rulebook.md
Pool 'y', zone: is no IANA time zone; write a name such as Europe/Berlin
Pool 'y', ramp.0: must be at most 100
Pool 'z', requires: 'shoe' is no attribute of reps; write"""


@pytest.fixture
def url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated database of the test's own."""
    copy = tmp_path / "muster.db"
    copy.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{copy}"


def muster(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_a_file_of_pools_goes_in_and_comes_out_the_same(tmp_path: Path, url: str) -> None:
    first, second = tmp_path / "pools.yaml", tmp_path / "again.yaml"
    first.write_text(POOLS)
    stored = muster("import", "pools", str(first), "--database", url)
    assert stored.exit_code == 0, stored.output
    assert "inbound: created" in stored.output
    for name in ("ana", "ben"):
        assert f"member '{name}' is no rep yet and is passed over" in stored.output
    second.write_text(muster("pools", "export", "--database", url).stdout)
    again = muster("import", "pools", str(second), "--database", url)
    assert again.output.count("unchanged") == 2, again.output
    assert muster("pools", "export", "--database", url).stdout == second.read_text()
    shown = muster("pools", "list", "--database", url).stdout
    assert "newcomer zero: who joins gets every turn until level with the others" in shown
    ahead = muster("pools", "next", "inbound", "--database", url)
    assert ahead.stdout.startswith("nobody\n    Passed over in the pool 'inbound': ana is no rep we know.")
    assert "join ben from a file" in muster("pools", "ledger", "inbound", "--database", url).stdout
    fair = muster("pools", "fairness", "inbound", "--database", url).stdout
    assert "ana: 0 drawn, 0.0 expected, +0.0" in fair
    missing = muster("pools", "next", "nix", "--database", url)
    assert (missing.exit_code, "there are" in missing.output) == (4, True)


def test_every_fault_is_told_at_once_and_nothing_is_stored(tmp_path: Path, url: str) -> None:
    file = tmp_path / "pools.yaml"
    file.write_text(BAD)
    told = muster("import", "pools", str(file), "--database", url)
    assert told.exit_code == 3
    assert FAULTS in told.output
    file.write_text("- {name: fine}\n- {name: a, overflow: b}\n- {name: b, overflow: a}\n")
    told = muster("import", "pools", str(file), "--database", url)
    assert (told.exit_code, "must not lead back" in told.output) == (3, True)
    assert muster("pools", "list", "--database", url).stdout == ""
    for text in ("a: 1", "- ["):
        file.write_text(text)
        assert muster("import", "pools", str(file), "--database", url).exit_code == 3
