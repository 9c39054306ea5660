"""matching/memory.py: a person's word outranks evidence, and is as if never said when gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.explain import describe, turning_points
from matching.index import Index
from matching.match import grounds, match_contact
from matching.memory import CompanyKey, company_key
from matching.normalize import normalize
from matching.policy import MatchPolicy, default_policy
from matching.types import (
    Account,
    AccountDomain,
    AccountId,
    Considered,
    Contact,
    DomainSource,
    EvidenceKind,
    MatchOutcome,
    MatchReason,
    MatchResult,
    NormalizedContact,
    Remembered,
)

POLICY = default_policy()
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NAMES = (
    "Northwind Robotics GmbH", "Northwind Robots Ltd", "Northwind Holding", "Nordwind Robotik AG",
    "Harbour Bank", "Harbour Banking Group", "Northwind Trading", "Acme", "Acme Robotics",
    "Northwind Robotics of Texas",
)  # fmt: skip
HOSTS = ("northwind.example", "northwind-robotics.com", "harbour.example", "acme.io")
ACCOUNTS = [
    Account(
        id=AccountId(f"A-{place:02d}"),
        name=name,
        domains=(AccountDomain(domain=HOSTS[place % len(HOSTS)], source=DomainSource.GIVEN),),
    )
    for place, name in enumerate(NAMES * 3)
]
INDEX = Index.build(ACCOUNTS)

companies = st.sampled_from((*NAMES, "Northwind Robotix", "Totally Unrelated", None))
hosts = st.sampled_from((*HOSTS, "gmail.com", "elsewhere.example"))
accounts = st.sampled_from([account.id for account in ACCOUNTS])


def said(account: str, same: bool, hours: int = 0) -> Remembered:
    return Remembered(account_id=AccountId(account), same=same, by="helena", at=NOON + timedelta(hours=hours))


def asked(company: str | None, host: str, account: str | None = None) -> NormalizedContact:
    on = AccountId(account) if account else None
    return normalize(Contact(email=f"dana@{host}", company=company, account_id=on))


def considered(contact: NormalizedContact, *words: Remembered) -> Considered:
    """What retrieval gives, with the accounts that were spoken of."""
    found = INDEX.consider(contact)
    known = {account.id for account in found.accounts}
    added = tuple(
        account for word in words if (account := INDEX.account(word.account_id)) and account.id not in known
    )
    return replace(found, accounts=(*found.accounts, *dict.fromkeys(added)), remembered=words)


def match(contact: NormalizedContact, *words: Remembered, policy: MatchPolicy = POLICY) -> MatchResult:
    return match_contact(contact, considered(contact, *words), policy)


# --- what an answer is remembered for ------------------------------------------


@pytest.mark.parametrize(
    ("contact", "key"),
    [
        (Contact(company="Acme GmbH", email="d@acme.io"), CompanyKey(name="acme", domain="acme.io")),
        (Contact(company="ACME, Inc.", email="d@mail.acme.io"), CompanyKey(name="acme", domain="acme.io")),
        (Contact(company="Acme", email="d@gmail.com"), CompanyKey(name="acme", domain="")),
        (Contact(company="Acme", website="https://acme.io"), CompanyKey(name="acme", domain="acme.io")),
        (Contact(email="d@acme.io"), CompanyKey(name="", domain="acme.io")),
        (Contact(company="n/a", email="d@gmail.com"), None),
        (Contact(phone="+49 30 123456"), None),
    ],
)
def test_the_company_of_a_contact(contact: Contact, key: CompanyKey | None) -> None:
    assert company_key(normalize(contact), POLICY) == key


def test_the_policy_says_which_domains_are_a_companys() -> None:
    free = POLICY.model_copy(update={"free_domains": frozenset({"acme.io"})})
    assert company_key(normalize(Contact(email="d@acme.io")), free) is None
    ours = POLICY.model_copy(update={"company_domains": frozenset({"gmail.com"})})
    assert company_key(normalize(Contact(email="d@gmail.com")), ours) == CompanyKey(
        name="", domain="gmail.com"
    )


# --- what a word does -----------------------------------------------------------


@given(companies, hosts, accounts)
def test_this_account_is_matched_whatever_the_evidence(company: str | None, host: str, account: str) -> None:
    result = match(asked(company, host), said(account, same=True))
    assert (result.outcome, result.account_id) == (MatchOutcome.MATCHED, account)
    assert result.reason is MatchReason.REMEMBERED
    assert result.score > 0.97


@given(companies, hosts, accounts)
def test_the_contacts_own_account_is_kept(company: str | None, host: str, account: str) -> None:
    contact = asked(company, host, account)
    result = match(contact)
    assert (result.outcome, result.account_id) == (MatchOutcome.MATCHED, account)
    assert result.reason is MatchReason.KEPT
    assert match(contact, said(account, same=False)).account_id != account


@given(companies, hosts, st.sets(accounts, min_size=1, max_size=12))
def test_never_is_as_if_the_account_were_not_there(company: str | None, host: str, out: set[str]) -> None:
    contact = asked(company, host)
    with_words = match(contact, *(said(account, same=False) for account in sorted(out)))
    among = considered(contact)
    without = match_contact(
        contact,
        replace(among, accounts=tuple(each for each in among.accounts if each.id not in out)),
        POLICY,
    )
    assert with_words.account_id not in out
    assert (with_words.outcome, with_words.account_id, with_words.score) == (
        without.outcome,
        without.account_id,
        without.score,
    )
    shown = [each for each in with_words.candidates if each.account_id not in out]
    assert tuple(shown) == without.candidates


@given(
    companies, hosts, st.lists(st.tuples(accounts, st.booleans()), max_size=6, unique_by=lambda each: each[0])
)
def test_points_add_up_and_the_stored_part_gives_the_same(
    company: str | None, host: str, words: Sequence[tuple[str, bool]]
) -> None:
    contact = asked(company, host)
    among = considered(contact, *(said(account, same) for account, same in words))
    result = match_contact(contact, among, POLICY)
    for candidate in result.candidates:
        assert candidate.points == pytest.approx(sum(item.points for item in candidate.evidence))
    assert match_contact(contact, grounds(contact, among, POLICY), POLICY) == result


def test_the_newer_of_two_answers_counts() -> None:
    contact = asked("Northwind Robotix", "gmail.com")
    words = said("A-00", same=True), said("A-01", same=True, hours=1)
    assert match(contact, *words).account_id == match(contact, *reversed(words)).account_id == "A-01"


def test_a_contact_with_every_candidate_ruled_out_has_no_account() -> None:
    contact = asked("Acme", "gmail.com")
    found = considered(contact)
    result = match(contact, *(said(account.id, same=False) for account in found.accounts))
    assert (result.outcome, result.reason) == (MatchOutcome.UNMATCHED, MatchReason.RULED_OUT)


def test_letters_that_imitate_others_are_not_matched_by_an_earlier_answer() -> None:
    disguised = "N\u043erthwind Robotics"  # a Cyrillic o
    result = match(asked(disguised, "gmail.com"), said("A-00", same=True))
    assert (result.outcome, result.reason) == (MatchOutcome.REVIEW, MatchReason.SUSPECT_INPUT)
    assert match(asked(disguised, "gmail.com", "A-00")).outcome is MatchOutcome.MATCHED


def test_an_account_that_is_gone_is_no_longer_meant() -> None:
    contact = asked("Northwind Robotix", "gmail.com")
    assert match(contact, said("gone", same=True)) == match(contact)
    assert match(replace(contact, account_id=AccountId("gone"))).reason is not MatchReason.KEPT


@pytest.mark.parametrize("same", [True, False])
def test_a_policy_can_do_without_memory(same: bool) -> None:
    deaf = POLICY.model_copy(update={"off": frozenset({EvidenceKind.REMEMBERED})})
    contact = asked("Northwind Robotix", "gmail.com")
    assert match(contact, said("A-01", same), policy=deaf) == match(contact, policy=deaf)


def test_a_policy_that_says_nothing_of_people_listens_to_them() -> None:
    fitted = MatchPolicy(name="fitted", levels={EvidenceKind.PRIOR: {"any": -7.0}})
    assert fitted.level(EvidenceKind.REMEMBERED, "same") == 50.0
    assert fitted.level(EvidenceKind.CRM_ID, "same") == 45.0
    assert POLICY.level(EvidenceKind.CRM_ID, "same") >= 40.0


def test_who_said_what_and_when_is_in_the_evidence() -> None:
    contact = asked("Northwind Robotix", "gmail.com")
    lines = [
        describe(item)
        for words in (said("A-00", same=True), said("A-01", same=False))
        for candidate in match(contact, words).candidates
        for item in candidate.evidence
        if item.kind is EvidenceKind.REMEMBERED
    ]
    assert lines == [
        "helena said on 2026-03-02 that contacts of this company belong to the account",
        "helena said on 2026-03-02 that contacts of this company never belong to the account",
    ]


def test_no_figure_is_told_of_what_would_be_without_a_persons_word() -> None:
    """Only the account that was named is looked at: what the others would have taken from it is not known."""
    contact = asked("Northwind Robotix", "gmail.com")
    told = match_contact(contact, considered(contact, said("A-00", same=True)), POLICY)
    assert (told.reason, turning_points(told)) == (MatchReason.REMEMBERED, ())
