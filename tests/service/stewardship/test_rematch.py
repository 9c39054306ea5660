"""service/stewardship/rematch.py: what an edit of the accounts changes is shown first, then applied once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from matching.types import AccountId, Contact, MatchOutcome
from service.db import accounts, decisions
from service.db.decisions import Filter
from service.db.engine import Database
from service.decision import Decision
from service.records.accounts import AccountRecord
from service.stewardship.rematch import Difference, Rematch, Which
from tests.service.organisation import Organisation, organisation

EVERYONE = Which()


@pytest.fixture
def org(database: Database) -> Organisation:
    return organisation(database)


@pytest.fixture
def rematch(org: Organisation) -> Rematch:
    return Rematch(org.database, org.flow)


def edit(org: Organisation, *records: AccountRecord) -> None:
    with org.database.write() as connection:
        accounts.upsert(connection, records, org.clock())


def log(org: Organisation) -> list[Decision]:
    with org.database.read() as connection:
        return decisions.page(connection, Filter(), None, 100)


def everyone(
    rematch: Rematch, which: Which = EVERYONE, *, limit: int = 500, apply: bool = False
) -> list[Difference]:
    found: list[Difference] = []
    after: int | None = 0
    while after is not None:
        page = rematch.look(which, after=after, limit=limit, apply=apply)
        found += page.differences
        after = page.next_after
    return found


def populate(org: Organisation) -> None:
    """Someone of A-1, two of a firm that has no account yet, and someone known by e-mail alone."""
    org.decide(
        Contact(external_id="dana", email="dana@northwind-robotics.com", company="Northwind Robotics"), "e1"
    )
    org.decide(
        Contact(external_id="otto", email="otto@lighthouse.example", company="Lighthouse Optics"), "e2"
    )
    org.decide(Contact(email="vera@lighthouse.example", company="Lighthouse Optics", title="CTO"), "e3")
    org.decide(Contact(external_id="nemo", email="nemo@gmail.com"), "e4")


LIGHTHOUSE = AccountRecord(
    external_id="A-7", name="Lighthouse Optics SA", domains=["lighthouse.example"], owner="dan"
)


def test_without_an_edit_nothing_differs(org: Organisation, rematch: Rematch) -> None:
    populate(org)
    assert everyone(rematch) == []


@pytest.mark.parametrize("which", [EVERYONE, Which(account_id=AccountId("A-7"))])
@pytest.mark.parametrize("limit", [1, 500])
def test_a_new_account_shows_whose_match_changes_and_why(
    org: Organisation, rematch: Rematch, which: Which, limit: int
) -> None:
    populate(org)
    edit(org, LIGHTHOUSE)
    before = log(org)
    found = everyone(rematch, which, limit=limit)
    assert [(each.contact_id, each.before.outcome, each.after.account_id) for each in found] == [
        ("otto", MatchOutcome.UNMATCHED, "A-7"),
        (None, MatchOutcome.UNMATCHED, "A-7"),
    ]
    assert all("Lighthouse Optics SA" in each.because and each.evidence for each in found)
    assert all(each.applied is None for each in found)
    assert log(org) == before


def test_applying_decides_those_anew_and_only_once(org: Organisation, rematch: Rematch) -> None:
    populate(org)
    edit(org, LIGHTHOUSE)
    found = everyone(rematch, apply=True)
    assert [each.after.account_id for each in found] == ["A-7", "A-7"]
    new = [each for each in log(org) if each.event_key.startswith("rematch:")]
    assert {each.id for each in new} == {each.applied for each in found}
    assert {each.routing.assignee for each in new} == {"dan"}
    assert [each.contact.title for each in new if each.contact.external_id is None] == ["CTO"]
    count = len(log(org))
    assert everyone(rematch, apply=True) == []
    assert len(log(org)) == count


def test_an_account_that_was_renamed_loses_the_contacts_it_had(org: Organisation, rematch: Rematch) -> None:
    populate(org)
    edit(
        org,
        AccountRecord(external_id="A-1", name="Something Else", website=None, domains=[]),
    )
    [lost] = everyone(rematch, Which(account_id=AccountId("A-1")))
    assert (lost.contact_id, lost.before.account_id, lost.after.outcome) == (
        "dana",
        "A-1",
        MatchOutcome.UNMATCHED,
    )


def test_an_account_that_is_gone_loses_its_contacts(org: Organisation, rematch: Rematch) -> None:
    populate(org)
    with org.database.write() as connection:
        accounts.remove(connection, "A-1")
    [lost] = everyone(rematch, Which(account_id=AccountId("A-1")), apply=True)
    assert (lost.contact_id, lost.after.account_id) == ("dana", None)


def test_contacts_heard_of_since_a_time(org: Organisation, rematch: Rematch) -> None:
    populate(org)
    org.clock.forward(days=40)
    org.decide(
        Contact(external_id="late", email="late@lighthouse.example", company="Lighthouse Optics"), "e9"
    )
    edit(org, LIGHTHOUSE)
    recent = everyone(rematch, Which(since=org.clock() - timedelta(days=30)))
    assert [each.contact_id for each in recent] == ["late"]


def test_an_event_from_before_the_rematch_is_not_stale_by_it(org: Organisation, rematch: Rematch) -> None:
    """The re-match says nothing new of the contact, so what is still on its way counts as before."""
    populate(org)
    sent = org.clock() + timedelta(minutes=5)
    org.clock.forward(minutes=10)
    edit(org, LIGHTHOUSE)
    everyone(rematch, apply=True)
    later = org.decide(Contact(external_id="otto", title="Head of Lenses"), "e10", sent)
    assert later.routing.outcome == "assigned" and later.contact.title == "Head of Lenses"
