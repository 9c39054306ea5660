"""service/engagement/responses.py: who responds to a campaign is heard of once, with what says so."""

from __future__ import annotations

from datetime import timedelta

from service.db.engagement.signals import Placed, Wanted, page
from service.db.engine import Database
from service.program import campaigns
from service.program.campaigns import Campaigns, Joining
from service.program.core.plans import CampaignState
from service.program.parts import Actor
from tests.service.engagement.heard import Heard

OPS = Actor(name="ops", id="ops")


def test_who_responds_is_heard_of_once_and_no_more_when_taken_out(database: Database) -> None:
    heard = Heard(database)
    work = Campaigns(heard.parts)
    work.put("C-1", campaigns.Wanted(name="Parcel", account="A-1"), OPS)
    work.put("C-2", campaigns.Wanted(name="Fair"), OPS)
    for name in ("C-1", "C-2"):
        work.turn(name, CampaignState.ACTIVE)
    heard.on(10)
    yesterday, ahead = heard.clock() - timedelta(days=1), heard.clock() + timedelta(days=3)
    ann = Joining(contact="ann", status="responded", responded_at=yesterday)
    work.join("C-1", [ann, Joining(contact="ben", status="sent")])
    assert _stands(heard) == (1, round(15 * 2 ** (-1 / 30), 3))
    work.join("C-1", [ann, Joining(contact="ann", responded_at=ahead)])
    assert _stands(heard) == (1, round(15 * 2 ** (-1 / 30), 3)), "she responded once"

    cem = Joining(email="cem@one.example", responded_at=ahead)
    work.join("C-2", [cem, Joining(contact="nobody-yet", responded_at=yesterday)])
    with database.read() as connection:
        found = page(connection, Wanted(), before=None, limit=9)
    assert sorted((each.campaign or "", each.account or "", each.outcome, each.at) for each in found) == [
        ("C-1", "A-1", Placed.MATCHED, yesterday),
        ("C-2", "", Placed.UNMATCHED, yesterday),
        ("C-2", "A-1", Placed.MATCHED, heard.clock()),
    ]
    assert {(each.source, each.kind) for each in found} == {("campaign", "campaign_response")}
    assert not any("cem" in each.external_id for each in found)

    for _ in range(2):
        work.leave("C-2", [cem, Joining(contact="nobody-yet"), Joining(contact="ben")])
    assert (_stands(heard), heard.waiting()) == ((1, round(15 * 2 ** (-1 / 30), 3)), [])
    work.leave("C-1", [ann])
    assert heard.stands() is None
    work.join("C-1", [ann])
    assert _stands(heard) == (1, round(15 * 2 ** (-1 / 30), 3)), "put in again, she counts again"


def test_what_was_responded_before_a_campaign_began_is_heard_when_it_begins(database: Database) -> None:
    heard = Heard(database)
    work = Campaigns(heard.parts)
    work.put("C-1", campaigns.Wanted(name="Parcel", account="A-1"), OPS)
    names = [Joining(email=f"p{n}@one.example", responded_at=heard.clock()) for n in range(3)]
    work.join("C-1", names)
    assert heard.activated() == [], "a campaign that has not begun has no responses"
    heard.on(10)
    work.turn("C-1", CampaignState.ACTIVE)
    [made] = heard.activated()
    assert (made.kind.value, made.people, made.score) == ("people", 3, 45)


def _stands(heard: Heard) -> tuple[int, float]:
    stands = heard.stands()
    assert stands is not None
    return stands.people, round(stands.score, 3)
