"""A result in words: every reason and every kind of evidence has a sentence."""

from __future__ import annotations

import pytest

from matching import explain
from matching.index import Index
from matching.match import match_contact
from matching.normalize import normalize
from matching.policy import default_policy
from matching.types import Contact, EvidenceKind, MatchReason
from tests.matching.cases import account

INDEX = Index.build(
    (account("a", "Acme Robotics", "acme.com", country="US"), account("b", "Acme Robotica", country="IT"))
)


def test_every_member_has_a_sentence() -> None:
    assert set(explain.REASONS) == set(MatchReason)
    assert set(explain.SENTENCES) == set(EvidenceKind) == set(explain.FAMILIES)


@pytest.mark.parametrize(
    ("contact", "begins"),
    [
        (Contact(company="Acme Robotics", email="x@acme.com"), "Matched to Acme Robotics (a) at "),
        (Contact(company="Unheard"), "Unmatched: "),
        (Contact(company="Acme Paper", country="FR"), "Unmatched: no account is likely enough"),
    ],
)
def test_one_sentence(contact: Contact, begins: str) -> None:
    normal = normalize(contact)
    result = match_contact(normal, INDEX.consider(normal), default_policy())
    said = explain.sentence(result)
    assert said.startswith(begins)
    assert said.endswith(".")


ONE, OTHER = account("v", "Volt Vehicle Works", "volt.com"), account("l", "Larkspur Farms", "larkspur.com")


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        (
            Contact(company="Larkspur Farms", email="x@volt.com"),
            (
                "the domain “volt.com” to Volt Vehicle Works",
                "the company name “Larkspur Farms” to Larkspur Farms",
            ),
        ),
        (
            Contact(email="x@volt.com", website="larkspur.com"),
            ("the domain “larkspur.com” to Larkspur Farms", "the domain “volt.com” to Volt Vehicle Works"),
        ),
    ],
)
def test_a_conflict_names_what_points_where(contact: Contact, said: tuple[str, str]) -> None:
    normal = normalize(contact)
    result = match_contact(normal, Index.build((ONE, OTHER)).consider(normal), default_policy())
    assert result.reason is MatchReason.CONFLICT
    told = explain.sentence(result)
    assert all(each in told for each in said), told


def test_that_names_are_the_same_comes_before_how_rare_they_are() -> None:
    normal = normalize(Contact(company="Volt Vehicle Works"))
    result = match_contact(normal, Index.build((ONE, OTHER)).consider(normal), default_policy())
    assert "above all, the company name “Volt Vehicle Works” matches" in explain.sentence(result)


def test_the_table_ends_in_the_sum() -> None:
    normal = normalize(Contact(company="Acme Robotics", email="x@acme.com"))
    best = match_contact(normal, INDEX.consider(normal), default_policy()).candidates[0]
    *rows, last = explain.table(best)
    assert sum(float(points) for points, _ in rows) == pytest.approx(best.points, abs=0.05)
    assert last[0] == f"{best.points:+.2f}"
    assert [words.partition(":")[0] for _, words in rows] == list(
        dict.fromkeys(explain.FAMILIES[item.kind].value for item in best.evidence)
    )


def test_the_comparison_says_what_separates_the_best_two() -> None:
    normal = normalize(Contact(company="Acme Robotics", email="x@acme.com"))
    result = match_contact(normal, INDEX.consider(normal), default_policy())
    gaps = [float(points) for points, _ in explain.comparison(result)]
    assert gaps == sorted(gaps, key=abs, reverse=True)


@pytest.mark.parametrize(
    ("score", "said"), [(1.0, ">99.9%"), (0.9995, ">99.9%"), (0.5, "50.0%"), (0.0001, "<0.1%"), (0.0, "0.0%")]
)
def test_nothing_is_quite_certain(score: float, said: str) -> None:
    assert explain.percent(score) == said


def test_what_would_have_changed_it() -> None:
    normal = normalize(Contact(company="Acme Robotics", email="x@acme.com"))
    result = match_contact(normal, INDEX.consider(normal), default_policy())
    (_, first), *_ = explain.turning_points(result)
    assert first.startswith("without the domains it would be at ")
    assert first in explain.sentence(result)


@pytest.mark.parametrize(
    "contact",
    [
        Contact(company="Acme Robotics", email="x@acme.com", country="US"),
        Contact(company="Acme Robotica", email="x@acme.com", country="IT"),
        Contact(company="Acme Robotics", email="x@gmail.com", country="IT"),
    ],
)
def test_what_would_have_changed_it_holds_when_it_is_switched_off(contact: Contact) -> None:
    normal, policy = normalize(contact), default_policy()
    result = match_contact(normal, INDEX.consider(normal), policy)
    best = next(item for item in result.candidates if item.account_id == result.account_id)
    told = [words for _, words in explain.turning_points(result)]
    assert told
    for family in set(explain.FAMILIES.values()) - {explain.Family.RIVALS}:
        off = policy.off | {kind for kind, of in explain.FAMILIES.items() if of is family}
        again = match_contact(normal, INDEX.consider(normal), policy.model_copy(update={"off": off}))
        score = next(item.score for item in again.candidates if item.account_id == best.account_id)
        for words in told:
            if words.startswith(f"without {family} "):
                assert float(words.split()[-1].strip("<>%")) == pytest.approx(100 * score, abs=1)


def test_what_is_hardly_likely_is_not_called_likely() -> None:
    index = Index.build([account(str(place), "Acme Robotics", country="US") for place in range(4)])
    normal = normalize(Contact(company="Acme Robotics", country="FR"))
    said = explain.sentence(match_contact(normal, index.consider(normal), default_policy()))
    assert said.startswith("For review, nearest is Acme Robotics (0) at ")
    assert "likely" not in said


def test_what_was_not_said_is_nothing_that_could_be_taken_away() -> None:
    normal = normalize(Contact(email="x@acme.com"))
    result = match_contact(normal, INDEX.consider(normal), default_policy())
    assert result.outcome == "matched"
    assert all("without the company name" not in words for _, words in explain.turning_points(result))


def test_of_no_match_it_says_what_came_nearest_and_what_speaks_against_it() -> None:
    normal = normalize(Contact(company="Acme Paper", country="FR"))
    result = match_contact(normal, INDEX.consider(normal), default_policy())
    assert result.reason == "below_review"
    said = explain.sentence(result)
    assert f"the nearest is {result.candidates[0].account_name} (" in said
    assert "were it not for the place it would be at" in said


def test_the_comparison_tells_of_each_account_what_weighs_most() -> None:
    normal = normalize(Contact(company="Acme Paper", country="FR"))
    result = match_contact(normal, INDEX.consider(normal), default_policy())
    assert all(words.count("; ") <= 2 for _, words in explain.comparison(result))


def test_what_keeps_a_likely_account_from_matching() -> None:
    normal = normalize(Contact(company="Acme Robotics", email="x@gmail.com", country="FR"))
    result = match_contact(normal, INDEX.consider(normal), default_policy())
    assert result.outcome == "review"
    assert any(
        words.startswith("were it not for the place it would be at")
        for _, words in explain.turning_points(result)
    )
