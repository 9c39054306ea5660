"""Every situation that rules of engagement answer has its cases; docs/situations.md lists them."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
CATALOGUE: list[dict[str, Any]] = YAML(typ="safe").load((ROOT / "tests/cases/situations.yaml").read_text())
NAME = re.compile(r"s(\d\d)([a-e]*)-")


def shown() -> dict[int, dict[str, list[str]]]:
    """The cases by situation and variant; a file without letters shows the first."""
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted((ROOT / "tests/cases/routing").glob("s[0-9]*.yaml")):
        name = NAME.match(path.name)
        assert name, f"{path.name} does not begin with a situation and its variants"
        for letter in name[2] or "a":
            found[int(name[1])][letter].append(path.stem)
    return found


def test_all_of_them_are_in_the_catalogue() -> None:
    assert [each["number"] for each in CATALOGUE] == list(range(1, 55))


@pytest.mark.parametrize("each", CATALOGUE, ids=lambda each: str(each["number"]))
def test_every_variant_has_a_case(each: dict[str, Any]) -> None:
    assert set(each["variants"]) - set(shown()[each["number"]]) == set()
