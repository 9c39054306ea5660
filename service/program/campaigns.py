"""Campaigns and who is in them. An account has one personalised campaign that runs: the database says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from matching.normalize import normalize
from matching.types import Contact
from routing.types.facts import ProgramTier
from service.db.program import campaigns as db
from service.db.program import members, placements, plans, plays
from service.db.program.campaigns import NO_CONTENT, Campaign
from service.db.program.members import Member
from service.delivery.outbox import stamp
from service.engagement import responses
from service.problems import Conflict, FieldError, Invalid, NotFound
from service.program import campaign_times
from service.program.core.plans import CampaignContent, CampaignState, may_become
from service.program.core.tiers import in_force
from service.program.parts import Actor, Parts, known_account, wrong

PROBLEM = "The campaign is not valid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a campaign is to be. ``account`` makes it a personalised one of that account."""

    name: str
    play: str | None = None
    account: str | None = None
    tier: ProgramTier | None = None
    group: str | None = None
    starts: datetime | None = None
    until: datetime | None = None
    content: CampaignContent = NO_CONTENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """A person of a campaign, as somebody names her. ``responded`` None: nothing is said of it."""

    contact: str | None = None
    email: str | None = None
    status: str | None = None
    joined_at: datetime | None = None
    responded_at: datetime | None = None


class Campaigns:
    """Makes campaigns, starts and ends them, and keeps who is in them. Safe to share and to repeat."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def put(self, external_id: str, wanted: Wanted, actor: Actor) -> tuple[Campaign, bool]:
        """Store a campaign by an id of the CRM or one's own; whether it is new. Raises Invalid, Conflict."""
        return self._parts.database.transact(partial(self._put, external_id, wanted, actor))

    def turn(self, name: str, becomes: CampaignState) -> Campaign:
        """Start, finish or cancel a campaign. Again: no change. Raises NotFound, Conflict."""
        return self._parts.database.transact(partial(self._turn, name, becomes))

    def join(self, name: str, joining: Sequence[Joining]) -> int:
        """Put people into a campaign, or change their status; how many. Raises NotFound, Invalid."""
        return self._parts.database.transact(partial(self._join, name, joining))

    def leave(self, name: str, leaving: Sequence[Joining]) -> int:
        """Take people out of a campaign; how many were in it. Raises NotFound, Invalid."""

        def work(connection: Connection) -> int:
            found = _found(db.get(connection, name, lock=True))
            persons = [each.person for each in _members(leaving, self._parts.clock())]
            responses.forget(connection, found, persons)
            return members.remove(connection, found.id, persons)

        return self._parts.database.transact(work)

    def _put(
        self, external_id: str, wanted: Wanted, actor: Actor, connection: Connection
    ) -> tuple[Campaign, bool]:
        now = self._parts.clock()
        self._check(connection, wanted, now)
        found = db.get(connection, external_id, lock=True)
        said = {name: getattr(wanted, name) for name in wanted.__slots__}
        if found is not None:
            if found.personalised and wanted.account != found.account:
                raise wrong(PROBLEM, "account", "cannot change: the campaign was made for the other account")
            changed = replace(found, **said)
            if changed != found:
                changed = replace(changed, updated_at=now)
                db.save(connection, changed)
                campaign_times.plan(connection, changed)
            return changed, False
        plan = plans.open_of(connection, wanted.account) if wanted.account else None
        made = Campaign(
            **said,
            id=self._parts.new_id(),
            external_id=external_id,
            personalised=wanted.account is not None,
            plan_id=plan.id if plan else None,
            state=CampaignState.PLANNED,
            made_by=actor.name,
            made_at=now,
            updated_at=now,
        )
        if not db.add(connection, made):
            raise Conflict("A campaign of this id has just been stored; read it again")
        campaign_times.plan(connection, made)
        return made, True

    def _check(self, connection: Connection, wanted: Wanted, now: datetime) -> None:
        if wanted.starts and wanted.until and wanted.until <= wanted.starts:
            raise wrong(PROBLEM, "until", "must be after from")
        play = plays.every(connection).get(wanted.play) if wanted.play else None
        if wanted.play and (play is None or not play.active):
            names = sorted(each.key for each in plays.every(connection).values() if each.active)
            raise wrong(PROBLEM, "play", f"must be one of the plays: {', '.join(names)}")
        if wanted.account is None:
            return
        known_account(connection, wanted.account)
        held = in_force(placements.timeline(connection, wanted.account), now)
        if play is not None and held is not None and held.tier not in play.tiers:
            tiers = ", ".join(play.tiers)
            raise wrong(PROBLEM, "play", f"is meant for {tiers}; the account is {held.tier.value}")

    def _turn(self, name: str, becomes: CampaignState, connection: Connection) -> Campaign:
        now = self._parts.clock()
        found = _found(db.get(connection, name, lock=True))
        if found.state is becomes:
            return found
        if not may_become(found.state, becomes):
            raise Conflict(f"The campaign is {found.state.value}, and cannot become {becomes.value}")
        if becomes is not CampaignState.ACTIVE:
            over = campaign_times.finish(connection, found, becomes, now)
            campaign_times.catch_up(connection, found, now)
            return over
        if found.until is not None and found.until <= now:
            raise Conflict(f"Its time was over on {stamp(found.until)}; give it a later until first")
        changed = campaign_times.begin(connection, found, now, now)
        if changed is None:
            other = db.running(connection, found.account or "")
            named = f": {other.name} ({other.external_id or other.id})" if other else ""
            raise Conflict(f"Another personalised campaign of the account runs{named}; finish it first")
        return changed

    def _join(self, name: str, joining: Sequence[Joining], connection: Connection) -> int:
        now = self._parts.clock()
        found = _found(db.get(connection, name, lock=True))
        known = _members(joining, now)
        members.put(connection, found.id, known, now)
        responses.hear(connection, found, known, now)
        return len(known)


def _members(joining: Sequence[Joining], now: datetime) -> list[Member]:
    """The people as they are stored. Raises Invalid naming each of whom nothing usable is said."""
    errors: list[FieldError] = []
    found: list[Member] = []
    for place, each in enumerate(joining):
        email = normalize(Contact(email=each.email)).email if each.email else None
        if each.contact is None and email is None:
            detail = "needs contact, the contact's external id, or email, an address that can be used"
            errors.append(FieldError(pointer=f"#/members/{place}", detail=detail))
            continue
        found.append(
            Member(
                contact=each.contact,
                email=email,
                status=each.status,
                joined_at=each.joined_at or now,
                responded_at=each.responded_at,
            )
        )
    if errors:
        raise Invalid(PROBLEM, errors=errors)
    return found


def _found(found: Campaign | None) -> Campaign:
    if found is None:
        raise NotFound("There is no campaign with this id")
    return found
