"""Every kind of evidence that ops count on, each on a few accounts of its own."""

from __future__ import annotations

from typing import Any

import pytest

from matching.index import Index
from matching.match import match_contact
from matching.normalize import normalize
from matching.policy import MatchPolicy, default_policy
from matching.types import Account, AccountDomain, AccountId, Contact, DomainSource, MatchOutcome
from tests.matching.cases import account, load


def _account(row: dict[str, Any]) -> Account:
    given = {"aliases": (), **row}
    names = given.pop("id"), given.pop("name"), *given.pop("domains", ())
    learned = tuple(
        AccountDomain(domain=host, source=DomainSource.CONTACT, support=1, quarantined=True)
        for host in given.pop("quarantined", ())
    )
    made = account(*names, **{**given, "aliases": tuple(given["aliases"])})
    return Account(
        **{field: getattr(made, field) for field in Account.__slots__} | {"domains": made.domains + learned}
    )


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
