"""Texts made from regular expressions fit them; what is not understood gives none."""

from __future__ import annotations

import pytest
import re2

from routing.proof.patterns import samples


@pytest.mark.parametrize(
    "pattern",
    [
        "^(vp|chief|head of)",
        r"\b(ceo|cto)\b",
        "(?i)head of",
        "(?:sales|rev)ops?$",
        "[a-c]{2}x+",
        r"\d{4}-\d{2}",
        "(?P<word>a)b*c",
        "a.c",
        "",
    ],
)
def test_samples_fit(pattern: str) -> None:
    found = samples(pattern)
    assert found
    assert all(re2.search(pattern, text) for text in found)


@pytest.mark.parametrize("pattern", ["[^a]", r"\pL", "(a", "a{2", "*"])
def test_what_is_not_understood(pattern: str) -> None:
    assert samples(pattern) == ()
