"""The table of threats names tests that exist, and leaves no threat out."""

from __future__ import annotations

import re

import pytest

from tests.architecture.sources import ROOT

ROWS = re.findall(
    r"^\| (T\d+|SSO) \|.*$", (ROOT / "docs/security.md").read_text(encoding="utf-8"), re.MULTILINE
)
IDS = re.findall(r"`([\w/]+\.py)(?:::(test_\w+))?`", (ROOT / "docs/security.md").read_text(encoding="utf-8"))


def test_every_threat_has_a_row() -> None:
    assert [*(f"T{number}" for number in range(1, 36)), "SSO"] == ROWS


@pytest.mark.parametrize(("file", "function"), IDS)
def test_a_test_that_is_named_exists(file: str, function: str) -> None:
    source = (ROOT / "tests" / file).read_text(encoding="utf-8")
    assert not function or f"def {function}(" in source
