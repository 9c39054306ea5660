"""From facts to a decision: every rule makes its claim, one carries the day.

`judge` needs nothing but facts, rulebook and clock, so a batch is judged
before any pool is locked; `settle` then takes the turn that the winning claim
asks for. `route_contact` is both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from routing.availability import next_available
from routing.conflicts import Bid, Conflict, Resolution, resolve
from routing.durations import Promise
from routing.fields import Scope
from routing.rotation import Rotation
from routing.rulebook import Rule, Rulebook
from routing.rules.base import Request
from routing.sla import start_clock
from routing.types import (
    Claim,
    Clock,
    Finding,
    PoolName,
    RepId,
    RotationMove,
    RoutingDecision,
    RoutingFacts,
    RoutingOutcome,
    Verdict,
)


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


def judge(facts: RoutingFacts, rulebook: Rulebook, now: datetime) -> Judgement:
    """Let every rule make its claim and find the one that carries the day."""
    scope = Scope(facts, now, rulebook.zone)
    stated = [_state(rule, scope) for rule in rulebook.rules]
    bids = [bid for bid in stated if isinstance(bid, Bid)]
    resolution = resolve(bids, rulebook.conflicts, scope)
    claims = [
        said if isinstance(said, Claim) else _judged(rule, said, resolution)
        for rule, said in zip(rulebook.rules, stated, strict=True)
    ]
    if resolution.conflict is not None and resolution.rule == resolution.conflict.id:
        claims.insert(0, _conflict_claim(resolution, resolution.conflict))
    return Judgement(
        claims=tuple(claims), rule=resolution.rule, request=resolution.request, losers=resolution.losers
    )


def _state(rule: Rule, scope: Scope) -> Claim | Bid:
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
    return Bid(rule.id, rule.rank, request, request.finding or finding)


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
    )


def settle(
    judgement: Judgement, facts: RoutingFacts, rulebook: Rulebook, rotation: Rotation, now: datetime
) -> tuple[RoutingDecision, Rotation]:
    """Carry out a judgement: take the turn it needs, start the clocks, name who is told."""
    request = judgement.request
    holder = facts.holder.rep if facts.holder is not None else None
    move: RotationMove | None = None
    outcome, assignee, until, code = request.outcome, request.rep, request.until, request.code
    if request.pool is not None:
        if request.pool in rotation.pools:
            move, rotation = rotation.draw_from(request.pool, now, holder=holder, exclude=facts.excluded)
            assignee = move.rep
        if assignee is None:
            outcome = RoutingOutcome.HELD
            until = _somebody_at(move, rotation, facts.excluded, now)
            code = "nobody_available" if move is not None else "unknown_pool"
    kept = assignee is not None and assignee == holder and (move is None or move.kept)
    rule = next((rule for rule in rulebook.rules if rule.id == judgement.rule), None)
    promises = rule.sla if rule is not None else rulebook.default_sla
    decision = RoutingDecision(
        outcome=outcome,
        rule=judgement.rule,
        assignee=assignee,
        pool=move.pool if move is not None else request.pool,
        queue=request.queue,
        code=code,
        until=until,
        kept=kept,
        claims=judgement.claims,
        move=move,
        clocks=() if kept else _clocks(promises, assignee, facts, rotation, now),
        notify=_told(rule, judgement, assignee, facts, rulebook, rotation, now),
        rulebook_version=rulebook.version,
        asked=request.asked,
        question=request.question,
        choices=request.choices,
    )
    return decision, rotation


def _somebody_at(
    move: RotationMove | None, rotation: Rotation, excluded: Iterable[RepId], now: datetime
) -> datetime | None:
    """Return when the first member of the pools that were asked is there again, None if never."""
    found: list[datetime] = []
    for name in move.tried if move is not None else ():
        pool = rotation.pools[name]
        for member in pool.members:
            rep = rotation.reps.get(member.rep)
            if rep is None or member.weight == 0 or member.rep in excluded:
                continue
            moment = next_available(rep, now, respect_hours=pool.settings.respect_hours)
            if moment is not None:
                found.append(moment)
    return min(found, default=None)


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
    return tuple(start_clock(name, promise, rep, now) for name, promise in promises)


def _told(
    rule: Rule | None,
    judgement: Judgement,
    assignee: RepId | None,
    facts: RoutingFacts,
    rulebook: Rulebook,
    rotation: Rotation,
    now: datetime,
) -> tuple[RepId, ...]:
    """Return who is told besides the assignee, each once, in the order they are named."""
    told = list(judgement.losers)
    scope = Scope(facts, now, rulebook.zone)
    for notify in rule.notify if rule is not None else ():
        if notify.who is not None:
            person = notify.who.request(scope, judgement.rule)
            rep = person.rep if person.nobody is None else None
        else:
            known = (
                (facts.reps.get(assignee) or rotation.reps.get(assignee)) if assignee is not None else None
            )
            rep = known.manager if known is not None else None
        if rep is not None:
            told.append(rep)
    return tuple(rep for rep in dict.fromkeys(told) if rep != assignee)
