"""Contacts against a small set of accounts, end to end."""

from __future__ import annotations

from typing import Any

import pytest

from matching.index import Index
from matching.match import match_contact
from matching.normalize import normalize
from matching.policy import default_policy
from matching.types import Account, AccountId, Contact
from tests.matching.cases import account, load

CASES = load("matches")


def _account(row: dict[str, Any]) -> Account:
    fields = {key: value for key, value in row.items() if key not in ("id", "name", "domains", "aliases")}
    return account(
        row["id"], row["name"], *row.get("domains", ()), aliases=tuple(row.get("aliases", ())), **fields
    )


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
