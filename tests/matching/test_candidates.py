"""Which accounts get a close look."""

from __future__ import annotations

from typing import Any

import pytest

from matching.candidates import CLOSE_LOOK, MOST_PAIRS, shortlist, worth_comparing
from matching.compare import NameComparison, compare
from matching.features import seen
from matching.index import Index
from matching.keys import LIMIT
from matching.match import match_contact
from matching.name_side import name_side
from matching.names import MOST_WORDS, parse
from matching.normalize import normalize
from matching.policy import default_policy
from matching.types import AccountId, Considered, Contact, Corpus
from tests.matching.cases import account

EMPTY = Corpus(accounts=1000, domain_accounts={}, domain_names={}, frequency={})


def test_the_best_names_and_the_carried_account_are_looked_at() -> None:
    others = [account(f"z{i:02}", f"Unrelated Company {i}") for i in range(60)]
    right = account("right", "Acme Robotics")
    considered = Considered(accounts=(*others, right), corpus=EMPTY)
    contact = normalize(Contact(company="Acme Robotics", account_id=AccountId("z50")))
    chosen = [item.id for item in shortlist(contact, considered)]
    assert "right" in chosen
    assert "z50" in chosen
    assert len(chosen) <= CLOSE_LOOK


@pytest.mark.parametrize(
    "name", ["Acme\nRobotics", "ACME & Robotics; Inc", "Ácmé-Rôbotics", "acme\u00a0ROBOTICS"]
)
def test_names_are_likened_however_they_are_written(name: str) -> None:
    others = [account(f"z{i:02}", f"Unrelated\nCompany; {i}", aliases=("Ünlike", "&")) for i in range(20)]
    considered = Considered(accounts=(*others, account("right", name)), corpus=EMPTY)
    assert "right" in [item.id for item in shortlist(normalize(Contact(company="Acme Robotics")), considered)]


def test_few_accounts_are_all_looked_at() -> None:
    few = (account("1", "A"), account("2", "B"))
    assert shortlist(normalize(Contact(company="C")), Considered(accounts=few, corpus=EMPTY)) == few


def test_of_many_names_only_the_likest_are_compared_word_by_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest names and the most aliases cost no more than this, counted in comparisons."""
    words = [f"wort{at}lang" for at in range(24)]
    accounts = [
        account(
            f"a{at:02}", " ".join(words[at % 7 :]), aliases=tuple(" ".join(words[k:]) for k in range(1, 15))
        )
        for at in range(50)
    ]
    contact = normalize(Contact(company=" dba ".join(" ".join(words[at : at + 6]) for at in (0, 6, 12))))
    compared = []

    def counted(*given: Any) -> NameComparison:
        compared.append(given)
        return compare(*given)

    monkeypatch.setattr(seen, "compare", counted)
    considered = Index.build(accounts).consider(contact)
    assert len(considered.accounts) <= LIMIT
    found = match_contact(contact, considered, default_policy())
    assert found.candidates
    assert len(compared) <= CLOSE_LOOK * (MOST_PAIRS + 2)
    assert all(len(asked.words) <= MOST_WORDS >= len(held.words) for asked, held, *_ in compared)


def test_the_likest_pair_of_names_is_among_those_compared() -> None:
    asked = tuple(map(name_side, (*parse("Nordlicht Optik"), *parse("Zett"))))
    held = tuple(
        name_side(name)
        for text in ("Alpha", "Beta", "Gamma", "Delta", "Optik Nordlicht")
        for name in parse(text)
    )
    pairs = worth_comparing(asked, held)
    assert len(pairs) <= MOST_PAIRS + 1
    assert (asked[0], held[0]) == pairs[0]
    assert (asked[0], held[4]) in pairs
