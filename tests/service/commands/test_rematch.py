"""`muster rematch` and `muster hygiene`: what they print, and how they end."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner, Result

from matching.types import Contact
from service.cli import app
from service.db import accounts
from service.db.engine import Database
from service.records.accounts import AccountRecord
from tests.service.organisation import Organisation, organisation

LIGHTHOUSE = [
    AccountRecord(external_id="L-1", name="Lighthouse Optics SA", domains=["lighthouse.example"]),
    AccountRecord(external_id="L-2", name="Harbour Logistics Limited"),
]


@pytest.fixture
def org(database: Database) -> Organisation:
    """An organisation that got an account for a contact it already had."""
    made = organisation(database)
    made.decide(
        Contact(external_id="otto", email="otto@lighthouse.example", company="Lighthouse Optics"), "e1"
    )
    with database.write() as connection:
        accounts.upsert(connection, LIGHTHOUSE, made.clock())
    return made


def muster(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--database", url])


def test_the_differences_come_first_and_are_applied_once(org: Organisation, database_url: str) -> None:
    shown = muster(database_url, "rematch", "--account", "L-1")
    assert shown.exit_code == 0
    assert "otto (Lighthouse Optics): unmatched -> matched L-1" in shown.stdout
    assert shown.stderr == ""  # no beginning of a bar, where nobody looks
    assert "Contacts that would change; --apply decides them anew: 1 (unmatched -> matched 1)" in shown.stdout
    assert "Contacts decided anew: 1" in muster(database_url, "rematch", "--all", "--apply").stdout
    assert "No match changes." in muster(database_url, "rematch", "--all", "--apply").stdout


def test_an_account_that_is_not_there_is_said_to_be_gone(org: Organisation, database_url: str) -> None:
    shown = muster(database_url, "rematch", "--account", "l-1")
    assert shown.exit_code == 0 and shown.stdout == "No match changes.\n"
    assert shown.stderr == "No account has the id l-1 now; contacts that were on it are looked at\n"


def test_differences_as_json(org: Organisation, database_url: str) -> None:
    shown = muster(database_url, "rematch", "--since", "2020-01-01", "--json")
    [otto] = [json.loads(line) for line in shown.stdout.splitlines() if line.startswith("{")]
    assert (otto["contact_id"], otto["after"]["account_id"]) == ("otto", "L-1")


@pytest.mark.parametrize("arguments", [[], ["--all", "--since", "30d"], ["--since", "yesterdayish"]])
def test_which_contacts_must_be_said_once(org: Organisation, database_url: str, arguments: list[str]) -> None:
    assert muster(database_url, "rematch", *arguments).exit_code == 2


def test_what_is_wrong_with_the_accounts(org: Organisation, database_url: str) -> None:
    shown = muster(database_url, "hygiene")
    assert shown.exit_code == 0
    assert "No domain: 1\n" in shown.stdout and "L-2  Harbour Logistics Limited" in shown.stdout
    [twins] = muster(database_url, "hygiene", "--kind", "duplicates", "--json").stdout.splitlines()
    assert [each["external_id"] for each in json.loads(twins)["accounts"]] == ["A-2", "L-2"]
