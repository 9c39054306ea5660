"""A rulebook as it is applied: compiled rules in order of precedence.

`routing.rulebook` makes these values from text; nothing changes them after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from routing.cases import Fixtures, TestCase
from routing.conditions import Condition, Tree
from routing.conflicts import Conflict
from routing.durations import Promise
from routing.fields import Catalogue
from routing.reading import Node
from routing.rules.base import Outcome
from routing.types import PoolName, PoolState, Rep, RepId

Place = tuple[int, int]
"""A line and a column, counted from 1."""


class Directory(Protocol):
    """The reps and pools that exist. `routing.rotation.Rotation` is one."""

    @property
    def pools(self) -> Mapping[PoolName, PoolState]: ...
    @property
    def reps(self) -> Mapping[RepId, Rep]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Someone to tell: the person ``who`` asks for, or (None) the assignee's manager."""

    who: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule, ready to be applied. ``rank`` is its precedence group, 0 the highest."""

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
    outcome: Outcome
    sla: tuple[tuple[str, Promise], ...]
    notify: tuple[Notify, ...]
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """A compiled rulebook.

    ``version`` is the first 12 hexadecimal digits of the text's SHA-256.
    ``rules`` are in order of precedence and end with the fallback. ``reps``,
    ``pools``, ``queues`` and ``roles`` are those the text names, the first two with
    the line and column where it first does. ``tests`` are its
    tests, each with its line.
    """

    version: str
    text: str
    file: str
    zone: ZoneInfo
    catalogue: Catalogue
    rules: tuple[Rule, ...]
    conflicts: tuple[Conflict, ...]
    default_sla: tuple[tuple[str, Promise], ...]
    places_of_reps: Mapping[RepId, Place]
    places_of_pools: Mapping[PoolName, Place]
    queues: frozenset[str]
    roles: frozenset[str]
    unused: tuple[tuple[str, Node], ...]
    fixtures: Fixtures
    tests: tuple[tuple[TestCase, int], ...]

    @property
    def reps(self) -> frozenset[RepId]:
        """The reps the text names; the facts must have them."""
        return frozenset(self.places_of_reps)

    @property
    def pools(self) -> frozenset[PoolName]:
        """The pools the text names."""
        return frozenset(self.places_of_pools)
