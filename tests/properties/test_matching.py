"""Properties of matching that hold for any contact and any accounts."""

from __future__ import annotations

import math
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.bulk import judge_all
from matching.compare import compare
from matching.domains import email_domain, web_domain
from matching.index import Index
from matching.match import judge, match_contact
from matching.name_side import name_side
from matching.names import parse
from matching.normalize import normalize
from matching.policy import default_policy
from matching.text import MAX_NAME, clean, fold
from matching.types import Account, AccountDomain, AccountId, Contact, DomainSource, MatchResult

STEMS = [
    "acme",
    "zenith",
    "muster",
    "quietwater",
    "larkspur",
    "bluefin",
    "north",
    "university",
    "bank",
    "группа",
    "大学",
]
TAILS = ["", " Inc", " GmbH", " Holdings", " of Berlin", " 2", " II", " (UK) Ltd", " & Söhne"]
HOSTS = ["acme.com", "zenith.de", "muster.co.uk", "uni.edu", "gmail.com", "acme.de"]

PLAIN = [
    *["acme", "muster", "group", "the", "of", "and", "a", "b", "x", "ii", "7", "3rd", "india"],
    *["inc", "ltd", "limite", "corporatio", "co", "kg", "gmbh", "acmegmbh", "pt"],
]

texts = st.text(max_size=60)
plain_names = st.lists(st.sampled_from(PLAIN), min_size=1, max_size=7).map(" ".join)
names = st.builds(
    lambda stems, tail: " ".join(stems) + tail,
    st.lists(st.sampled_from(STEMS), min_size=1, max_size=3),
    st.sampled_from(TAILS),
)
contacts = st.builds(
    Contact,
    company=st.none() | names,
    email=st.none() | st.sampled_from(HOSTS).map("x@{}".format),
    country=st.none() | st.sampled_from(["US", "DE", "GB"]),
    city=st.none() | st.sampled_from(["Berlin", "Leeds"]),
)


@st.composite
def account_lists(draw: st.DrawFn) -> list[Account]:
    """Draw up to 8 accounts with distinct ids."""
    made = draw(
        st.lists(
            st.tuples(names, st.sampled_from([None, *HOSTS]), st.sampled_from([None, "US", "DE"])), max_size=8
        )
    )
    return [
        Account(
            id=AccountId(f"A{place}"),
            name=name,
            domains=(AccountDomain(domain=host, source=DomainSource.WEBSITE),) if host else (),
            country=country,
        )
        for place, (name, host, country) in enumerate(made)
    ]


def matched(contact: Contact, accounts: list[Account]) -> MatchResult:
    normal = normalize(contact)
    return match_contact(normal, Index.build(accounts).consider(normal), default_policy())


@given(texts)
def test_cleaning_and_folding_twice_change_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert fold(fold(text)) == fold(text)
    assert len(clean(text)) <= MAX_NAME


@given(st.builds(Contact, company=texts, email=texts, website=texts, country=texts, city=texts, phone=texts))
def test_any_text_normalises(contact: Contact) -> None:
    found = normalize(contact)
    assert all(name.core and name.words and name.tokens for name in found.names)


@given(texts)
def test_a_name_stays_what_it_is_when_its_clean_form_is_parsed_again(text: str) -> None:
    assert parse(clean(text)) == parse(text)


@given(plain_names)
def test_a_name_of_plain_words_is_read_like_any_other(text: str) -> None:
    """Plain words take a shorter way; with a comma behind them, which says nothing, they take the longer."""
    short, long = parse(text), parse(f"{text} ,")
    assert [(name.core, name.words, name.legal_forms) for name in short] == [
        (name.core, name.words, name.legal_forms) for name in long
    ]


@given(texts)
def test_domains_are_ascii_and_their_own_registrable_domain(text: str) -> None:
    for found in (web_domain(text), (email_domain(f"a@{text}") or ("", None))[1]):
        if found is not None and found.registrable:
            assert found.registrable.isascii()
            again = web_domain(found.registrable)
            assert again is not None
            assert again.registrable == found.registrable


@given(names, names)
def test_comparison_is_symmetric(one: str, two: str) -> None:
    a, b = name_side(parse(one)[0]), name_side(parse(two)[0])
    there, back = compare(a, b, {}), compare(b, a, {})
    assert (there.same, there.numbers, there.initials, there.start) == (
        back.same,
        back.numbers,
        back.initials,
        back.start,
    )
    assert math.isclose(there.covered, back.explained)
    assert math.isclose(there.missing, back.extra)
    assert math.isclose(there.spelling, back.spelling)
    assert math.isclose(there.strength, back.strength)


@given(names)
def test_a_name_is_itself(text: str) -> None:
    found = name_side(parse(text)[0])
    assert compare(found, found, {}).same == "core"


@given(contacts, account_lists())
def test_points_add_up_and_scores_are_probabilities(contact: Contact, accounts: list[Account]) -> None:
    for candidate in matched(contact, accounts).candidates:
        assert math.isclose(candidate.points, sum(item.points for item in candidate.evidence), abs_tol=1e-9)
        assert 0.0 <= candidate.score <= 1.0


@given(contacts, account_lists())
def test_no_two_accounts_are_both_likelier_than_not(contact: Contact, accounts: list[Account]) -> None:
    result = matched(contact, accounts)
    assert sum(candidate.score for candidate in result.candidates) <= 1.0 + 1e-6


@settings(max_examples=60, deadline=None)
@given(contacts, account_lists(), st.randoms(use_true_random=False))
def test_the_order_of_accounts_never_matters(
    contact: Contact, accounts: list[Account], source: random.Random
) -> None:
    shuffled = accounts[:]
    source.shuffle(shuffled)
    assert matched(contact, shuffled) == matched(contact, accounts)


@settings(max_examples=60, deadline=None)
@given(contacts, account_lists())
def test_an_unrelated_account_does_not_change_who_wins(contact: Contact, accounts: list[Account]) -> None:
    alone = matched(contact, accounts)
    stranger = Account(id=AccountId("Z"), name="Kaffeeklatsch Vogelfutter", country=None)
    with_stranger = matched(contact, [*accounts, stranger])
    assert (with_stranger.account_id, with_stranger.outcome) == (alone.account_id, alone.outcome)


@given(contacts, account_lists())
def test_an_unrelated_account_does_not_change_whom_a_small_directory_considers(
    contact: Contact, accounts: list[Account]
) -> None:
    normal = normalize(contact)
    stranger = Account(id=AccountId("Z"), name="Kaffeeklatsch Vogelfutter", country=None)
    alone = Index.build(accounts).consider(normal).accounts
    assert Index.build([*accounts, stranger]).consider(normal).accounts == alone


@given(contacts, account_lists())
def test_the_same_question_has_the_same_answer(contact: Contact, accounts: list[Account]) -> None:
    assert matched(contact, accounts) == matched(contact, accounts)


def _directory(chance: random.Random) -> list[Account]:
    """Return 60 accounts that resemble one another: families, with several domains and names, or none."""

    def called() -> str:
        return " ".join(chance.choices(STEMS, k=chance.randint(1, 3))) + chance.choice(TAILS)

    def domain(host: str) -> AccountDomain:
        return AccountDomain(domain=host, source=DomainSource.GIVEN, quarantined=chance.random() < 0.2)

    return [
        Account(
            id=AccountId(f"A{place % 57}"),  # of two with one id the later stands
            name=called(),
            aliases=tuple([called() for _ in range(chance.choice((0, 0, 0, 2)))]),
            domains=tuple(
                map(domain, sorted(chance.sample([*HOSTS, "mailinator.com"], chance.choice((0, 1, 1, 3)))))
            ),
            parent_id=AccountId(f"A{chance.randrange(57)}"),
            country=chance.choice((None, "US", "DE")),
        )
        for place in range(60)
    ]


def _asking(chance: random.Random) -> Contact:
    mailbox = chance.choice([*HOSTS, "mailinator.com", "nobody.example"])
    return Contact(
        company=chance.choice((None, *STEMS)) and " ".join(chance.choices(STEMS, k=2)),
        email=chance.choice((None, f"x@{mailbox}")),
        website=chance.choice((None, None, *HOSTS)),
        city=chance.choice((None, "Berlin")),
        account_id=chance.choice((None, None, None, AccountId("A1"), AccountId("nobody"))),
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(min_value=0), st.sampled_from([(), ("gmail.com", "mailinator.com")]))
def test_many_contacts_get_the_answers_that_each_gets_alone(seed: int, companies: tuple[str, ...]) -> None:
    chance = random.Random(seed)
    index, normal = Index.build(_directory(chance)), [normalize(_asking(chance)) for _ in range(12)]
    policy = default_policy().model_copy(update={"company_domains": frozenset(companies)})
    assert judge_all(normal, index, policy) == [judge(each, index.consider(each), policy) for each in normal]
