"""Routing of a batch: each contact sees what was decided for those before it.

A batch of a hundred contacts must end as a hundred batches of one would. The
facts of a batch are read once, so what the batch itself decides is laid over
them here, in memory: contacts of one account that come in one burst find each
other as earlier contacts. Pure: no I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from matching.types import AccountId
from routing.compiled import Rulebook
from routing.rotation import Rotation
from routing.route import judge, settle
from routing.types import EarlierContact, PoolName, Relation, Rep, RepId, RoutingDecision, RoutingFacts

_EARLIER_KEPT = 50


class PoolsNotLoaded(LookupError):
    """A contact may draw from pools that the rotation does not hold yet."""

    def __init__(self, pools: frozenset[PoolName]) -> None:
        super().__init__(", ".join(sorted(pools)))
        self.pools = pools


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """One contact of the batch: the facts it was decided on, and the decision."""

    facts: RoutingFacts
    decision: RoutingDecision


def pools_needed(facts: Sequence[RoutingFacts], rulebook: Rulebook, now: datetime) -> frozenset[PoolName]:
    """The pools these contacts may draw from, as far as can be told before the first is decided."""
    return frozenset(name for each in facts for name in judge(each, rulebook, now).pools)


def route_batch(
    facts: Sequence[RoutingFacts],
    rulebook: Rulebook,
    rotation: Rotation,
    loaded: frozenset[PoolName],
    now: datetime,
) -> tuple[list[Routed], Rotation]:
    """Decide the contacts in order; the decisions and the rotation after the last.

    ``loaded`` names the pools that were looked for, found or not. Raises
    PoolsNotLoaded when a contact may draw from another: load it and start again.
    """
    routed: list[Routed] = []
    burst = _Burst()
    for each in facts:
        seen = burst.laid_over(each, rotation)
        judgement = judge(seen, rulebook, now)
        if missing := frozenset(judgement.pools) - loaded:
            raise PoolsNotLoaded(missing)
        decision, rotation = settle(judgement, seen, rulebook, rotation, now)
        burst.note(seen, decision, now)
        routed.append(Routed(facts=_with_assignee(seen, decision, rotation), decision=decision))
    return routed, rotation


def _with_assignee(facts: RoutingFacts, decision: RoutingDecision, rotation: Rotation) -> RoutingFacts:
    """The facts with the rep whom a pool drew: the clock ran in that rep's hours, so a replay needs them."""
    drawn = decision.assignee
    if drawn is None or drawn in facts.reps:
        return facts
    return replace(facts, reps={**facts.reps, drawn: rotation.reps[drawn]})


class _Burst:
    """The contacts of the batch that were assigned so far, newest first."""

    def __init__(self) -> None:
        self._by_account: dict[AccountId, list[EarlierContact]] = {}
        self._by_domain: dict[str, list[EarlierContact]] = {}
        self._reps: dict[RepId, Rep] = {}

    def note(self, facts: RoutingFacts, decision: RoutingDecision, now: datetime) -> None:
        if decision.assignee is None:
            return
        self._reps |= {name: rep for name, rep in facts.reps.items() if name == decision.assignee}
        colleague = EarlierContact(
            contact_id=facts.contact.external_id or facts.contact.email or "",
            relation=Relation.ACCOUNT,
            rep=decision.assignee,
            status="assigned",
            assigned_at=facts.holder.since if decision.kept and facts.holder else now,
        )
        if facts.account is not None:
            self._by_account.setdefault(facts.account.id, []).insert(0, colleague)
        if facts.email_domain is not None:
            same_domain = replace(colleague, relation=Relation.DOMAIN)
            self._by_domain.setdefault(facts.email_domain, []).insert(0, same_domain)

    def laid_over(self, facts: RoutingFacts, rotation: Rotation) -> RoutingFacts:
        of_account = self._by_account.get(facts.account.id, []) if facts.account else []
        known = {colleague.contact_id for colleague in of_account}
        of_domain = self._by_domain.get(facts.email_domain or "", [])
        found = [*of_account, *(other for other in of_domain if other.contact_id not in known)]
        if not found:
            return facts
        known_reps = {**rotation.reps, **self._reps}
        reps = {each.rep: known_reps[each.rep] for each in found if each.rep in known_reps}
        earlier = (*found, *facts.earlier)[:_EARLIER_KEPT]
        return replace(facts, earlier=earlier, reps={**facts.reps, **reps})
