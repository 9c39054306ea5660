"""Searches for the smallest change that makes a rule decide, and tries what it finds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from routing.compiled import Rule, Rulebook
from routing.counterfactual.goals import WAYS, Edit, Way, ways
from routing.counterfactual.world import SOMEBODY, World, with_rep, with_value
from routing.fields import Scope
from routing.operators import shown
from routing.route import Judgement, judge
from routing.rules.ask import Ask
from routing.rules.base import Outcome
from routing.rules.convert import Convert
from routing.rules.manager import Manager
from routing.rules.merge import Merge
from routing.rules.owner import AccountOwner, ContactHolder
from routing.rules.pair import Pair
from routing.rules.pool_in import PoolIn
from routing.rules.rep_in import RepIn
from routing.rules.team_role import TeamRole
from routing.tables import Table
from routing.types.decision import Verdict
from routing.types.facts import RoutingFacts
from routing.types.people import RepId
from routing.types.pools import PoolName

TRIALS = 60
"""Runs of the rulebook that one answer may take."""

RULES = 20
"""Rules that ask for a rep, or for a pool of hers, of which it is looked for what would make them decide."""

ROWS = 200
"""Rows of a table that are looked at, the first ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that would have to be different: ``now`` is None where it is missing."""

    about: str
    now: str | None
    wanted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What would make ``rule`` decide. ``found`` says that ``changes``, all together, were tried and do.

    Without changes it decides already.
    """

    rule: str
    found: bool
    changes: tuple[Change, ...] = ()


def what_would_decide(rule: str, facts: RoutingFacts, rulebook: Rulebook, now: datetime) -> Answer:
    """Return the smallest change found that makes a rule carry the day. Raises KeyError for no such rule."""
    return _Search(rulebook.by_id[rule], rulebook).answer(World(facts=facts, now=now))


def what_would_reach(
    rep: RepId,
    facts: RoutingFacts,
    rulebook: Rulebook,
    now: datetime,
    pools: Collection[PoolName] = (),
) -> Answer | None:
    """Return the smallest change found that lets a rule decide which asks for a rep, or for one of ``pools``.

    Looked at are the rules that do so on these facts, did they apply;
    None where there is none, or nothing was found.
    """
    best: Answer | None = None
    scope = Scope(facts, now, rulebook.zone)
    for rule in islice((rule for rule in rulebook.rules if asks_for(rule, rep, scope, pools)), RULES):
        answer = what_would_decide(rule.id, facts, rulebook, now)
        if answer.found and (best is None or len(answer.changes) < len(best.changes)):
            best = answer
    return best


def asks_for(rule: Rule, rep: RepId, scope: Scope, pools: Collection[PoolName] = ()) -> bool:
    """Whether the rule asks for the rep or for one of the pools on these facts, did it apply."""
    asked = rule.outcome.request(scope, rule.id)
    return asked.pool in pools or rep in (asked.rep, asked.asked, asked.covers, asked.partner)


class _Search:
    """Looks for one rule's answer. Lives for one question."""

    def __init__(self, rule: Rule, rulebook: Rulebook) -> None:
        self._rule, self._rulebook = rule, rulebook
        self._trials = 0

    def answer(self, world: World) -> Answer:
        if self._decides(world):
            return Answer(rule=self._rule.id, found=True)
        waiting: list[Way] = [()]
        while waiting and self._trials < TRIALS:
            way = waiting.pop(0)
            changed = _after(way, world)
            if changed is None:
                continue
            if way and self._decides(changed):
                way = self._least(way, world)
                changes = tuple(Change(about=e.about, now=e.now, wanted=e.wanted) for e in way)
                return Answer(rule=self._rule.id, found=True, changes=changes)
            more = self._next(changed)
            waiting = sorted([*waiting, *((*way, *each) for each in more if each)], key=len)
        return Answer(rule=self._rule.id, found=False)

    def _judged(self, world: World) -> Judgement:
        self._trials += 1
        return judge(world.facts, self._rulebook, world.now, every=True)

    def _decides(self, world: World) -> bool:
        return self._judged(world).rule == self._rule.id

    def _least(self, way: Way, world: World) -> Way:
        """Leave out every change that is not needed."""
        for edit in way:
            shorter = tuple(other for other in way if other is not edit)
            changed = _after(shorter, world)
            if shorter and changed is not None and self._decides(changed):
                way = shorter
        return way

    def _next(self, world: World) -> list[Way]:
        """Return what to change next, going by what became of the rule."""
        judged = self._judged(world)
        claim = next(claim for claim in judged.claims if claim.rule == self._rule.id)
        scope = world.scope(self._rulebook.zone)
        match claim.verdict:
            case Verdict.NOT_APPLICABLE:
                return self._fit(ways(self._rule.tree, True, scope), world)
            case Verdict.EXPIRED | Verdict.NOT_YET:
                return [(self._clock(),)]
            case Verdict.NOBODY:
                return [*((edit,) for edit in self._somebody(world, claim.rep)), *self._row_that_gives(world)]
        winner = self._rulebook.by_id.get(judged.rule)
        rivals = [winner] if winner is not None else self._contenders(judged)
        return [way for rule in rivals for way in ways(rule.tree, False, scope)]

    def _contenders(self, judged: Judgement) -> list[Rule]:
        """The other rules of a conflict that decided by itself."""
        rules = self._rulebook.by_id
        return [
            rules[claim.rule]
            for claim in judged.claims
            if claim.verdict in (Verdict.OVERTURNED, Verdict.OUTRANKED)
            and claim.rule in rules
            and claim.rule != self._rule.id
        ]

    def _fit(self, found: list[Way], world: World) -> list[Way]:
        """Add the ways to another row, where the condition asks for what a table gives."""
        by_table = [way for table in self._rulebook.tables for way in self._rows(table, found, world)]
        usable = [way for way in found if not any(edit.about.startswith("table.") for edit in way)]
        return [*usable, *by_table]

    def _rows(self, table: Table, found: Sequence[Way], world: World) -> list[Way]:
        scope = world.scope(self._rulebook.zone)
        rows: list[Way] = []
        for edit in (edit for way in found for edit in way if edit.about.startswith(f"table.{table.name}.")):
            column = edit.about.rsplit(".", 1)[-1]
            for row in table.rows[:ROWS]:
                value = row.results.get(column)
                if value is not None and shown(value) == edit.wanted:
                    rows += ways(row.tree, True, scope)
        return sorted(rows, key=len)[:WAYS]

    def _row_that_gives(self, world: World) -> list[Way]:
        """Return the ways to rows that give what the rule takes from a table."""
        taken = self._rule.outcome
        if not isinstance(taken, RepIn | PoolIn) or not taken.field.name.startswith("table."):
            return []
        _, name, column = taken.field.name.split(".", 2)
        scope = world.scope(self._rulebook.zone)
        table = next(table for table in self._rulebook.tables if table.name == name)
        giving = [row for row in table.rows[:ROWS] if row.results.get(column) is not None]
        return sorted((way for row in giving for way in ways(row.tree, True, scope)), key=len)[:WAYS]

    def _clock(self) -> Edit:
        """Set the clock to when the rule is in force: at its first moment, else just before its last."""
        moment = self._rule.start
        if moment is None:
            assert self._rule.until is not None, "a rule out of time has a time"
            moment = self._rule.until - timedelta(minutes=1)
        shifted = moment
        return Edit(
            about="now",
            now=None,
            wanted=shown(moment, self._rulebook.zone),
            make=lambda world: replace(world, now=shifted),
        )

    def _somebody(self, world: World, rep: RepId | None) -> list[Edit]:
        """Return what would let the rule name somebody."""
        if rep is not None:
            return self._fit_rep(world, rep)
        zone = self._rulebook.zone
        return [
            Edit(about=name, now=None, wanted="a rep", make=_owner(name, zone))
            for name in _named_by(self._rule.outcome)
        ]

    def _fit_rep(self, world: World, rep: RepId) -> list[Edit]:
        known = world.facts.reps.get(rep)
        if rep in world.facts.excluded:
            left = tuple(each for each in world.facts.excluded if each != rep)
            return [
                Edit(
                    about=f"{rep}'s rejection of this contact",
                    now="given",
                    wanted="not given",
                    make=lambda w: replace(w, facts=replace(w.facts, excluded=left)),
                )
            ]
        if known is None or not known.active:
            now = None if known is None else "inactive"
            return [
                Edit(
                    about=f"the rep {rep}",
                    now=now,
                    wanted="active",
                    make=lambda w: with_rep(w, rep, active=True),
                )
            ]
        return [
            Edit(
                about=f"the rep {rep}",
                now="absent without cover",
                wanted="there",
                make=lambda w: with_rep(w, rep, absences=()),
            )
        ]


def _owner(name: str, zone: ZoneInfo) -> Callable[[World], World | None]:
    return lambda world: with_value(world, name, SOMEBODY, zone)


def _named_by(outcome: Outcome) -> Iterator[str]:
    """Yield the fields of which an outcome needs one to hold a rep, so that it names somebody."""
    match outcome:
        case AccountOwner(place=place):
            yield f"{place}.owner"
        case TeamRole(place=place, role=role):
            yield f"{place}.team.{role}"
        case ContactHolder():
            yield "holder"
        case RepIn(field=field):
            yield field.name
        case Ask(ladder=people):
            for who in people:
                yield from _named_by(who)
        case Pair(first=inner) | Convert(then=inner) | Merge(then=inner) | Manager(whose=inner):
            yield from _named_by(inner)


def _after(way: Way, world: World) -> World | None:
    for edit in way:
        changed = edit.make(world)
        if changed is None:
            return None
        world = changed
    return world
