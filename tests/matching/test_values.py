"""matching/values.py: what is made often is made as every dataclass is."""

from __future__ import annotations

import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from matching.types import Account, AccountDomain, AccountId, CompanyName, DomainSource
from matching.values import made_often


def test_it_takes_what_a_dataclass_takes_and_no_more() -> None:
    ours, usual = inspect.signature(AccountDomain), [*AccountDomain.__dataclass_fields__]
    assert [*ours.parameters] == usual and ours.parameters["support"].default == 0
    domain = AccountDomain(domain="acme.io", source=DomainSource.GIVEN)
    assert (domain.support, domain.quarantined) == (0, False)
    assert domain == AccountDomain(domain="acme.io", source=DomainSource.GIVEN, support=0)
    for wrong in ({"domain": "acme.io"}, {"domain": "a", "source": "given", "unknown": 1}):
        with pytest.raises(TypeError):
            AccountDomain(**wrong)


def test_it_stays_frozen_and_can_be_copied() -> None:
    account = Account(id=AccountId("A1"), name="Acme", aliases=("Acme Robotics",))
    with pytest.raises(FrozenInstanceError):
        account.name = "Other"  # type: ignore[misc]
    assert replace(account, name="Other").aliases == account.aliases
    assert pickle.loads(pickle.dumps(account)) == account and hash(account) == hash(replace(account))
    assert CompanyName.__init__.__qualname__ == "CompanyName.__init__"


def test_a_factory_is_refused() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Made:
        some: list[str] = field(default_factory=list)

    with pytest.raises(TypeError, match="Made has a field with a factory"):
        made_often(Made)
