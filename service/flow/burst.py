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

from matching.types import AccountId, Contact
from routing.compiled import Rulebook
from routing.rotation import Rotation
from routing.route import judge, settle
from routing.types.decision import RoutingDecision
from routing.types.facts import EarlierContact, Relation, RoutingFacts
from routing.types.people import Rep, RepId
from routing.types.pools import PoolName
from service.db.assignments import Status
from service.db.facts import MAX_EARLIER


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
    """What the batch has done so far with contacts, as the database would tell it to those after them."""

    def __init__(self) -> None:
        self._by_account: dict[AccountId, list[EarlierContact]] = {}
        self._by_domain: dict[str, list[EarlierContact]] = {}
        self._ended: dict[tuple[str, RepId, datetime], Status] = {}
        self._reps: dict[RepId, Rep] = {}

    def note(self, facts: RoutingFacts, decision: RoutingDecision, now: datetime) -> None:
        """Remember what became of a contact."""
        holder, called = facts.holder, _called(facts.contact)
        same = holder is not None and decision.assignee == holder.rep and not _drawn(decision)
        if holder is not None and not same:
            status = Status.REASSIGNED if decision.assignee else Status.WITHDRAWN
            self._ended[called, holder.rep, holder.since] = status
        if decision.assignee is None:
            return
        self._reps |= {name: rep for name, rep in facts.reps.items() if name == decision.assignee}
        colleague = EarlierContact(
            contact_id=facts.contact.external_id or facts.contact.email or "",
            relation=Relation.ACCOUNT,
            rep=decision.assignee,
            status=Status.ASSIGNED,
            assigned_at=holder.since if same and holder is not None else now,
        )
        if facts.account is not None:
            self._by_account.setdefault(facts.account.id, []).insert(0, colleague)
        if facts.email_domain is not None:
            same_domain = replace(colleague, relation=Relation.DOMAIN)
            self._by_domain.setdefault(facts.email_domain, []).insert(0, same_domain)

    def laid_over(self, facts: RoutingFacts, rotation: Rotation) -> RoutingFacts:
        """The facts of the next contact, as they would be had it come by itself after the others."""
        if not (self._by_account or self._by_domain or self._ended):
            return facts
        stored = tuple(map(self._as_it_is, facts.earlier))
        found = self._found(facts, {_key(each) for each in stored})
        if not found:
            return facts if stored == facts.earlier else replace(facts, earlier=stored)
        known_reps = {**rotation.reps, **self._reps}
        reps = {each.rep: known_reps[each.rep] for each in found if each.rep in known_reps}
        return replace(facts, earlier=_newest(found, stored), reps={**facts.reps, **reps})

    def _as_it_is(self, each: EarlierContact) -> EarlierContact:
        """An earlier contact with what the batch has made of it."""
        ended = self._ended.get(_key(each)) if self._ended else None
        return each if ended is None else replace(each, status=ended)

    def _found(self, facts: RoutingFacts, stored: set[tuple[str, RepId, datetime]]) -> list[EarlierContact]:
        """Colleagues of the batch, newest first; one that is stored already is not there twice."""
        of_account = self._by_account.get(facts.account.id, []) if facts.account else []
        known = {colleague.contact_id for colleague in of_account}
        of_domain = self._by_domain.get(facts.email_domain or "", [])
        found = [*of_account, *(other for other in of_domain if other.contact_id not in known)]
        return [each for each in found if _key(each) not in stored]


def _newest(found: Sequence[EarlierContact], stored: Sequence[EarlierContact]) -> tuple[EarlierContact, ...]:
    """As many as facts have, newest first; the person's own crowd others out, as in the database."""
    every = sorted((*found, *stored), key=lambda each: each.assigned_at, reverse=True)
    own = [each for each in every if each.relation is Relation.PERSON][:MAX_EARLIER]
    others = [each for each in every if each.relation is not Relation.PERSON][: MAX_EARLIER - len(own)]
    return tuple(sorted((*others, *own), key=lambda each: each.assigned_at, reverse=True))


def _drawn(decision: RoutingDecision) -> bool:
    return decision.move is not None and not decision.move.kept


def _key(each: EarlierContact) -> tuple[str, RepId, datetime]:
    return each.contact_id.casefold(), each.rep, each.assigned_at


def _called(contact: Contact) -> str:
    return (contact.external_id or contact.email or "").casefold()
