"""Every situation that rules of engagement answer has its cases; docs/situations.md lists them."""

from __future__ import annotations

from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.architecture.generated import CASES, shown_by

CATALOGUE: list[dict[str, Any]] = YAML(typ="safe").load((CASES / "situations.yaml").read_text())


def test_all_of_them_are_in_the_catalogue() -> None:
    assert [each["number"] for each in CATALOGUE] == list(range(1, 55))


@pytest.mark.parametrize("each", CATALOGUE, ids=lambda each: str(each["number"]))
def test_every_variant_has_a_case(each: dict[str, Any]) -> None:
    assert {(each["number"], variant) for variant in each["variants"]} - shown_by().keys() == set()
