"""The life of a rulebook on the command line, from the first draft to the way back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from routing.rulebook import version_of
from service.cli import app
from service.db.engine import Database
from tests.service.organisation import organisation
from tests.service.rules import text_of

FIRST, SECOND, THIRD = text_of("first"), text_of("second"), text_of("third")
RUN = CliRunner()

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def office(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A deployment with a first rulebook, whose URL the environment names."""
    organisation(database, FIRST)
    monkeypatch.setenv("MUSTER_DATABASE_URL", database.url.render_as_string())
    return database


def rules(*arguments: str, code: int = 0, group: str = "rules") -> str:
    done: Result = RUN.invoke(app, [group, *arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_from_the_draft_to_the_way_back(
    office: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSTER_RULEBOOK_APPROVAL", "true")
    file = tmp_path / "rulebook.yaml"
    file.write_text(SECOND, encoding="utf-8")
    because = ("--author", "ann", "--reason", "it is time")
    assert "Save the text as the draft first" in rules("publish", str(file), *because, code=4)
    assert version_of(SECOND) in rules("push", str(file), "--author", "ann")
    assert "+  - id: second" in rules("diff")
    assert "ann wrote the draft" in rules("approve", "--author", "ann", code=4)
    assert "must approve the draft first" in rules("publish", *because, code=4)
    assert "another version" in rules("approve", "--author", "bob", "--version", "ffff", code=4)
    seen = ("--author", "bob", "--comment", "read it", "--version", version_of(SECOND)[:6])
    assert "bob objected" in rules("approve", *seen, "--object")
    assert "bob objected: read it" in rules("publish", *because, code=4)
    assert "bob approved" in rules("approve", *seen)
    assert f"{version_of(SECOND)} is live" in rules("publish", *because)
    assert "bob approved it" in rules("versions")
    file.write_text(THIRD, encoding="utf-8")
    rules("push", str(file), "--author", "ann")
    other = tmp_path / "other.yaml"
    other.write_text(FIRST, encoding="utf-8")
    assert "ann has begun a draft" in rules("push", str(other), "--author", "eve", code=4)
    rules("approve", "--author", "bob")
    when = ("--at", "2099-05-01T08:00", "--zone", "europe/berlin")
    assert "within two years" in rules("publish", *because, *when, code=2)
    assert "no IANA time zone" in rules("publish", *because, "--at", "2099-01-01", "--zone", "CEST/x", code=2)
    assert "must be a time" in rules("publish", *because, "--at", "soon", code=2)
    assert version_of(FIRST) in rules("rollback", *because)
    assert rules("pull", "live") == FIRST
    rules("pull", version_of(SECOND), "-o", str(other))
    assert other.read_text(encoding="utf-8") == SECOND
    assert "No version is called so" in rules("pull", "feed", code=4)
    assert "Nothing is scheduled" in rules("scheduled")
    assert "No schedule has this id" in rules("cancel", "7", "--author", "ann", code=4)


def test_a_draft_is_scheduled_and_cancelled(office: Database, tmp_path: Path) -> None:
    file = tmp_path / "rulebook.yaml"
    file.write_text(SECOND, encoding="utf-8")
    soon = rules("publish", str(file), "--author", "ann", "--reason", "later", "--at", _ahead())
    assert version_of(SECOND) in soon and "waiting" in soon
    assert "waiting" in rules("scheduled")
    assert "will not go live" in rules("cancel", "1", "--author", "ann")
    assert "cancelled" in rules("scheduled")


def test_the_watch_and_the_report(office: Database) -> None:
    assert "too few decisions before" in rules("watch")
    assert '"baseline": "none"' in rules("watch", "--json")
    assert "never" in rules("report", "--days", "7")
    assert '"silent"' in rules("report", "--json")


def test_the_shadow(office: Database) -> None:
    assert "decided in the shadow" in rules("on", "--field", "owner", "--author", "ann", group="shadow")
    named = rules("on", "--field", "owner", "--author", "ann", "--source", "web", group="shadow")
    assert "Contacts from web are" in named
    assert "disagree" in rules("report", group="shadow")
    assert '"by_rule"' in rules("report", "--json", group="shadow")
    assert rules("disagreements", group="shadow") == ""
    assert rules("disagreements", "--json", group="shadow").strip() == "[]"
    assert "for real" in rules("off", group="shadow")


def _ahead() -> str:
    return (datetime.now(UTC) + timedelta(days=30)).isoformat(timespec="minutes")
