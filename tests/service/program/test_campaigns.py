"""What the program says, the rules hear: tiers that end by themselves, and campaigns people are in."""

from __future__ import annotations

from datetime import timedelta

from matching.types import Contact
from routing.types import ProgramTier
from service.db.engine import Database
from service.doctor import examine
from service.program.campaigns import Campaigns, Joining, Wanted
from service.program.core.plans import CampaignState
from service.program.parts import Actor, Parts
from service.program.targets import Placing, Targets
from tests.service.organisation import MONDAY, Organisation, organisation

RULEBOOK = """
version: 1
timezone: UTC
rules:
  - id: answered
    because: Who answered a play made for the account goes to Bo
    when: {campaigns: {any: {play: direct_mail, running: true, status: responded}}}
    then: {rep: bo}
  - id: strategic
    because: A strategic account is worked by Ana
    when: {account.program.tier: strategic}
    then: {rep: ana}
  - id: group
    because: The groups are worked by Cleo
    when: {account.program.group: DE}
    then: {rep: cleo}
fallback: {because: Everyone takes turns, then: {pool: inbound}}
"""
OPS = Actor(name="ops", id="ops")


def rule(org: Organisation, name: str, event: str) -> str | None:
    contact = Contact(email=f"{name}@northwind-robotics.com", external_id=name)
    return org.decide(contact, event).routing.rule


def test_a_tier_is_a_fact_of_the_rules_from_its_moment_and_ends_by_itself(database: Database) -> None:
    org = organisation(database, RULEBOOK)
    targets = Targets(Parts(database=database, clock=org.clock, new_id=org.new_id))
    term = Placing(
        account="A-1",
        tier=ProgramTier.STRATEGIC,
        reason="as agreed",
        starts=MONDAY + timedelta(days=1),
        until=MONDAY + timedelta(days=8),
    )
    targets.place(term, "pia")
    assert rule(org, "ann", "e1") == "fallback"
    org.clock.forward(days=1)
    assert rule(org, "ben", "e2") == "strategic"
    decision = org.decide(Contact(email="eva@northwind-robotics.com"), "e3")
    assert decision.facts.account is not None and decision.facts.account.program is not None
    assert decision.facts.account.program.until == MONDAY + timedelta(days=8)
    org.clock.forward(days=7)
    assert rule(org, "cem", "e4") == "group", "who leaves is programmatic, in the group of its country"
    targets.release("A-1", None, "it was sold", "pia")
    assert rule(org, "dee", "e5") == "fallback"
    assert list(examine(database)) == [], "what was decided replays to itself"


def test_who_answered_a_campaign_is_known_to_the_rules(database: Database) -> None:
    org = organisation(database, RULEBOOK)
    campaigns = Campaigns(Parts(database=database, clock=org.clock, new_id=org.new_id))
    campaigns.put("C-1", Wanted(name="Parcel", play="direct_mail", account="A-1"), OPS)
    campaigns.put("C-2", Wanted(name="Ads", play="display_ads"), OPS)
    answered = [
        Joining(contact="ann", status="responded"),
        Joining(email="BEN@northwind-robotics.com", status="responded"),
        Joining(contact="cem", status="sent"),
    ]
    campaigns.join("C-1", answered)
    campaigns.join("C-2", [Joining(contact="cem", status="responded"), Joining(contact="ann")])
    assert rule(org, "ann", "e1") == "fallback", "it does not run yet"
    campaigns.turn("C-1", CampaignState.ACTIVE)
    assert rule(org, "ann", "e2") == "answered"
    assert rule(org, "ben", "e3") == "answered"
    assert rule(org, "cem", "e4") == "fallback", "the parcel was sent, and the ads are another play"
    assert rule(org, "dee", "e5") == "fallback"
    known = org.decide(Contact(email="ann@northwind-robotics.com", external_id="ann"), "e6").facts.campaigns
    assert {(each.name, each.account_id, each.running) for each in known} == {
        ("Parcel", "A-1", True),
        ("Ads", None, False),
    }
    campaigns.turn("C-1", CampaignState.DONE)
    assert rule(org, "ben", "e7") == "fallback"
    assert list(examine(database)) == []
