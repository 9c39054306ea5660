"""A rulebook as it is applied: compiled rules in order of precedence.

`routing.rulebook` makes these values from text; nothing changes them after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from routing.allowances import Allowance
from routing.cases import Fixtures, TestCase
from routing.catalogue import EARLIER, Catalogue
from routing.conditions import REMEMBERED, Condition, Tree
from routing.conflicts import Conflict
from routing.durations import Promise, Window
from routing.effects.credit import Stamp
from routing.effects.people import Whom
from routing.fields import Scope
from routing.guarantees import Guarantee
from routing.masks import MaskIndex, bits, separated
from routing.misses import MissPolicy
from routing.reading import Node
from routing.rules.base import Outcome
from routing.sticky import BY_HAND
from routing.tables import Table
from routing.types.decision import Claim, Finding, Verdict
from routing.types.facts import RoutingFacts
from routing.types.people import Rep, RepId
from routing.types.pools import PoolName, PoolState

LISTED = 100
"""A decision lists every rule of a book of up to so many; of a larger one those that applied."""

Place = tuple[int, int]
"""A line and a column, counted from 1."""


class Directory(Protocol):
    """The reps and pools that exist. `routing.rotation.Rotation` is one."""

    @property
    def pools(self) -> Mapping[PoolName, PoolState]: ...
    @property
    def reps(self) -> Mapping[RepId, Rep]: ...


Refusal = Callable[[Verdict, Finding | None], Claim]
"""Makes the claim of a rule that is out: why, and what its condition met."""


def refusals(rule: str, kind: str, because: str, reference: str | None) -> Refusal:
    """Return the maker of a rule's claims when it is out.

    Most rules are out in most decisions, for few reasons, so the claims made
    are kept and given again; a claim never changes.
    """
    known: dict[int, Claim] = {}

    def refuse(verdict: Verdict, finding: Finding | None) -> Claim:
        claim = known.get(id(finding))
        if claim is not None and claim.finding is finding and claim.verdict is verdict:
            return claim
        claim = Claim(
            rule=rule, kind=kind, verdict=verdict, finding=finding, because=because, reference=reference
        )
        if len(known) < REMEMBERED:
            known[id(finding)] = claim
        return claim

    return refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule, ready to be applied. ``rank`` is its precedence group, 0 the highest.

    ``refuse`` makes the claim of the rule when it is out.
    """

    id: str
    because: str
    reference: str | None
    owner: str | None
    start: datetime | None
    until: datetime | None
    group: str | None
    rank: int
    tree: Tree
    when: Condition
    refuse: Refusal
    outcome: Outcome
    sla: tuple[tuple[str, Promise], ...]
    notify: tuple[Whom, ...]
    credit: tuple[Stamp, ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """A compiled rulebook.

    ``version`` is the first 12 hexadecimal digits of the text's SHA-256.
    ``rules`` are in order of precedence and end with the fallback. ``reps``,
    ``pools``, ``queues`` and ``roles`` are those the text names, the first two with
    the line and column where it first does. ``tests`` are its
    tests, each with its line. ``index`` is there for a book of more than `LISTED` rules.
    """

    version: str
    text: str
    file: str
    zone: ZoneInfo
    catalogue: Catalogue
    rules: tuple[Rule, ...]
    conflicts: tuple[Conflict, ...]
    default_sla: tuple[tuple[str, Promise], ...]
    default_credit: tuple[Stamp, ...]
    places_of_reps: Mapping[RepId, Place]
    places_of_pools: Mapping[PoolName, Place]
    places_of_table_reps: Mapping[RepId, Place]
    tables: tuple[Table, ...]
    queues: frozenset[str]
    roles: frozenset[str]
    unused: tuple[tuple[str, Node], ...]
    fixtures: Fixtures
    tests: tuple[tuple[TestCase, int], ...]
    guarantees: tuple[Guarantee, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    misses: MissPolicy | None = None
    carries_on: bool = False
    by_hand: Window = BY_HAND
    by_id: Mapping[str, Rule] = field(init=False, repr=False, compare=False)
    index: MaskIndex | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {rule.id: rule for rule in self.rules})
        indexed = None
        if len(self.rules) > LISTED:
            asks = [separated(rule.tree)[0] for rule in self.rules]
            indexed = MaskIndex(asks, least=max(2, len(self.rules) // 200))
        object.__setattr__(self, "index", indexed)

    def possible(self, scope: Scope) -> Iterable[Rule]:
        """Return the rules that may apply, in order of precedence: all but those a single field rules out."""
        if self.index is None:
            return self.rules
        return [self.rules[place] for place in bits(self.index.fitting(scope))]

    @property
    def looks_around(self) -> bool:
        """Whether rules may ask about earlier contacts, of the person or of the company.

        To ask, a text must name them; one that names them otherwise counts too, which does no harm.
        """
        return EARLIER.name in self.text

    @property
    def reps(self) -> frozenset[RepId]:
        """The reps the text names outside of tables; the facts must have them."""
        return frozenset(self.places_of_reps)

    @property
    def reps_of_tables(self) -> frozenset[RepId]:
        """The reps that rows of tables give; the facts must have those of the rows that fit."""
        return frozenset(self.places_of_table_reps)

    def reps_of_rows(self, facts: RoutingFacts, now: datetime) -> frozenset[RepId]:
        """Return the reps of the rows that fit: of the reps of many territories those that matter here."""
        if not self.tables:
            return frozenset()
        scope = Scope(facts, now, self.zone)
        return frozenset(rep for table in self.tables for rep in table.reps(scope))

    @property
    def pools(self) -> frozenset[PoolName]:
        """The pools the text names."""
        return frozenset(self.places_of_pools)
