"""A batch of contacts is routed as if they had come one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from matching.types import AccountId, Contact, MatchOutcome, MatchReason
from routing import rulebook as language
from routing.rotation import Rotation
from routing.types.facts import AccountFacts, EarlierContact, Holder, MatchFacts, Relation, RoutingFacts
from routing.types.people import Rep, RepId
from routing.types.pools import PoolMember, PoolName, PoolSettings, PoolState
from service.db.facts import MAX_EARLIER
from service.flow.burst import PoolsNotLoaded, pools_needed, route_batch

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
INBOUND = PoolName("inbound")

RULEBOOK = language.parse(
    """
version: 1
timezone: UTC
rules:
  - id: colleagues-go-together
    because: One account, one voice
    when: {earlier: {any: {relation: {in: [account, domain]}}}}
    then: {owner of: earlier contact}
fallback:
  because: Everyone else takes turns
  then: {pool: inbound}
""",
    "burst.yaml",
)


def rotation(*, pools: bool = True) -> Rotation:
    reps = {RepId(name): Rep(id=RepId(name), name=name.title()) for name in ("ana", "bo", "cleo")}
    members = tuple(PoolMember(rep=rep, weight=1, turns=0, credit=0, last_turn=0) for rep in reps)
    inbound = PoolState(name=INBOUND, settings=PoolSettings(), turn=0, members=members)
    return Rotation(pools={INBOUND: inbound} if pools else {}, reps=reps)


def facts(person: str, account: str | None = None, domain: str | None = None) -> RoutingFacts:
    matched = account is not None
    return RoutingFacts(
        contact=Contact(external_id=person),
        email_domain=domain,
        match=MatchFacts(
            outcome=MatchOutcome.MATCHED if matched else MatchOutcome.UNMATCHED,
            reason=MatchReason.CLEAR if matched else MatchReason.NO_CANDIDATE,
            score=1.0 if matched else 0.0,
            account_id=AccountId(account) if account else None,
        ),
        account=AccountFacts(id=AccountId(account), name=account) if account else None,
    )


def assignees(*known: RoutingFacts) -> list[str | None]:
    routed, _ = route_batch(known, RULEBOOK, rotation(), frozenset({INBOUND}), NOW)
    return [each.decision.assignee for each in routed]


def test_strangers_take_turns() -> None:
    first, second, third, fourth = assignees(*(facts(f"c{n}", account=f"A{n}") for n in range(4)))
    assert len({first, second, third}) == 3
    assert fourth == first


def test_people_of_one_account_in_one_burst_go_to_one_rep() -> None:
    got = assignees(facts("c1", account="A1"), facts("c2", account="A1"), facts("c3", account="A1"))
    assert len(set(got)) == 1


def test_people_of_one_domain_go_together_although_no_account_is_known() -> None:
    got = assignees(facts("c1", domain="acme.example"), facts("c2", domain="acme.example"))
    assert len(set(got)) == 1


def test_the_facts_kept_are_those_the_decision_was_taken_on() -> None:
    routed, _ = route_batch(
        [facts("c1", account="A1", domain="acme.example"), facts("c2", account="A1", domain="acme.example")],
        RULEBOOK,
        rotation(),
        frozenset({INBOUND}),
        NOW,
    )
    seen = routed[1].facts
    assert [(each.contact_id, each.relation) for each in seen.earlier] == [("c1", "account")]
    assert routed[0].decision.assignee in seen.reps


def test_only_strangers_use_turns() -> None:
    known = [facts("c1", account="A1"), facts("c2", account="A1"), facts("c3", account="A2")]
    _, after = route_batch(known, RULEBOOK, rotation(), frozenset({INBOUND}), NOW)
    assert after.pools[INBOUND].turn == 2


def test_pools_are_told_before_anything_is_drawn() -> None:
    assert pools_needed([facts("c1")], RULEBOOK, NOW) == {INBOUND}
    with pytest.raises(PoolsNotLoaded) as missing:
        route_batch([facts("c1")], RULEBOOK, rotation(), frozenset(), NOW)
    assert missing.value.pools == {INBOUND}


def test_a_pool_that_does_not_exist_holds_the_contact() -> None:
    routed, _ = route_batch([facts("c1")], RULEBOOK, rotation(pools=False), frozenset({INBOUND}), NOW)
    assert routed[0].decision.outcome == "held"


def had(person: str, rep: str, minutes: int, relation: Relation = Relation.ACCOUNT) -> EarlierContact:
    """That somebody had a contact so many minutes ago, and has it still."""
    at = NOW - timedelta(minutes=minutes)
    return EarlierContact(
        contact_id=person, relation=relation, rep=RepId(rep), status="assigned", assigned_at=at
    )


def seen_last(*known: RoutingFacts) -> tuple[EarlierContact, ...]:
    """What the last of a batch is told of earlier contacts."""
    routed, _ = route_batch(known, RULEBOOK, rotation(), frozenset({INBOUND}), NOW)
    return routed[-1].facts.earlier


def test_a_crowd_of_colleagues_does_not_hide_what_the_person_had() -> None:
    own = had("elsewhere", "bo", 60, Relation.PERSON)
    last = replace(facts("last", account="A1"), earlier=(had("c", "ana", 5), own))
    seen = seen_last(*(facts(f"c{n}", account="A1") for n in range(60)), last)
    assert len(seen) == MAX_EARLIER
    assert seen[-1] == own
    assert list(seen) == sorted(seen, key=lambda each: each.assigned_at, reverse=True)


@pytest.mark.parametrize(("owner", "became"), [("bo", "reassigned"), (None, "withdrawn")])
def test_a_contact_that_leaves_its_rep_in_the_batch_has_left_for_those_after_it(
    owner: str | None, became: str
) -> None:
    book = language.parse(
        f"""
version: 1
timezone: UTC
rules:
  - {{id: moved, because: Moved, when: {{contact.external_id: c1}}, 
     then: {"{rep: bo}" if owner else "{reject: spam}"}}}
fallback: {{because: Turns, then: {{pool: inbound}}}}
""",
        "moves.yaml",
    )
    before = had("c1", "ana", 10)
    holder = Holder(assignment_id="a1", rep=RepId("ana"), pool=None, since=before.assigned_at, due_at=None)
    first = replace(facts("C1", account="A1"), holder=holder)
    first = replace(first, contact=Contact(external_id="c1"), reps=rotation().reps)
    second = replace(facts("c2", account="A1"), earlier=(before,))
    routed, _ = route_batch([first, second], book, rotation(), frozenset({INBOUND}), NOW)
    told = [(each.rep, each.status) for each in routed[1].facts.earlier]
    assert told == [*([(owner, "assigned")] if owner else []), ("ana", became)]


def test_a_contact_that_stays_with_its_rep_is_told_of_once() -> None:
    before = had("c1", "ana", 10)
    holder = Holder(assignment_id="a1", rep=RepId("ana"), pool=INBOUND, since=before.assigned_at, due_at=None)
    first = replace(facts("c1", account="A1"), holder=holder)
    assert seen_last(first, replace(facts("c2", account="A1"), earlier=(before,))) == (before,)
