"""The tables under tests/cases/matching, and short ways to make values."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
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


def shared(path: str) -> Path:
    """Return a file of the shared folder beside the repository; skips the test where it is absent."""
    folder = Path(os.environ.get("MUSTER_SHARED", Path(__file__).resolve().parents[3] / "shared"))
    if not (folder / path).is_file():
        pytest.skip(f"{path} is not in the shared folder (MUSTER_SHARED)")
    return folder / path
