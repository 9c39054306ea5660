"""Contacts against a small set of accounts, end to end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from matching.index import Index
from matching.match import match_contact
from matching.normalize import normalize
from matching.policy import MatchPolicy, default_policy
from matching.types import Account, AccountDomain, AccountId, Contact, DomainSource, MatchOutcome
from tests.matching.cases import account, load

CASES = load("matches")


def _account(row: dict[str, Any]) -> Account:
    plain = {key: value for key, value in row.items() if key not in ("id", "name", "domains", "quarantined")}
    made = account(
        row["id"], row["name"], *row.get("domains", ()), **{**plain, "aliases": tuple(row.get("aliases", ()))}
    )
    learned = (
        AccountDomain(domain=host, source=DomainSource.CONTACT, support=1, quarantined=True)
        for host in row.get("quarantined", ())
    )
    return replace(made, domains=(*made.domains, *learned))


INDEX = Index.build(map(_account, CASES["accounts"]))


@pytest.mark.parametrize("case", CASES["contacts"], ids=lambda case: case["because"])
def test_matches(case: dict[str, Any]) -> None:
    given = {
        key: value for key, value in case.items() if key not in ("because", "account", "outcome", "reason")
    }
    contact = normalize(Contact(**given))
    result = match_contact(contact, INDEX.consider(contact), default_policy())
    assert result.outcome == case["outcome"]
    if "account" in case:
        assert result.account_id == AccountId(case["account"])
    if "reason" in case:
        assert result.reason == case["reason"]


def _policy(numbers: dict[str, Any]) -> MatchPolicy:
    return MatchPolicy.model_validate({**default_policy().model_dump(), **numbers})


@pytest.mark.parametrize("case", load("evidence"), ids=lambda case: case["because"])
def test_evidence(case: dict[str, Any]) -> None:
    contact = normalize(Contact(**case["contact"]))
    considered = Index.build(map(_account, case["accounts"])).consider(contact)
    result = match_contact(contact, considered, _policy(case.get("policy", {})))
    if "outcome" in case:
        assert result.outcome == case["outcome"]
    if case.get("not_matched"):
        assert result.outcome is not MatchOutcome.MATCHED
    if "account" in case:
        assert result.account_id == AccountId(case["account"])
    if "reason" in case:
        assert result.reason == case["reason"]
    if "decisive" in case:
        assert result.decisive == case["decisive"]
