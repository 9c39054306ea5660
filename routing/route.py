"""From facts to a decision: every rule makes its claim, one carries the day.

`judge` needs nothing but facts, rulebook and clock, so a batch is judged
before any pool is locked; `settle` then takes the turn that the winning claim
asks for. `route_contact` is both.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from routing.compiled import Rule, Rulebook
from routing.conditions import joined
from routing.conflicts import Bid, Conflict, Resolution, resolve
from routing.durations import Promise
from routing.effects.credit import credits_of
from routing.effects.notify import told
from routing.effects.people import Result
from routing.fields import Scope
from routing.rotation import Rotation
from routing.rules.base import Request
from routing.sla import start_clock
from routing.sticky import standing_word
from routing.turns import Turn, take_turn
from routing.types.clocks import Clock
from routing.types.decision import FALLBACK, Claim, Finding, RoutingDecision, RoutingOutcome, Verdict
from routing.types.facts import Holder, RoutingFacts
from routing.types.people import Hand, RepId
from routing.types.pools import PoolName
from routing.types.rotation import RotationMove

_NOBODY_THERE = Finding(field="pool", operator="has", wanted="somebody available", actual="nobody")
"""Why a rule has nobody to give whose pool leaves the contact to the next rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the rules say, before any pool is asked.

    ``claims`` has every rule's claim with its verdict; ``rule`` is the rule (or
    conflict) that carries the day and ``request`` what it asks for.
    """

    claims: tuple[Claim, ...]
    rule: str
    request: Request
    losers: tuple[RepId, ...]

    @property
    def pools(self) -> frozenset[PoolName]:
        """The pools that settling may ask first; their overflow pools may be asked after them."""
        return frozenset() if self.request.pool is None else frozenset({self.request.pool})


def route_contact(
    facts: RoutingFacts, rulebook: Rulebook, rotation: Rotation, now: datetime
) -> tuple[RoutingDecision, Rotation]:
    """Decide who acts on a contact; returns the decision and the rotation after it.

    ``now`` is aware. Same facts, rulebook, rotation and clock give the same decision.
    """
    return settle(judge(facts, rulebook, now), facts, rulebook, rotation, now)


def judge(
    facts: RoutingFacts,
    rulebook: Rulebook,
    now: datetime,
    *,
    passed: Collection[PoolName] = (),
    every: bool = False,
) -> Judgement:
    """Let every rule make its claim and find the one that carries the day.

    Of a book of more than `LISTED` rules the claims are those of the rules that
    applied, unless ``every`` asks for all: then also those that a look at
    single fields ruled out are evaluated, which changes nothing but the list.

    ``passed`` are pools that have nobody and leave the contact to the next
    rule: rules but the fallback that ask for one of them have nobody to give.
    """
    scope = Scope(facts, now, rulebook.zone)
    asked = rulebook.rules if every else rulebook.possible(scope)
    stated = [_state(rule, scope, passed) for rule in asked]
    if rulebook.index is not None and not every:
        stated = [said for said in stated if isinstance(said, Bid) or said.verdict is Verdict.NOBODY]
    resolution = resolve([said for said in stated if isinstance(said, Bid)], rulebook.conflicts, scope)
    claims = [
        said if isinstance(said, Claim) else _judged(rulebook.by_id[said.rule], said, resolution)
        for said in stated
    ]
    if resolution.conflict is not None and resolution.rule == resolution.conflict.id:
        claims.insert(0, _conflict_claim(resolution, resolution.conflict))
    return Judgement(
        claims=tuple(claims), rule=resolution.rule, request=resolution.request, losers=resolution.losers
    )


def _state(rule: Rule, scope: Scope, passed: Collection[PoolName]) -> Claim | Bid:
    """Return what a rule bids, or the claim of a rule that is out already."""
    if rule.start is not None and scope.now < rule.start:
        return rule.refuse(Verdict.NOT_YET, None)
    if rule.until is not None and scope.now >= rule.until:
        return rule.refuse(Verdict.EXPIRED, None)
    holds, finding = rule.when(scope, None)
    if not holds:
        return rule.refuse(Verdict.NOT_APPLICABLE, finding)
    request = rule.outcome.request(scope, rule.id)
    if request.nobody is not None:
        return _claim(rule, request, Verdict.NOBODY, request.nobody)
    if request.pool in passed and rule.id != FALLBACK:
        return _claim(rule, request, Verdict.NOBODY, _NOBODY_THERE)
    return Bid(rule.id, rule.rank, request, joined(request.finding, finding))


def _judged(rule: Rule, bid: Bid, resolution: Resolution) -> Claim:
    verdict, against = resolution.verdict(bid)
    conflict = resolution.conflict.id if verdict is Verdict.OVERTURNED and resolution.conflict else None
    return _claim(rule, bid.request, verdict, bid.finding, against, conflict)


def _claim(
    rule: Rule,
    request: Request,
    verdict: Verdict,
    finding: Finding,
    against: str | None = None,
    conflict: str | None = None,
) -> Claim:
    return Claim(
        rule=rule.id,
        kind=request.kind,
        verdict=verdict,
        rep=request.rep or request.asked,
        pool=request.pool,
        queue=request.queue,
        code=request.code,
        against=against,
        finding=finding,
        because=rule.because,
        reference=rule.reference,
        covers=request.covers,
        conflict=conflict,
        partner=request.partner,
    )


def _conflict_claim(resolution: Resolution, conflict: Conflict) -> Claim:
    request = resolution.request
    return Claim(
        rule=conflict.id,
        kind=request.kind,
        verdict=Verdict.WON,
        rep=request.rep or request.asked,
        pool=request.pool,
        queue=request.queue,
        code=request.code,
        finding=request.finding,
        because=conflict.because,
        reference=conflict.reference,
        covers=request.covers,
        conflict=conflict.id,
        partner=request.partner,
    )


def settle(
    judgement: Judgement, facts: RoutingFacts, rulebook: Rulebook, rotation: Rotation, now: datetime
) -> tuple[RoutingDecision, Rotation]:
    """Carry out a judgement: take the turn it needs, start the clocks, name who is told.

    A pool without anybody may leave the contact to the next rule: then the rules are asked again.
    """
    hand = standing_word(facts, rulebook.by_hand, now, rulebook.zone)
    if hand is not None and facts.holder is not None:
        return _kept_by_hand(judgement, facts.holder, hand, rulebook), rotation
    turn = take_turn(judgement.request, facts, rotation, now)
    passed: dict[PoolName, RotationMove] = {}
    while turn.move is not None and turn.passes_on and judgement.rule != FALLBACK:
        if turn.move.pool in passed:
            break
        passed[turn.move.pool] = turn.move
        judgement = judge(facts, rulebook, now, passed=passed)
        turn = take_turn(judgement.request, facts, rotation, now)
    return _decided(judgement, turn, tuple(passed.values()), facts, rulebook, now), turn.rotation


def _decided(
    judgement: Judgement,
    turn: Turn,
    passed: tuple[RotationMove, ...],
    facts: RoutingFacts,
    rulebook: Rulebook,
    now: datetime,
) -> RoutingDecision:
    """Return the decision of a judgement and its turn; ``passed`` are the moves of pools that had nobody."""
    request, move, assignee, rotation = judgement.request, turn.move, turn.assignee, turn.rotation
    holder = facts.holder.rep if facts.holder is not None else None
    kept = assignee is not None and assignee == holder and (move is None or move.kept)
    rule = rulebook.by_id.get(judgement.rule)
    promises = rule.sla if rule is not None else rulebook.default_sla
    stamps = rule.credit if rule is not None else rulebook.default_credit
    result = Result(
        scope=Scope(facts, now, rulebook.zone),
        step=judgement.rule,
        assignee=assignee,
        partner=request.partner if assignee not in (None, request.partner) else None,
        known=(facts.reps.get(assignee) or rotation.reps.get(assignee)) if assignee is not None else None,
    )
    return RoutingDecision(
        outcome=turn.outcome,
        rule=judgement.rule,
        assignee=assignee,
        pool=move.pool if move is not None else request.pool,
        queue=turn.queue,
        code=turn.code,
        until=turn.until,
        kept=kept,
        claims=judgement.claims,
        move=move,
        passed=passed,
        clocks=() if kept else _clocks(promises, assignee, facts, rotation, now),
        notify=told(rule.notify if rule is not None else (), judgement.losers, result),
        rulebook_version=rulebook.version,
        asked=request.asked,
        question=request.question,
        choices=request.choices,
        step=request.step,
        partner=result.partner,
        advice=request.advice,
        credits=credits_of(stamps, result) if assignee is not None and not kept else (),
    )


def _kept_by_hand(judgement: Judgement, holder: Holder, hand: Hand, rulebook: Rulebook) -> RoutingDecision:
    """Return the decision that leaves a contact with whom a person gave it to."""
    return RoutingDecision(
        outcome=RoutingOutcome.ASSIGNED,
        rule=None,
        assignee=holder.rep,
        pool=None,
        queue=None,
        code=None,
        until=None,
        kept=True,
        claims=judgement.claims,
        move=None,
        clocks=(),
        notify=(),
        rulebook_version=rulebook.version,
        hand=hand,
    )


def _clocks(
    promises: tuple[tuple[str, Promise], ...],
    assignee: RepId | None,
    facts: RoutingFacts,
    rotation: Rotation,
    now: datetime,
) -> tuple[Clock, ...]:
    if assignee is None:
        return ()
    rep = facts.reps.get(assignee) or rotation.reps[assignee]
    return tuple(
        start_clock(name, promise, rep, now, used=facts.used.get(name, 0)) for name, promise in promises
    )
