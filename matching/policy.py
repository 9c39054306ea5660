"""The numbers of matching: points per piece of evidence, thresholds, margins, switches.

A policy is a YAML file that a person can read. The shipped one is
`data/policy.yaml`; its points were fitted on labelled contacts at
development time (bench/accuracy/fit.py) and are natural-log odds.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML

from matching.data import text
from matching.types import EvidenceKind

Points = Annotated[float, Field(ge=-60, le=60)]
Figures = tuple[float, ...]


def _ascends(curve: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    places = [place for place, _ in curve]
    if not places or places != sorted(set(places)):
        raise ValueError("the first figures of the pairs must ascend")
    return curve


Curve = Annotated[tuple[tuple[float, Points], ...], AfterValidator(_ascends)]
"""Points by a figure, as pairs of figure and points, the figures ascending."""

WORD_OF_A_PERSON: dict[str, dict[str, float]] = {
    EvidenceKind.CRM_ID.value: {"same": 45.0},
    EvidenceKind.REMEMBERED.value: {"same": 50.0, "never": -50.0},
}
"""What no fit can teach: a person's word outweighs all that names and domains say together."""


class Thresholds(BaseModel):
    """Where an answer is certain enough to act on, and where it is worth a look."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    matched: float = Field(
        default=0.97, gt=0.5, lt=1, description="Least probability to match without a person."
    )
    review: float = Field(default=0.2, gt=0, lt=1, description="Least probability to show to a person.")
    margin: float = Field(
        default=1.5,
        ge=0,
        le=10,
        description="Least points between the best and the next to match without a person.",
    )


HIERARCHY = ("parent", "child", "ultimate")
"""What a tie-breaker by hierarchy may prefer."""


COARSER: dict[EvidenceKind, dict[str, str]] = {
    EvidenceKind.COUNTRY: {"local": "different.anchored", "different.local": "different.alone"},
    EvidenceKind.DOMAIN_PART: {"above": "few", "left": "few"},
    EvidenceKind.DOMAIN_OTHER: {f"{level}.claimed": level for level in ("starts", "alike", "unlike")},
    EvidenceKind.DOMAIN_OWNER: {"named": "family"},
    EvidenceKind.NAME_KIND: {f"within.{where}": f"differ.{where}" for where in ("alone", "anchored")},
    EvidenceKind.NAME_NEAR: {"alone": "alone", "anchored": "anchored"},
    EvidenceKind.NAME_PLACE: {"begins": "alone"},
    EvidenceKind.NAME_SAME: {
        f"{how}.{where}": f"words.{where}"
        for how in ("turned", "contrast")
        for where in ("alone", "anchored")
    },
    EvidenceKind.NAME_TAKEN: {
        "exactly.disputed": "exactly.anchored",
        "exactly.family.anchored": "exactly.anchored",
    },
    EvidenceKind.STATE: {
        "local": "different",
        **{f"{agree}.{where}": agree for agree in ("same", "different") for where in ("alone", "anchored")},
    },
    EvidenceKind.NAME_TWIN: {"told.alone": "alone", "told.anchored": "anchored"},
}
"""Levels that tell apart what was one before: a policy that says nothing of the finer means the coarser."""

COARSER_KIND = {
    EvidenceKind.DOMAIN_PART: EvidenceKind.DOMAIN,
    EvidenceKind.NAME_NEAR: EvidenceKind.NAME_PLACEHOLDER,
}
"""Kinds of evidence that were levels of another before, and are off where that is."""


class TieBreaker(BaseModel):
    """What separates candidates that fit equally well. Never the account id, never chance.

    ``by`` is the field of the account; for ``lifecycle`` and ``tier`` the
    earlier value of ``prefer`` wins. For ``hierarchy`` prefer is ``[parent]`` (above
    the others), ``[child]`` (none of the others is below it) or ``[ultimate]`` (no
    parent at all). For ``country``, ``state`` and ``city`` the contact's own wins, for
    ``region`` the nearest: the same city before state, country and none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: Literal["lifecycle", "tier", "hierarchy", "region", "country", "state", "city"]
    prefer: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _prefers_what_there_is(self) -> TieBreaker:
        if self.by == "hierarchy" and (len(self.prefer) != 1 or self.prefer[0] not in HIERARCHY):
            raise ValueError(f"hierarchy prefers one of {', '.join(HIERARCHY)}")
        if self.by in ("lifecycle", "tier") and not self.prefer:
            raise ValueError(f"{self.by} needs the values it prefers, best first")
        return self


class MatchPolicy(BaseModel):
    """Points, thresholds and switches, validated once. The version is a hash of the content.

    ``levels`` gives points by kind of evidence and level; ``curves`` by kind
    and a figure 0..1 (or as the feature documents), interpolated between the
    points given and flat beyond them. ``off`` lists evidence that is not used.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    thresholds: Thresholds = Thresholds()
    tie_breakers: tuple[TieBreaker, ...] = ()
    company_domains: frozenset[str] = Field(
        default=frozenset(), description="Domains on the free-mail lists that are companies here."
    )
    free_domains: frozenset[str] = Field(
        default=frozenset(), description="Further domains that are no company's."
    )
    max_names_on_domain: int = Field(
        default=25, ge=2, description="A domain on accounts of more unlike names than this is no evidence."
    )
    off: frozenset[EvidenceKind] = frozenset()
    levels: dict[EvidenceKind, dict[str, Points]]
    curves: dict[str, Curve] = {}

    @model_validator(mode="before")
    @classmethod
    def _people_count(cls, given: Any) -> Any:
        """Give the word of a person its points where a policy, fitted or older, says nothing of them."""
        if isinstance(given, dict) and isinstance(given.get("levels"), dict):
            return {**given, "levels": {**WORD_OF_A_PERSON, **given["levels"]}}
        return given

    @cached_property
    def version(self) -> str:
        """Return what tells this policy from any other: a hash of all its numbers."""
        content = json.dumps(
            self.model_dump(), sort_keys=True, default=sorted
        )  # sets have no order of their own
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> MatchPolicy:
        """Return a copy with other values, without what was worked out from the former ones."""
        made = super().model_copy(update=update, deep=deep)
        for name in ("version", "worths", "lines"):
            made.__dict__.pop(name, None)
        return made

    def level(self, kind: EvidenceKind, level: str) -> float:
        """Return the points of a level, 0 where the policy gives none or the evidence is off."""
        return self.worths.get((kind, level), 0.0)

    @cached_property
    def worths(self) -> dict[tuple[str, str], float]:
        """The points of each kind and level. Evidence that is off has none."""
        kinds = dict.fromkeys((*self.levels, *COARSER_KIND))
        used = ((kind, self.points(kind)) for kind in kinds if not {kind, COARSER_KIND.get(kind)} & self.off)
        return {(kind, level): points for kind, levels in used for level, points in levels.items()}

    def points(self, kind: EvidenceKind) -> dict[str, float]:
        """Return the points of every level of a kind, also one that is off, and of finer ones not said."""
        said = self.levels.get(kind, {})
        coarser = self.levels.get(COARSER_KIND.get(kind, kind), {})
        finer = COARSER.get(kind, {})
        return {finer: coarser[level] for finer, level in finer.items() if level in coarser} | said

    @cached_property
    def lines(self) -> dict[tuple[str, str], tuple[Figures, Figures]]:
        """The curve of each kind and level as `interpolate` takes it. Evidence that is off has none."""
        named = ((name.partition("."), curve) for name, curve in self.curves.items())
        return {
            (kind, level): (tuple(x for x, _ in curve), tuple(y for _, y in curve))
            for (kind, _, level), curve in named
            if kind not in self.off
        }


def interpolate(places: Figures, heights: Figures, value: float) -> float:
    """Return the height of a straight line from point to point at `value`; flat beyond its ends."""
    at = bisect_right(places, value)
    if at == 0:
        return heights[0]
    if at == len(places):
        return heights[-1]
    before, height = places[at - 1], heights[at - 1]
    return height + (heights[at] - height) * (value - before) / (places[at] - before)


def parse_policy(yaml_text: str) -> MatchPolicy:
    """Read a policy from YAML. Raises pydantic's ValidationError with the field that is wrong."""
    return MatchPolicy.model_validate(YAML(typ="safe").load(yaml_text))


def to_yaml(policy: MatchPolicy) -> str:
    """Return a policy as the file that a person reads and changes; `parse_policy` reads it back."""
    given = policy.model_dump(mode="json")
    lines = [
        "# Points are natural-log odds and add up; a probability follows from the sum. Levels are what was",
        "# seen, curves are [figure, points] pairs with straight lines between.",
        "# What each kind means: docs/matching.md.",
        f"name: {json.dumps(policy.name, ensure_ascii=False)}",
        "thresholds: {"
        + ", ".join(f"{name}: {value:.12g}" for name, value in given["thresholds"].items())
        + "}",
    ]
    lines.append("tie_breakers:" if policy.tie_breakers else "tie_breakers: []")
    lines += [f"  - {json.dumps(each, ensure_ascii=False)}" for each in given["tie_breakers"]]
    for field in ("company_domains", "free_domains", "off"):
        lines.append(f"{field}: {json.dumps(sorted(given[field]), ensure_ascii=False)}")
    lines += [f"max_names_on_domain: {policy.max_names_on_domain}", "levels:"]
    for kind, levels in sorted(given["levels"].items()):
        inner = ", ".join(f"{level}: {points:.12g}" for level, points in sorted(levels.items()))
        lines.append(f"  {kind}: {{{inner}}}")
    lines.append("curves:")
    lines += [f"  {name}: {[list(pair) for pair in curve]}" for name, curve in sorted(policy.curves.items())]
    return "\n".join(lines) + "\n"


@lru_cache(maxsize=1)
def default_policy() -> MatchPolicy:
    """Return the policy that ships."""
    return parse_policy(text("policy.yaml"))
