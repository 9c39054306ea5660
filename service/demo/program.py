"""The demo's account-based program, near the end of its second quarter: made by the program's own parts.

The fiscal calendar is laid so that the third quarter begins some days after the moment
of loading: its window is open, whenever the demo is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from routing.types.facts import ProgramTier
from routing.types.people import RepId
from service.db.engine import Database
from service.db.program import meetings
from service.demo.organisation import entries
from service.program.campaigns import Campaigns, Joining, Wanted
from service.program.core import quarters
from service.program.core.criteria import Criterion
from service.program.core.plans import CampaignState, Plan
from service.program.core.quarters import Quarter
from service.program.core.review import Verdict
from service.program.core.settings import Fiscal, Grouping, ProgramSettings
from service.program.core.tiers import Group
from service.program.handlers import handlers
from service.program.meetings import Meetings
from service.program.nominations import Nominating, Nominations
from service.program.parts import Actor, Parts
from service.program.plans import Plans
from service.program.reviews import Reviews, Speaking
from service.program.settings import Settings
from service.program.targets import Placing, Targets
from service.worker.timers import Timers

ZONE = "Europe/Berlin"
SALES = Actor(name="claudia.rossi@varnholt.example", id="claudia.rossi")
MARKETING = Actor(name="mira.falk@varnholt.example", id="mira.falk")
REGIONS = {
    "DACH": ("DE", "AT", "CH"),
    "Nordics": ("DK", "NO", "SE", "FI"),
    "Western Europe": ("GB", "IE", "FR", "NL", "BE"),
    "Americas": ("US", "CA", "BR"),
    "Asia-Pacific": ("JP", "SG", "AU"),
}
_ANSWERED = ("responded", "attended")
_AHEAD = range(5, 15)
_WEEK = timedelta(weeks=1)


def load(database: Database, now: datetime, new_id: Callable[[], str]) -> None:
    """Put the program into a database that has the demo's accounts and reps, as of ``now``."""
    [known] = entries("program.yaml")
    _Program(database, now, new_id).run(known)


def settings(now: datetime) -> ProgramSettings:
    """The demo's settings: a quarter begins some days after ``now``."""
    begins = next(day for ahead in _AHEAD if (day := now + timedelta(days=ahead)).day <= 28)
    return ProgramSettings(
        fiscal=Fiscal(month=begins.month, day=begins.day, zone=ZONE),
        grouping=Grouping(vertical=None, regions=REGIONS),
    )


class _Program:
    """Two quarters, on a clock that is set by hand."""

    def __init__(self, database: Database, now: datetime, new_id: Callable[[], str]) -> None:
        self._clock = self._now = now
        self._settings = settings(now)
        self._third = quarters.upcoming(self._settings, now)
        self._second = quarters.following(self._settings, self._third, -1)
        self._first = quarters.following(self._settings, self._third, -2)
        self._parts = parts = Parts(database=database, clock=lambda: self._clock, new_id=new_id)
        self._targets, self._plans = Targets(parts), Plans(parts)
        self._nominations, self._reviews = Nominations(parts), Reviews(parts)
        self._campaigns, self._meetings = Campaigns(parts), Meetings(parts)
        self._timers = Timers(database, handlers(parts), lambda: self._clock)

    def run(self, known: Mapping[str, Any]) -> None:
        """Do what happened, in order."""
        self._at(self._first.starts)
        Settings(self._parts).change(self._settings, None, SALES.name, "The program begins")
        self._begin(known)
        self._nominate(known["second"], self._second)
        self._at(self._second.starts)
        self._plan(known["plans"])
        self._play(known["campaigns"])
        self._nominate(known["third"], self._third)
        self._at(self._now)

    def _at(self, moment: datetime) -> None:
        """Let time pass week by week, with the worker doing what is due and the teams holding reviews."""
        while self._clock + _WEEK < moment:
            self._tick(self._clock + _WEEK)
        self._tick(moment)

    def _tick(self, moment: datetime) -> None:
        self._clock = moment
        while self._timers.run():
            pass
        with self._parts.database.read() as connection:
            due = meetings.open_until(connection, min(moment, self._now - _WEEK))
        for each in due:
            done = [check.item for check in each.checklist]
            self._meetings.hold(each.id, done, "On track; the next steps stand", True, MARKETING)

    def _begin(self, known: Mapping[str, Any]) -> None:
        for group in known["groups"]:
            for account in group["accounts"]:
                self._place(account, group["tier"], "On the first target list", group["persona"])
        for account in known["strategic"]:
            self._place(account, "strategic", "The program begins with it", None)

    def _place(self, account: str, tier: str, reason: str, persona: str | None) -> None:
        wanted = Placing(account=account, tier=ProgramTier(tier), reason=reason, group=Group(persona=persona))
        self._targets.place(wanted, SALES.name)

    def _nominate(self, said: list[dict[str, Any]], quarter: Quarter) -> None:
        """Nominations in the window of a quarter, and what the sides say of them."""
        for place, each in enumerate(said):
            self._at(max(self._clock, quarter.opens) + timedelta(minutes=7 * place + 1))
            nominating = Nominating(
                account=each["account"],
                rep=RepId(each["rep"]),
                criteria={Criterion(name): text for name, text in each["criteria"].items()},
            )
            made, _ = self._nominations.nominate(nominating, Actor(name=each["rep"], id=each["rep"]))
            for side, actor in (("sales", SALES), ("marketing", MARKETING)):
                if side in each:
                    verdict = Verdict(each[side])
                    speaking = Speaking(side=side, verdict=verdict, reason=each.get("reason"))
                    self._reviews.review(made.id, speaking, actor)

    def _plan(self, said: list[dict[str, Any]]) -> None:
        """Plans on the quarter's first days; where both agree, the first review was held."""
        for each in said:
            document = {name: value for name, value in each.items() if name not in ("account", "agreed")}
            plan, _ = self._plans.write(each["account"], Plan.model_validate(document), None, MARKETING)
            if "agreed" in each:
                self._plans.agree(plan.id, "sales", plan.revision, each["agreed"], MARKETING)
                self._plans.agree(plan.id, "marketing", plan.revision, None, MARKETING)
                session = self._meetings.focus(plan.id, self._clock, MARKETING)
                done = [check.item for check in session.checklist]
                self._meetings.hold(session.id, done, "The plan as agreed", True, MARKETING)

    def _play(self, said: list[dict[str, Any]]) -> None:
        turns: list[tuple[datetime, str, CampaignState]] = []
        for each in said:
            wanted = Wanted(
                name=each["name"],
                play=each["play"],
                account=each.get("account"),
                tier=ProgramTier(each["tier"]) if "tier" in each else None,
            )
            self._campaigns.put(each["id"], wanted, MARKETING)
            for name, state in (("begins", CampaignState.ACTIVE), ("ends", CampaignState.DONE)):
                if name in each:
                    turns.append((self._now + timedelta(days=each[name]), each["id"], state))
        for moment, campaign, state in sorted(turns):
            self._at(moment)
            self._campaigns.turn(campaign, state)
            if state is CampaignState.ACTIVE:
                self._join(next(each for each in said if each["id"] == campaign))

    def _join(self, campaign: Mapping[str, Any]) -> None:
        """The people of a campaign that begins; those who answer do so two days later."""
        answered = self._clock + timedelta(days=2)
        people = [
            Joining(
                contact=None if "@" in person else person,
                email=person if "@" in person else None,
                status=status,
                responded_at=answered if status in _ANSWERED else None,
            )
            for person, status in campaign["people"].items()
        ]
        self._campaigns.join(campaign["id"], people)
