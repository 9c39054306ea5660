"""Facts and rotations for tests, built the way rulebook tests build them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from routing.cases import Fixtures, Given
from routing.compiled import Rulebook
from routing.rotation import Rotation
from routing.rulebook import parse
from routing.situations import Situation, build
from routing.types.facts import RoutingFacts

EMPTY = parse("version: 1\nfallback: {then: {queue: nobody}}\n")


def situation(given: Mapping[str, Any], rulebook: Rulebook = EMPTY) -> Situation:
    """Build a situation from what a test would write under ``given``."""
    return build(Given.model_validate(given), Fixtures(), rulebook)


def facts(*, country: str | None = None, **given: Any) -> RoutingFacts:
    """Facts of a contact; ``given`` as in a rulebook test."""
    contact = {**given.pop("contact", {}), **({"country": country} if country else {})}
    return situation({"contact": contact, **given}).facts


def rotation(*, pools: Mapping[str, Any], reps: Mapping[str, Any] | None = None) -> Rotation:
    """Pools by name with their members, who are active unless ``reps`` says otherwise."""
    return situation({"pools": pools, "reps": reps or {}}).rotation
