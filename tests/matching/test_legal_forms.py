"""Legal forms at both ends of a name."""

from __future__ import annotations

import pytest

from matching.legal_forms import strip


@pytest.mark.parametrize(
    ("tokens", "rest", "codes"),
    [
        ("acme pty ltd", "acme", ("ltd",)),
        ("acme gmbh co kg", "acme", ("gmbhcokg",)),
        ("ооо ромашка", "ромашка", ("llc",)),
        ("acmegmbh", "acme", ("gmbh",)),
        ("ltd", "ltd", ()),
        ("", "", ()),
    ],
)
def test_strip(tokens: str, rest: str, codes: tuple[str, ...]) -> None:
    assert strip(tuple(tokens.split())) == (tuple(rest.split()), codes)
