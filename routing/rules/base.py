"""What every kind of outcome shares: the request it makes, and how a rep is found fit.

An outcome kind is one file of this folder. It has pydantic settings (what one
may write, with docstrings), a `bind` that turns the settings into an
`Outcome`, and the outcome's `request`: what it asks for on given facts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from routing.availability import cover_at, is_absent
from routing.catalogue import Catalogue
from routing.conditions import Tree
from routing.durations import Window
from routing.fields import Collection, Field, Scope
from routing.reach import BusinessSpan, Reach
from routing.reading import Node
from routing.types.decision import Advice, Finding, RoutingOutcome
from routing.types.people import RepId
from routing.types.pools import PoolName


class Settings(BaseModel):
    """What may be written for an outcome. Keys are those of the aliases; others are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Away(StrEnum):
    """What a claim for one person does while that person is absent."""

    COVER = "cover"  # the cover acts; without one the contact waits for the absent person
    KEEP = "keep"  # the contact waits for the absent person
    PASS = "pass"  # the cover acts; without one the next claim is considered


@dataclass(slots=True, kw_only=True)
class Request:
    """What an outcome asks for on the facts of one decision.

    ``nobody`` says why it can ask for nothing (the next claim is then
    considered); ``rep`` is then who would have been named. ``sticky`` is the member of
    the pool who had the contact not long ago. ``finding`` is what else
    a reader should know, such as a tie.
    Never changed once made; not frozen, because a frozen one costs three times
    as much to make and one is made for every rule that applies.
    """

    kind: str
    outcome: RoutingOutcome = RoutingOutcome.ASSIGNED
    rep: RepId | None = None
    covers: RepId | None = None
    pool: PoolName | None = None
    queue: str | None = None
    code: str | None = None
    until: datetime | None = None
    asked: RepId | None = None
    question: str | None = None
    choices: tuple[str, ...] = ()
    nobody: Finding | None = None
    finding: Finding | None = None
    step: str | None = None
    partner: RepId | None = None
    advice: tuple[Advice, ...] = ()
    sticky: RepId | None = None

    @property
    def target(self) -> tuple[object, ...]:
        """What is asked for, for telling whether two requests agree."""
        return (self.outcome, self.rep, self.pool, self.queue, self.code, self.asked, self.partner)


class Outcome(Protocol):
    """A bound outcome. ``kind`` is the word that claims and conflicts use."""

    @property
    def kind(self) -> str: ...

    def request(self, scope: Scope, step: str) -> Request:
        """Return what is asked for at a step of a rule: the rule's id, or a later one (`routing.steps`)."""


@dataclass(slots=True, kw_only=True)
class Named:
    """The reps, pools and queues that a rulebook names, with the first place of each."""

    reps: dict[str, Node] = field(default_factory=dict)
    reps_of_tables: dict[str, Node] = field(default_factory=dict)
    pools: dict[str, Node] = field(default_factory=dict)
    queues: dict[str, Node] = field(default_factory=dict)
    roles: dict[str, Node] = field(default_factory=dict)


class Binder(Protocol):
    """What `bind` may use of the rulebook that is being read."""

    catalogue: Catalogue
    named: Named
    away: Away
    tie_queue: str
    pool_columns: frozenset[str]
    zone: ZoneInfo

    def span(self, node: Node) -> Window | Reach | None: ...
    def condition(self, node: Node, collection: Collection | None = None) -> Tree: ...
    def outcome(self, node: Node, *, people_only: bool = False) -> Outcome | None: ...
    def report(
        self, place: Node | tuple[int, int], code: str, message: str, hint: str | None = None
    ) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleType:
    """One outcome kind: the key that marks it, what may be written, and how it is bound.

    ``kinds`` are the words claims of this type use; ``person`` says that it
    always asks for one rep, so it can be asked, notified and covered.
    """

    key: str
    kinds: tuple[str, ...]
    settings: type[Settings]
    bind: Callable[[Any, Node, Binder], Outcome | None]
    person: bool = False


def for_person(scope: Scope, rep: RepId | None, *, kind: str, source: str, away: Away) -> Request:
    """Return the request for one rep, or why that rep cannot have the contact.

    ``source`` is the field or place that named the rep. An absent rep is
    replaced by the cover, who may be absent and covered in turn.
    """
    if rep is None:
        return nobody(kind, source, "a rep", None)
    fault = _unfit(scope, rep)
    if fault is not None:
        return nobody(kind, source, fault[0], f"{rep} {fault[1]}", rep)
    if away is Away.KEEP or not is_absent(scope.reps[rep], scope.now):
        return Request(kind=kind, rep=rep)
    cover = _cover(scope, rep)
    if cover is not None:
        return Request(kind=kind, rep=cover, covers=rep)
    if away is Away.PASS:
        wanted = "a rep who is there, or has a cover"
        return nobody(kind, source, wanted, f"{rep} is absent without cover", rep)
    return Request(kind=kind, rep=rep)


def nobody(kind: str, source: str, wanted: str, actual: str | None, rep: RepId | None = None) -> Request:
    """Return the request that can ask for nothing, with the reason and the rep it would have named."""
    finding = Finding(field=source, operator="names", wanted=wanted, actual=actual)
    return Request(kind=kind, rep=rep, nobody=finding)


def looked_up(asked: Request, field: Field, scope: Scope) -> Request:
    """Add to a request the row of the table that its field was looked up in, if it was."""
    place = field.place(scope) if field.place is not None else None
    if place is None or asked.finding is not None:
        return asked
    value = field.get(scope, None)
    actual = f"{value if value is not None else 'empty'} ({place})"
    if asked.nobody is not None:
        return replace(asked, nobody=replace(asked.nobody, actual=asked.nobody.actual or actual))
    return replace(asked, finding=Finding(field=field.name, operator="is", wanted=str(value), actual=actual))


def later(span: Window | Reach, scope: Scope) -> datetime:
    """Return the moment that lies a span after now.

    A span of somebody's working time is not longer than it sounds where nobody
    is named: then it is counted on the real clock.
    """
    if isinstance(span, Window):
        return span.after(scope.now, scope.zone)
    found = span.after(scope)
    if found is not None:
        return found
    assert isinstance(span.span, BusinessSpan), "only working time hangs on somebody"
    unit = timedelta(minutes=1) if span.span.unit == "minute" else timedelta(days=1)
    return scope.now + span.span.count * unit


def is_fit(scope: Scope, rep: RepId) -> bool:
    """Whether a rep is known, active and has not rejected this contact."""
    return _unfit(scope, rep) is None


def _unfit(scope: Scope, rep: RepId) -> tuple[str, str] | None:
    known = scope.reps.get(rep)
    if known is None:
        return "a known rep", "is not known"
    if not known.active:
        return "an active rep", "is inactive"
    if rep in scope.facts.excluded:
        return "a rep who has not rejected the contact", "has rejected it"
    return None


def _cover(scope: Scope, rep: RepId) -> RepId | None:
    """Follow covers from an absent rep to the first one who is there, or None."""
    fit = {name: known for name, known in scope.reps.items() if is_fit(scope, name)}
    return cover_at(fit, scope.reps[rep], scope.now)
