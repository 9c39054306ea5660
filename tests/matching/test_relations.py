"""What people write of themselves beside a company's name."""

from __future__ import annotations

from typing import Any

import pytest

from matching.names import parse
from matching.relations import Relation, relation
from tests.matching.cases import load


@pytest.mark.parametrize("case", load("relations"), ids=lambda case: ascii(case["company"]))
def test_relations(case: dict[str, Any]) -> None:
    expected = case["name"] and Relation(case["name"], case["near"], case.get("own"))
    assert relation(case["company"]) == expected


def test_a_name_that_reads_like_a_relation_is_a_name_as_well() -> None:
    main, near = parse("Former Logistics", sections=True)
    assert (main.core, main.near) == ("former logistics", True)
    assert (near.core, near.near) == ("logistics", True)


def test_of_two_names_the_one_that_is_not_the_writers_own_is_near() -> None:
    assert [(name.core, name.near) for name in parse("Zenith, part of Acme Ltd", sections=True)] == [
        ("zenith", False),
        ("acme", True),
        ("zenith part of acme", False),
    ]


def test_accounts_say_nothing_of_a_writer() -> None:
    assert [(name.core, name.near) for name in parse("Partner of Acme")] == [("partner of acme", False)]
