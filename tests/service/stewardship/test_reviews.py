"""service/stewardship/reviews.py: a person's answer about a match is kept, obeyed, and can be undone."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from matching.match import match_contact
from matching.memory import CompanyKey
from matching.policy import default_policy
from matching.types import AccountId, Contact, MatchOutcome, MatchReason, MatchResult
from routing.types.decision import RoutingOutcome
from service.db import accounts, decisions, memory, waiting
from service.db.engine import Database
from service.db.memory import Answer, Filter, Memory
from service.db.waiting import Kind
from service.decision import Decision
from service.problems import Conflict, Invalid, NotFound
from service.records.accounts import AccountRecord
from service.stewardship.memory import Said
from service.stewardship.reviews import Reviews
from tests.service.organisation import Organisation, organisation

ROBOTIX = "Norhwynd Robtix"
"""Close to the account A-1 by name, not close enough to be matched without a person."""


@pytest.fixture
def org(database: Database) -> Organisation:
    return organisation(database)


@pytest.fixture
def reviews(org: Organisation) -> Reviews:
    return Reviews(org.database, org.flow, org.clock)


def person(number: int, company: str | None = ROBOTIX, host: str = "gmail.com") -> Contact:
    return Contact(external_id=f"p-{number}", email=f"p{number}@{host}", company=company)


def unsure(org: Organisation, number: int = 1, host: str = "gmail.com") -> Decision:
    found = org.decide(person(number, host=host), f"e{number}")
    assert found.match.outcome is MatchOutcome.REVIEW, "the case is meant to be uncertain"
    return found


def this(account: str = "A-1") -> Said:
    return Said(answer=Answer.ACCOUNT, account_id=AccountId(account))


def never(account: str = "A-1") -> Said:
    return Said(answer=Answer.NEVER, account_id=AccountId(account))


def match(org: Organisation, contact: Contact) -> MatchResult:
    return org.flow.match([contact])[0]


def kept(org: Organisation) -> list[Memory]:
    with org.database.read() as connection:
        return memory.page(connection, Filter(), None, 50)


def is_open(org: Organisation, decision: Decision) -> bool:
    with org.database.read() as connection:
        return bool(waiting.open_of(connection, decision.id))


# --- the four answers ---------------------------------------------------------


def test_this_account_matches_the_contact_and_the_next_of_the_company(
    org: Organisation, reviews: Reviews
) -> None:
    first = unsure(org)
    settled = reviews.settle(first.id, this(), by="helena")
    assert (settled.match.outcome, settled.match.account_id) == (MatchOutcome.MATCHED, "A-1")
    assert settled.routing.assignee == "dan"
    assert not is_open(org, first)
    next_one = org.decide(person(2, "NORHWYND ROBTIX Ltd."), "e2")
    assert (next_one.match.outcome, next_one.match.reason) == (MatchOutcome.MATCHED, MatchReason.REMEMBERED)
    [answer] = kept(org)
    assert (answer.name, answer.domain, answer.account_id) == ("norhwynd robtix", "", "A-1")
    assert (answer.by, answer.at, answer.decision_id) == ("helena", org.clock(), first.id)


def test_never_this_account_is_neither_matched_nor_asked_again(org: Organisation, reviews: Reviews) -> None:
    settled = reviews.settle(unsure(org).id, never(), by="helena")
    assert settled.match.outcome is MatchOutcome.UNMATCHED
    result = match(org, person(2))
    assert (result.outcome, result.account_id) == (MatchOutcome.UNMATCHED, None)
    shown = {candidate.account_id: candidate.score for candidate in result.candidates}
    assert shown[AccountId("A-1")] < 1e-9


def test_none_of_these_rules_out_every_candidate_shown(org: Organisation, reviews: Reviews) -> None:
    with org.database.write() as connection:
        twin = AccountRecord(external_id="A-3", name="Northwind Robots")
        accounts.upsert(connection, [twin], org.clock())
    first = unsure(org)
    settled = reviews.settle(first.id, Said(answer=Answer.NONE), by="helena")
    assert settled.match.outcome is MatchOutcome.UNMATCHED
    ruled_out = {each.account_id for each in kept(org) if not each.same}
    assert ruled_out == {candidate.account_id for candidate in first.match.candidates} >= {"A-1", "A-3"}


def test_a_new_account_is_created_with_the_answer(org: Organisation, reviews: Reviews) -> None:
    record = AccountRecord(external_id="A-9")
    said = Said(answer=Answer.NEW_ACCOUNT, account_id=AccountId("A-9"), record=record)
    settled = reviews.settle(unsure(org).id, said, by="helena")
    assert settled.match.account_id == "A-9"
    with org.database.read() as connection:
        made = accounts.get(connection, "A-9")
    assert made is not None and made.name == ROBOTIX
    assert match(org, person(2)).account_id == "A-9"


def test_an_account_to_be_created_is_noted(org: Organisation, reviews: Reviews) -> None:
    reviews.settle(unsure(org).id, Said(answer=Answer.NEW_ACCOUNT), by="helena")
    assert {each.answer for each in kept(org)} == {Answer.NEW_ACCOUNT}
    assert match(org, person(2)).outcome is MatchOutcome.UNMATCHED


def test_a_new_account_cannot_take_the_id_of_another(org: Organisation, reviews: Reviews) -> None:
    first = unsure(org)
    record = AccountRecord(external_id="A-2", name="Somebody")
    said = Said(answer=Answer.NEW_ACCOUNT, account_id=AccountId("A-2"), record=record)
    with pytest.raises(Invalid) as refused:
        reviews.settle(first.id, said, by="helena")
    assert refused.value.errors[0].pointer == "#/new_account/external_id"
    assert is_open(org, first) and kept(org) == []


def test_an_account_that_does_not_exist_settles_nothing(org: Organisation, reviews: Reviews) -> None:
    first = unsure(org)
    with pytest.raises(Invalid):
        reviews.settle(first.id, this("nowhere"), by="helena")
    assert is_open(org, first) and kept(org) == []


def test_a_match_that_was_certain_has_nothing_to_settle(org: Organisation, reviews: Reviews) -> None:
    sure = org.decide(Contact(email="dana@northwind-robotics.com", company="Northwind Robotics"), "e1")
    with pytest.raises(NotFound):
        reviews.settle(sure.id, this(), by="helena")


# --- one item, one answer -----------------------------------------------------


def test_the_same_answer_again_is_the_same_decision(org: Organisation, reviews: Reviews) -> None:
    first = unsure(org)
    settled = reviews.settle(first.id, this(), by="helena")
    assert reviews.settle(first.id, this(), by="igor") == settled
    assert len(kept(org)) == 1


def test_another_answer_is_a_conflict_that_names_the_first(org: Organisation, reviews: Reviews) -> None:
    first = unsure(org)
    reviews.settle(first.id, this(), by="helena")
    with pytest.raises(Conflict, match=r"helena .* the account A-1"):
        reviews.settle(first.id, never(), by="igor")
    assert match(org, person(2)).account_id == "A-1"


def test_of_two_who_answer_at_once_one_is_first(org: Organisation, reviews: Reviews) -> None:
    first = unsure(org)
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def answer(said: Said, by: str) -> None:
        start.wait()
        try:
            reviews.settle(first.id, said, by)
            outcomes.append("settled")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=answer, args=each) for each in ((this(), "helena"), (never(), "igor"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict", "settled"]
    assert len(kept(org)) == 1


def test_a_newer_answer_ends_what_it_contradicts(org: Organisation, reviews: Reviews) -> None:
    first, second = unsure(org, 1), unsure(org, 2)
    reviews.settle(first.id, never(), by="helena")
    reviews.settle(second.id, this(), by="igor")
    assert match(org, person(3)).account_id == "A-1"
    assert [(each.same, each.undone_by) for each in kept(org)] == [(True, None), (False, "igor")]


# --- the whole company at once ------------------------------------------------


def test_the_open_matches_of_a_company_are_settled_together(org: Organisation, reviews: Reviews) -> None:
    first, second, third = unsure(org, 1), unsure(org, 2), unsure(org, 3)
    other = unsure(org, 4, host="northwindrobotix.example")
    reviews.settle(first.id, this(), by="helena")
    alike = reviews.settle_alike(first.id, this(), by="helena")
    assert [each.contact.external_id for each in alike] == ["p-2", "p-3"]
    assert {each.match.account_id for each in alike} == {"A-1"}
    assert [is_open(org, each) for each in (first, second, third, other)] == [False, False, False, True]
    assert reviews.settle_alike(first.id, this(), by="helena") == []
    with pytest.raises(Conflict, match="helena"):
        reviews.settle(second.id, never(), by="igor")


# --- what is remembered for whom ----------------------------------------------


@pytest.mark.parametrize(
    ("company", "host"),
    [
        (ROBOTIX, "northwindrobotix.example"),  # the same name under a domain of its own
        ("Northwind Robotics Systems", "gmail.com"),
        (None, "gmail.com"),
        ("Harbour Logistik", "gmail.com"),
    ],
)
def test_an_answer_changes_no_other_name_and_no_other_domain(
    org: Organisation, reviews: Reviews, company: str | None, host: str
) -> None:
    others = person(7, company, host)
    before = match(org, others)
    first = unsure(org)
    reviews.settle(first.id, never(), by="helena")
    assert match(org, others) == before


@pytest.mark.parametrize("said", [this(), never(), Said(answer=Answer.NONE)])
def test_an_answer_undone_leaves_no_trace_in_the_result(
    org: Organisation, reviews: Reviews, said: Said
) -> None:
    before = match(org, person(2))
    first = unsure(org)
    reviews.settle(first.id, said, by="helena")
    assert match(org, person(2)) != before
    for each in kept(org):
        undone = reviews.forget(each.id, by="igor")
        assert (undone.undone_by, undone.undone_at) == ("igor", org.clock())
        assert reviews.forget(each.id, by="helena") == undone
    assert match(org, person(2)) == before
    assert org.decide(replace(person(1), title="CTO"), "again").match == before


def test_undoing_leaves_a_contact_where_the_crm_has_it(org: Organisation, reviews: Reviews) -> None:
    first, second = unsure(org, 1), unsure(org, 2)
    org.decide(replace(person(2), account_id=AccountId("A-1")), "from the CRM")
    reviews.settle(first.id, this(), by="helena")
    assert not is_open(org, second)
    reviews.forget(kept(org)[0].id, by="igor")
    assert org.decide(replace(person(1), title="CTO"), "again").match == first.match
    assert org.decide(replace(person(2), title="CTO"), "again too").match.reason is MatchReason.KEPT


def test_undoing_what_is_not_there_is_not_found(reviews: Reviews) -> None:
    with pytest.raises(NotFound):
        reviews.forget(99, by="helena")


def test_a_domain_without_a_name_is_remembered_while_it_is_one_accounts(
    org: Organisation, reviews: Reviews
) -> None:
    first = unsure(org, host="nwr.example")
    with org.database.write() as connection:
        company = CompanyKey(name="", domain="nwr.example")
        said = this().lessons(first, "helena", org.clock())
        memory.remember(connection, company, said, Answer.ACCOUNT, first.id, org.clock())
    nameless = person(5, None, "nwr.example")
    assert match(org, nameless).account_id == "A-1"
    with org.database.write() as connection:
        shared = [
            AccountRecord(external_id=number, name=f"Firm {number}", domains=["nwr.example"])
            for number in ("B-1", "B-2")
        ]
        accounts.upsert(connection, shared, org.clock())
        assert not memory.holds(connection, company)
    assert match(org, nameless).reason is not MatchReason.REMEMBERED


def test_letters_that_imitate_others_need_a_person_each_time(org: Organisation, reviews: Reviews) -> None:
    disguised = "N\u043erthwind Robotics"  # a Cyrillic o
    first = org.decide(person(1, disguised), "e1")
    assert (first.match.outcome, first.match.reason) == (MatchOutcome.REVIEW, MatchReason.SUSPECT_INPUT)
    assert reviews.settle(first.id, this(), by="helena").match.outcome is MatchOutcome.MATCHED
    second = match(org, person(2, disguised))
    assert (second.outcome, second.reason) == (MatchOutcome.REVIEW, MatchReason.SUSPECT_INPUT)


def test_an_account_that_is_gone_is_not_remembered_into_being(org: Organisation, reviews: Reviews) -> None:
    reviews.settle(unsure(org).id, this(), by="helena")
    with org.database.write() as connection:
        accounts.remove(connection, "A-1")
    assert match(org, person(2)).outcome is MatchOutcome.UNMATCHED


# --- the contact's own account ------------------------------------------------


def test_the_account_a_contact_is_on_in_the_crm_stays(org: Organisation) -> None:
    dana = Contact(email="dana@northwind-robotics.com", company="Northwind Robotics")
    moved = replace(dana, account_id=AccountId("A-2"))
    result = match(org, moved)
    assert (result.outcome, result.account_id, result.reason) == (
        MatchOutcome.MATCHED,
        "A-2",
        MatchReason.KEPT,
    )
    assert match(org, replace(moved, account_id=AccountId("gone"))).account_id == "A-1"


def test_a_confirmed_contact_stays_when_its_company_changes_its_name(
    org: Organisation, reviews: Reviews
) -> None:
    reviews.settle(unsure(org).id, this(), by="helena")
    renamed = org.decide(person(1, "Something Else Entirely"), "e2")
    assert (renamed.match.account_id, renamed.match.reason) == ("A-1", MatchReason.KEPT)


# --- decisions ----------------------------------------------------------------


def test_decisions_with_and_without_an_answer_replay_to_themselves(
    org: Organisation, reviews: Reviews
) -> None:
    records = [
        AccountRecord(external_id=f"N-{n:02d}", name=f"Northwind {word}", domains=["northwind.example"])
        for n, word in enumerate(["Robotik", "Robots", "Rob", "Tics", "Trading", "Group"] * 5)
    ]
    with org.database.write() as connection:
        accounts.upsert(connection, records, org.clock())
    taken = [org.decide(person(1, host="northwind.example"), "e1"), org.decide(person(2), "e2")]
    taken += [reviews.settle(each.id, Said(answer=Answer.NONE), by="helena") for each in taken]
    taken.append(org.decide(person(3), "e3"))
    for decision in taken:
        with org.database.read() as connection:
            stored = decisions.get(connection, decision.id)
        assert stored == decision
        assert match_contact(stored.normalized, stored.considered, default_policy()) == stored.match


def test_the_answer_is_in_the_decision_and_goes_to_the_rules(org: Organisation, reviews: Reviews) -> None:
    first = unsure(org)
    assert (first.routing.outcome, first.routing.queue) == (RoutingOutcome.QUEUED, "confirm")
    settled = reviews.settle(first.id, this(), by="helena")
    [said] = settled.considered.remembered
    assert (said.account_id, said.same, said.by) == ("A-1", True, "helena")
    assert settled.routing.rule == "owner"


def test_what_is_taken_back_waits_where_it_did(reviews: Reviews, org: Organisation) -> None:
    queued = [unsure(org, number, host) for number, host in enumerate(("gmail.com", "b.com", "c.com"), 1)]
    assert waits(org) == [each.id for each in queued]
    first = queued[1]
    for _ in range(2):
        reviews.settle(first.id, never(), "ana")
        assert waits(org) != [each.id for each in queued]
        first = reviews.reopen(first.id, "ana")[0]
        assert waits(org) == [queued[0].id, first.id, queued[2].id]


def waits(org: Organisation) -> list[str]:
    with org.database.read() as connection:
        return [wait.decision_id for _, wait, _ in waiting.page(connection, [Kind.REVIEW], None, 50)]
