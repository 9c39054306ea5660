"""The numbers of matching."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from matching.policy import default_policy, interpolate, parse_policy
from matching.types import EvidenceKind

SMALL = "{name: small, levels: {prior: {any: -5}}, curves: {name_words.alone: [[0, -1], [1, 3]]}}"


@pytest.mark.parametrize(("at", "height"), [(-1, -1), (0, -1), (0.25, 0), (1, 3), (2, 3)])
def test_curves_are_straight_between_their_points_and_flat_beyond(at: float, height: float) -> None:
    assert interpolate((0.0, 1.0), (-1.0, 3.0), at) == height


def test_what_a_policy_does_not_name_is_worth_nothing() -> None:
    policy = parse_policy(SMALL)
    assert policy.level(EvidenceKind.DOMAIN, "sole") == 0
    assert (EvidenceKind.NAME_SPELLING, "alone") not in policy.lines


def test_evidence_can_be_switched_off() -> None:
    policy = parse_policy(SMALL).model_copy(update={"off": frozenset({EvidenceKind.PRIOR})})
    assert policy.level(EvidenceKind.PRIOR, "any") == 0


@pytest.mark.parametrize(
    "text",
    [
        "{name: x, levels: {}, typo: 1}",
        "{name: x, levels: {no_such_kind: {any: 1}}}",
        "{name: x, levels: {prior: {any: 99}}}",
        "{name: x, levels: {}, thresholds: {matched: 1.5}}",
        "{name: x, levels: {}, curves: {a.b: [[1, 0], [0, 0]]}}",
    ],
)
def test_a_policy_that_is_wrong_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_policy(text)


def test_the_version_is_of_the_content_and_the_same_in_every_process() -> None:
    policy = default_policy()
    assert parse_policy(SMALL).version != policy.version
    program = "from matching.policy import default_policy; print(default_policy().version)"
    seen = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert seen == {f"{policy.version}\n".encode()}


def test_a_part_of_a_domain_is_off_where_domains_are() -> None:
    policy = default_policy()
    kinds = {kind for kind, _ in policy.model_copy(update={"off": frozenset({EvidenceKind.DOMAIN})}).worths}
    assert EvidenceKind.DOMAIN_PART in policy.levels and EvidenceKind.DOMAIN_PART not in kinds


def test_a_policy_that_knows_no_parts_of_domains_takes_what_it_says_of_several_owners() -> None:
    levels = {
        kind: said for kind, said in default_policy().levels.items() if kind != EvidenceKind.DOMAIN_PART
    }
    policy = default_policy().model_copy(update={"levels": levels})
    assert policy.level(EvidenceKind.DOMAIN_PART, "above") == policy.level(EvidenceKind.DOMAIN, "few")
