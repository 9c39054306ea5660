"""Decisions for the pages to show, made by the real matcher and the real rules, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from matching.index import Index
from matching.match import match_contact
from matching.normalize import normalize
from matching.policy import default_policy
from matching.types import Account, AccountDomain, AccountId, Contact, DomainKind, DomainSource, MatchOutcome
from routing.rotation import Rotation
from routing.route import route_contact
from routing.rulebook import parse
from routing.types.decision import RoutingOutcome
from routing.types.facts import AccountFacts, MatchFacts, RoutingFacts
from routing.types.people import Absence, Rep, RepId
from routing.types.pools import PoolMember, PoolName, PoolSettings, PoolState
from service.decision import AssignmentView, Decision, Versions

NOW = datetime(2026, 9, 15, 8, 0, tzinfo=UTC)

RULEBOOK = """
version: 1
rules:
  - id: {strategic}
    because: {because}
    reference: Handbook 4.1
    when: {{account.tier: strategic}}
    then: {{owner of: account}}
    sla: 2 hours
  - id: pool
    because: The SDRs take turns
    when: {{contact.country: {{exists: true}}}}
    then: {{pool: {pool}}}
    sla: 4 hours
fallback:
  then: {{queue: Nobody's}}
"""


def decision(
    contact: Contact,
    *,
    account_name: str = "Bergwald Pumpen GmbH",
    tier: str | None = None,
    rep_name: str = "Helena Brandt",
    because: str = "Strategic accounts belong to their owner",
    pool: str = "Inbound",
    decision_id: str = "d-1",
    members: tuple[str, ...] = ("away", "helena"),
) -> Decision:
    """The decision on a contact, with two accounts, two reps, two rules and one pool in the world."""
    accounts = (
        _account("A-1", account_name, "bergwald-pumpen.de", tier),
        _account("A-2", "Bergwald France SAS", "bergwald-pompes.fr", None),
    )
    normalized = normalize(contact)
    considered = Index.build(accounts).consider(normalized)
    match = match_contact(normalized, considered, default_policy())
    reps = {
        RepId("helena"): Rep(id=RepId("helena"), name=rep_name),
        RepId("away"): Rep(
            id=RepId("away"),
            name=f"{rep_name} (away)",
            absences=(Absence(start=NOW - timedelta(days=1), until=NOW + timedelta(days=1)),),
        ),
    }
    rulebook = parse(
        RULEBOOK.format(strategic="strategic-accounts", because=_quoted(because), pool=_quoted(pool))
    )
    facts = RoutingFacts(
        contact=contact,
        email_domain=None,
        match=MatchFacts(
            outcome=match.outcome, reason=match.reason, score=match.score, account_id=match.account_id
        ),
        account=_facts(accounts[0]) if match.outcome is MatchOutcome.MATCHED else None,
        country=normalized.country,
        email_kind=DomainKind.COMPANY,
        reps=reps,
    )
    turning = Rotation(pools={PoolName(pool): _pool(pool, members)}, reps=reps)
    routing, _ = route_contact(facts, rulebook, turning, NOW)
    assigned = routing.outcome is RoutingOutcome.ASSIGNED and routing.assignee is not None
    return Decision(
        id=decision_id,
        event_key=f"event:{decision_id}",
        event_digest="0" * 64,
        contact=contact,
        normalized=normalized,
        considered=considered,
        match=match,
        facts=facts,
        routing=routing,
        assignment=AssignmentView(id=f"a-{decision_id}", rep=routing.assignee, due_at=None)
        if assigned and routing.assignee is not None
        else None,
        versions=Versions(policy=match.policy_version, rulebook=rulebook.version),
        occurred_at=NOW,
        at=NOW,
    )


def _account(key: str, name: str, domain: str, tier: str | None) -> Account:
    return Account(
        id=AccountId(key),
        name=name,
        domains=(AccountDomain(domain=domain, source=DomainSource.GIVEN),),
        country="DE",
        city="Esslingen",
        tier=tier,
    )


def _facts(account: Account) -> AccountFacts:
    return AccountFacts(
        id=account.id, name=account.name, country=account.country, tier=account.tier, owner=RepId("helena")
    )


def _pool(name: str, members: tuple[str, ...]) -> PoolState:
    return PoolState(
        name=PoolName(name),
        settings=PoolSettings(),
        turn=0,
        members=tuple(PoolMember(rep=RepId(m), weight=1, turns=0, credit=0, last_turn=0) for m in members),
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
