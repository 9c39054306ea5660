"""The tables under tests/cases/matching, and short ways to make values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from matching.names import parse
from matching.types import Account, AccountDomain, AccountId, CompanyName, DomainSource

FOLDER = Path(__file__).parents[1] / "cases" / "matching"


def load(name: str) -> Any:
    """Return a table."""
    return YAML(typ="safe").load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


def account(id: str, name: str, *domains: str, **fields: Any) -> Account:
    """Return an account with websites."""
    held = tuple(AccountDomain(domain=domain, source=DomainSource.WEBSITE) for domain in domains)
    return Account(id=AccountId(id), name=name, domains=held, **fields)


def name(text: str) -> CompanyName:
    """Return the main name of a text."""
    return parse(text)[0]
