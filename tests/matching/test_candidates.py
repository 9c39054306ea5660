"""Which accounts get a close look."""

from __future__ import annotations

from matching.candidates import CLOSE_LOOK, shortlist
from matching.normalize import normalize
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


def test_few_accounts_are_all_looked_at() -> None:
    few = (account("1", "A"), account("2", "B"))
    assert shortlist(normalize(Contact(company="C")), Considered(accounts=few, corpus=EMPTY)) == few
