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
    assert set(explain.SENTENCES) == set(EvidenceKind)


@pytest.mark.parametrize(
    ("contact", "begins"),
    [
        (Contact(company="Acme Robotics", email="x@acme.com"), "Matched to Acme Robotics (a) at "),
        (Contact(company="Unheard"), "Unmatched: "),
    ],
)
def test_one_sentence(contact: Contact, begins: str) -> None:
    normal = normalize(contact)
    result = match_contact(normal, INDEX.consider(normal), default_policy())
    said = explain.sentence(result)
    assert said.startswith(begins)
    assert said.endswith(".")


def test_the_table_ends_in_the_sum() -> None:
    normal = normalize(Contact(company="Acme Robotics", email="x@acme.com"))
    best = match_contact(normal, INDEX.consider(normal), default_policy()).candidates[0]
    *rows, last = explain.table(best)
    assert len(rows) == len(best.evidence)
    assert last[0] == f"{best.points:+.2f}"


def test_the_comparison_says_what_separates_the_best_two() -> None:
    normal = normalize(Contact(company="Acme Robotics", email="x@acme.com"))
    result = match_contact(normal, INDEX.consider(normal), default_policy())
    gaps = [float(points) for points, _ in explain.comparison(result)]
    assert gaps == sorted(gaps, key=abs, reverse=True)
