"""`muster policy`: a draft from the review queue's answers, activated by a person, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from matching.policy import default_policy, parse_policy
from matching.types import AccountId, Contact, MatchOutcome
from service.cli import app
from service.db import accounts
from service.db.engine import Database
from service.db.memory import Answer
from service.records.accounts import AccountRecord
from service.stewardship.memory import Said
from service.stewardship.reviews import Reviews
from tests.service.organisation import Organisation, organisation

TOWNS = ("Ashford", "Birchwood", "Cedarville", "Dunmore", "Elmhurst", "Foxbridge", "Glenrock")


def muster(url: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["policy", *arguments, "--database", url])


def answered(org: Organisation) -> int:
    """Let people settle what waits in the review queue; how many they settled."""
    reviews = Reviews(org.database, org.flow, org.clock)
    names = {town: f"{town} Robotic Weaving Works" for town in TOWNS}
    with org.database.write() as connection:
        records = [AccountRecord(external_id=town, name=name) for town, name in names.items()]
        accounts.upsert(connection, records, org.clock())
    settled = 0
    for place, town in enumerate(TOWNS):
        contact = Contact(external_id=town, email=f"p{place}@gmail.com", company=f"{town} Robotics Weaving")
        found = org.decide(contact, f"e-{town}")
        if found.match.outcome is MatchOutcome.REVIEW:
            reviews.settle(found.id, Said(answer=Answer.ACCOUNT, account_id=AccountId(town)), "ops")
            settled += 1
    return settled


@pytest.fixture
def org(database: Database) -> Organisation:
    return organisation(database)


def test_a_draft_is_fitted_activated_and_taken_back(
    org: Organisation, database_url: str, tmp_path: Path
) -> None:
    draft = tmp_path / "draft.yaml"
    short = muster(database_url, "refit", "--out", str(draft))
    assert (short.exit_code, draft.exists()) == (4, False)
    assert "at least 5 companies" in short.stderr
    assert answered(org) >= 5
    shown = muster(database_url, "refit", "--out", str(draft), "--name", "weavers")
    assert shown.exit_code == 0, shown.output
    assert "matched without a person" in shown.stdout
    assert "That is few to go by" in shown.stdout
    ours = parse_policy(draft.read_text(encoding="utf-8"))
    assert ours.name == "weavers"

    assert muster(database_url, "activate", "--author", "ana").exit_code == 2
    done = muster(database_url, "activate", str(draft), "--author", "ana", "--reason", "our own answers")
    assert f"Policy {ours.version} (weavers) decides from now on" in done.stdout
    decided = org.decide(Contact(external_id="next", company="Unheard Of"), "next")
    assert decided.versions.policy == ours.version
    assert f"# version {ours.version}" in muster(database_url, "show").stdout

    assert muster(database_url, "activate", "--shipped", "--author", "ben").exit_code == 0
    assert org.decide(Contact(external_id="last", company="Unheard"), "last").versions.policy == (
        default_policy().version
    )
    assert muster(database_url, "activate", "--version", ours.version, "--author", "ben").exit_code == 0
    assert muster(database_url, "activate", "--version", "nope", "--author", "ben").exit_code == 4
    told = muster(database_url, "history").stdout.splitlines()
    assert [line.split()[2] for line in told] == [ours.version, "shipped", ours.version]
    assert told[-1].endswith("by ana: our own answers")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: x\nlevels: {domain: {sole: 99}}\n", "line 2: levels.domain.sole: must be at most 60"),
        ("name: x\nlevels: {}\nthreshold: 1\n", "line 3: threshold: is not a field here; did you mean"),
        (
            "name: x\nlevels:\n  citty: {same: 1}\n",
            "line 3: levels.citty: is no kind of evidence; did you mean",
        ),
        (
            "name: x\nlevels:\n  city: {sane: 1}\n",
            "line 3: levels.city.sane: is no level of this evidence; there are",
        ),
        (
            "name: x\nlevels: {}\ncurves:\n  name_words.alone: [[1, 0], [0, 1]]\n",
            "line 4: curves.name_words.alone: the first figures of the pairs must ascend",
        ),
        (
            "name: x\nlevels: {}\nfree_domains:\n  - a.com\n  - WWW.b.com\n",
            "line 5: free_domains.WWW.b.com: must",
        ),
        ("name: x\nthresholds: {review: 0.99}\nlevels: {}\n", "line 2: thresholds.review: must be less than"),
        ("name: x\nlevels: {}\noff: city\n", "line 3: off: must be a list"),
        ("levels: {}\n", "name: is required"),
        ("name: x\nlevels\n", "is not YAML: line "),
        ("7", "the file: must be an object"),
    ],
)
def test_a_file_that_is_no_policy_is_told_what_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(text, encoding="utf-8")
    shown = CliRunner().invoke(app, ["policy", "check", str(file)])
    assert shown.exit_code == 3
    assert told in shown.stderr
