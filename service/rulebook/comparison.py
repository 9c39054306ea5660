"""Two ways to route the same contacts, set side by side: what changes, who gains, who loses.

Contacts that a pool hands out are compared by the pool. Once one contact more
or less draws from a pool, every later turn of it falls to someone else; that
is the rotation at work and not a change of the rules, so it is counted apart.
Pure: decisions in, a comparison out. Memory depends on the number of reps,
rules and pools, and on how many changes are kept; not on how many contacts
were compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from matching.types import AccountId
from routing.types.decision import RoutingDecision, RoutingOutcome
from routing.types.people import RepId
from routing.types.pools import PoolName

NONE = "none"
"""How a rule is called where no rule decided, and a tier or country where none is known."""

_HELD = RoutingOutcome.HELD

Weights = Mapping[PoolName, Mapping[RepId, int]]
"""The weights of the pools' members."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a contact ended up, and by which rule. Named as in `RoutingDecision`."""

    outcome: RoutingOutcome
    rule: str | None
    assignee: RepId | None
    pool: PoolName | None
    queue: str | None
    code: str | None
    asked: RepId | None

    @property
    def place(self) -> tuple[str, str | None]:
        """What must differ for a contact to count as changed: not the turn, but the pool."""
        if self.outcome is RoutingOutcome.ASSIGNED:
            return ("pool", self.pool) if self.pool is not None else ("rep", self.assignee)
        named = {
            RoutingOutcome.HELD: self.pool,
            RoutingOutcome.QUEUED: self.queue,
            RoutingOutcome.REJECTED: self.code,
            RoutingOutcome.ASKED: self.asked,
        }
        return self.outcome.value, named.get(self.outcome)


def placement(decision: RoutingDecision) -> Placement:
    """Where a decision puts its contact."""
    return Placement(
        outcome=decision.outcome,
        rule=decision.rule,
        assignee=decision.assignee,
        pool=decision.pool,
        queue=decision.queue,
        code=decision.code,
        asked=decision.asked,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One recorded contact with both placements.

    ``region`` is the country with the state below it, where the contact has one.
    """

    decision_id: str
    contact_id: str | None  # the contact's external id
    account_id: AccountId | None
    country: str | None
    tier: str | None
    at: datetime
    before: Placement
    after: Placement
    email: str | None = None
    company: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What somebody or something had before and has after, in contacts.

    ``gained`` and ``lost`` count the contacts that changed place; what is left
    of the difference came about by the order of turns.
    """

    name: str
    before: int
    after: int
    gained: int
    lost: int

    @property
    def by_turns(self) -> int:
        """The part of the difference that the order of turns made."""
        return self.after - self.before - self.gained + self.lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many contacts of a kind there were, and how many of them changed place."""

    name: str
    contacts: int
    changed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolShare:
    """What a member gets of a pool's turns. Shares are from 0 to 1; ``expected`` is that of the weights."""

    pool: PoolName
    rep: RepId
    weight: int
    expected: float
    before: int
    before_share: float
    after: int
    after_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """How many contacts one rule took from another."""

    before: str
    after: str
    contacts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The sum of it. Lists are sorted, the largest changes first.

    ``contacts`` were compared; ``changed`` ended in another place,
    ``other_rule`` in the same place by another rule, ``other_turn`` in the same
    pool with another rep. ``newly_held`` counts those that are held only after,
    ``newly_unassigned`` those that had a rep before and have none after, held
    or not. ``changes`` has the first of the changed ones, in the order of time.
    """

    before: str
    after: str
    contacts: int
    changed: int
    other_rule: int
    other_turn: int
    newly_held: int
    newly_unassigned: int
    outcomes: tuple[Shift, ...]
    reps: tuple[Shift, ...]
    rules: tuple[Shift, ...]
    pools: tuple[Shift, ...]
    turns: tuple[PoolShare, ...]
    regions: tuple[Share, ...]
    countries: tuple[Share, ...]
    tiers: tuple[Share, ...]
    by_rule: tuple[RuleChange, ...]
    changes: tuple[Compared, ...]


@dataclass(slots=True)
class _Ledger:
    """Counts for one kind of thing, by its name."""

    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    gained: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)

    def add(self, old: str | None, new: str | None, *, moved: bool) -> None:
        if old is not None:
            self.before[old] += 1
        if new is not None:
            self.after[new] += 1
        if moved and old != new:
            if old is not None:
                self.lost[old] += 1
            if new is not None:
                self.gained[new] += 1

    def shifts(self) -> tuple[Shift, ...]:
        found = [
            Shift(
                name=name,
                before=self.before[name],
                after=self.after[name],
                gained=self.gained[name],
                lost=self.lost[name],
            )
            for name in self.before.keys() | self.after.keys()
        ]
        return tuple(sorted(found, key=lambda s: (-abs(s.after - s.before), -s.gained - s.lost, s.name)))


@dataclass(slots=True)
class _Shares:
    """Counts of contacts and changes for one kind of contact, by its name."""

    contacts: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)

    def add(self, name: str | None, *, moved: bool) -> None:
        self.contacts[name or NONE] += 1
        if moved:
            self.changed[name or NONE] += 1

    def shares(self) -> tuple[Share, ...]:
        found = [
            Share(name=name, contacts=contacts, changed=self.changed[name])
            for name, contacts in self.contacts.items()
        ]
        return tuple(sorted(found, key=lambda s: (-s.changed, -s.contacts, s.name)))


@dataclass(slots=True)
class _Turns:
    """Turns by pool and rep, before and after."""

    before: Counter[tuple[PoolName, RepId]] = field(default_factory=Counter)
    after: Counter[tuple[PoolName, RepId]] = field(default_factory=Counter)

    def add(self, old: Placement, new: Placement) -> None:
        for placed, counts in ((old, self.before), (new, self.after)):
            if placed.pool is not None and placed.assignee is not None:
                counts[placed.pool, placed.assignee] += 1

    def shares(self, weights: Weights) -> tuple[PoolShare, ...]:
        """Every member of every pool that gave a turn, and whoever else got one."""
        drawn = {pool for pool, _ in (*self.before, *self.after)}
        found = []
        for pool in sorted(drawn):
            wanted = weights.get(pool, {})
            sums = [
                sum(n for (name, _), n in side.items() if name == pool) for side in (self.before, self.after)
            ]
            for rep in sorted(wanted.keys() | {r for p, r in (*self.before, *self.after) if p == pool}):
                before, after = self.before[pool, rep], self.after[pool, rep]
                found.append(
                    PoolShare(
                        pool=pool,
                        rep=rep,
                        weight=wanted.get(rep, 0),
                        expected=_part(wanted.get(rep, 0), sum(wanted.values())),
                        before=before,
                        before_share=_part(before, sums[0]),
                        after=after,
                        after_share=_part(after, sums[1]),
                    )
                )
        return tuple(found)


def _part(count: int, total: int) -> float:
    return round(count / total, 4) if total else 0.0


def compare(
    pairs: Iterable[Compared],
    *,
    before: str,
    after: str,
    keep: int,
    on_change: Callable[[Compared], None] = lambda _: None,
    weights: Weights | None = None,
) -> Comparison:
    """Sum up contacts that were routed both ways.

    ``before`` and ``after`` name the two ways. The first ``keep`` changed
    contacts stand in the comparison; ``on_change`` is called with every one.
    ``weights`` are those of the pools' members, for the share that each should get.
    """
    outcomes, reps, rules, pools = _Ledger(), _Ledger(), _Ledger(), _Ledger()
    countries, tiers, regions, turns = _Shares(), _Shares(), _Shares(), _Turns()
    by_rule: Counter[tuple[str, str]] = Counter()
    counts: Counter[str] = Counter()
    changes: list[Compared] = []
    for pair in pairs:
        old, new = pair.before, pair.after
        moved = old.place != new.place
        counts["contacts"] += 1
        outcomes.add(old.outcome, new.outcome, moved=moved)
        reps.add(old.assignee, new.assignee, moved=moved)
        rules.add(old.rule or NONE, new.rule or NONE, moved=moved)
        pools.add(old.pool, new.pool, moved=moved)
        countries.add(pair.country, moved=moved)
        tiers.add(pair.tier, moved=moved)
        regions.add(pair.region or pair.country, moved=moved)
        turns.add(old, new)
        counts["newly_held"] += _HELD is new.outcome and _HELD is not old.outcome
        counts["newly_unassigned"] += old.assignee is not None and new.assignee is None
        if not moved:
            counts["other_rule"] += old.rule != new.rule
            counts["other_turn"] += old.assignee != new.assignee
            continue
        counts["changed"] += 1
        by_rule[old.rule or NONE, new.rule or NONE] += 1
        on_change(pair)
        if len(changes) < keep:
            changes.append(pair)
    return Comparison(
        before=before,
        after=after,
        contacts=counts["contacts"],
        changed=counts["changed"],
        other_rule=counts["other_rule"],
        other_turn=counts["other_turn"],
        newly_held=counts["newly_held"],
        newly_unassigned=counts["newly_unassigned"],
        outcomes=outcomes.shifts(),
        reps=reps.shifts(),
        rules=rules.shifts(),
        pools=pools.shifts(),
        turns=turns.shares(weights or {}),
        regions=regions.shares(),
        countries=countries.shares(),
        tiers=tiers.shares(),
        by_rule=tuple(RuleChange(before=o, after=n, contacts=c) for (o, n), c in by_rule.most_common()),
        changes=tuple(changes),
    )
