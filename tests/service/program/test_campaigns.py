"""What the program says, the rules hear: tiers that end by themselves, and campaigns people are in."""

from __future__ import annotations

from datetime import datetime, timedelta

from matching.types import Contact
from routing.types.facts import ProgramTier
from service.db.engine import Database
from service.db.program import campaigns as stored
from service.doctor import examine
from service.program.campaigns import Campaigns, Joining, Wanted
from service.program.core.plans import CampaignState
from service.program.handlers import handlers
from service.program.parts import Actor, Parts
from service.program.targets import Placing, Targets
from service.worker.timers import Timers
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
    assert list(examine(database, org.clock())) == [], "what was decided replays to itself"


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
    assert list(examine(database, org.clock())) == []


def test_campaigns_begin_and_end_at_their_moments_and_wait_for_their_place(database: Database) -> None:
    org = organisation(database, RULEBOOK)
    parts = Parts(database=database, clock=org.clock, new_id=org.new_id)
    campaigns, timers = Campaigns(parts), Timers(database, handlers(parts), org.clock)
    days = [MONDAY + timedelta(days=number) for number in range(10)]

    def put(name: str, starts: int, until: int, play: str = "direct_mail") -> None:
        wanted = Wanted(name=name, play=play, account="A-1", starts=days[starts], until=days[until])
        campaigns.put(name, wanted, OPS)
        campaigns.join(name, [Joining(contact=name, status="responded")])

    def states() -> dict[str | None, tuple[str, datetime | None, datetime | None]]:
        while timers.run():
            pass
        with database.read() as connection:
            found = stored.newest(connection)
        return {each.external_id: (each.state.value, each.began_at, each.ended_at) for each in found}

    put("first", 1, 4)
    put("second", 2, 6)
    put("never", 2, 3)
    assert states() == dict.fromkeys(("first", "second", "never"), ("planned", None, None))
    org.clock.now = days[1]
    assert rule(org, "first", "e1") == "answered", "no worker has noted yet that it runs"
    assert rule(org, "second", "e2") == "fallback"
    org.clock.now = days[3]
    assert rule(org, "second", "e3") == "fallback", "the first has the place"
    assert states()["first"] == ("active", days[1], None)
    assert states()["never"] == ("cancelled", None, days[3])
    org.clock.now = days[4]
    assert rule(org, "first", "e4") == "fallback", "it is over, whether a worker runs or not"
    assert rule(org, "second", "e5") == "answered"
    assert states()["first"] == ("done", days[1], days[4])
    assert states()["second"] == ("active", days[4], None)
    put("third", 5, 9)
    org.clock.now = days[5]
    assert states()["third"] == ("planned", None, None)
    campaigns.turn("second", CampaignState.DONE)
    assert states()["third"] == ("active", days[5], None), "it waited for the place"
    org.clock.now = days[9]
    assert states()["third"] == ("done", days[5], days[9])
    assert list(examine(database, org.clock())) == []
