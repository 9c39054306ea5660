"""Plans: one for each strategic account, written by anybody of its team, agreed by its AE and marketing.

Agreement is to a revision: who changes the plan asks both again.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from routing.types.facts import ProgramTier
from routing.types.people import RepId
from service.audit.log import SYSTEM
from service.db import reps
from service.db.account_state import OWNER
from service.db.program import campaigns, placements, plays
from service.db.program import plans as db
from service.db.program import settings as stored
from service.db.program.plans import Stored
from service.delivery.outbox import EventType
from service.problems import Conflict, FieldError, Forbidden, Invalid, NotFound, Stale
from service.program import campaign_times, checks, meetings, notices
from service.program.core.plans import CampaignState, Plan, missing
from service.program.core.settings import ProgramSettings
from service.program.notices import check_team
from service.program.parts import Actor, Parts, known_account, wrong

PROBLEM = "The plan is not valid"


class Plans:
    """Writes, agrees and ends plans. Safe to share between threads and to repeat."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def write(self, account: str, plan: Plan, revision: int | None, actor: Actor) -> tuple[Stored, bool]:
        """Store what an account's plan says; whether the plan is new. The same again changes nothing.

        ``revision`` is the one it was written on, None: whichever there is. Raises Invalid, Conflict,
        Forbidden, Stale.
        """
        return self._parts.database.transact(partial(self._write, account, plan, revision, actor))

    def agree(self, plan_id: str, side: str, revision: int, rep: str | None, actor: Actor) -> Stored:
        """Agree to a revision for sales or marketing; for sales it is the account's AE who does.

        ``rep`` is the AE, where another enters her agreement. Raises NotFound, Stale, Forbidden, Invalid.
        """
        return self._parts.database.transact(partial(self._agree, plan_id, side, revision, rep, actor))

    def end(self, plan_id: str, reason: str, actor: Actor) -> Stored:
        """End a plan, with the campaigns that carry it out. Again: no change. Raises NotFound."""

        def work(connection: Connection) -> Stored:
            found = _found(db.get(connection, plan_id, lock=True))
            check_team(connection, found.account, stored.current(connection), actor, self._parts.clock())
            if found.ended_at is None:
                _end(connection, found, actor.name, reason, self._parts.clock())
            return _found(db.get(connection, plan_id))

        return self._parts.database.transact(work)

    def _write(
        self, account: str, plan: Plan, revision: int | None, actor: Actor, connection: Connection
    ) -> tuple[Stored, bool]:
        now = self._parts.clock()
        settings = stored.current(connection)
        known_account(connection, account)
        check_team(connection, account, settings, actor, now)
        _check_names(connection, plan)
        found = db.open_of(connection, account, lock=True)
        if found is None:
            return self._new(connection, account, plan, actor, settings, now), True
        if revision is not None and revision != found.revision:
            raise Stale(f"The plan is at revision {found.revision}; read it again")
        if plan != found.plan:
            db.rewrite(connection, found, plan, now)
        return _found(db.get(connection, found.id)), False

    def _new(
        self,
        connection: Connection,
        account: str,
        plan: Plan,
        actor: Actor,
        settings: ProgramSettings,
        now: datetime,
    ) -> Stored:
        _check_strategic(connection, account, now)
        made = Stored(
            id=self._parts.new_id(),
            account=account,
            revision=1,
            plan=plan,
            made_by=actor.name,
            made_at=now,
            updated_at=now,
        )
        if not db.add(connection, made):
            raise Conflict("The account has just been given a plan; read it again")
        meetings.first(connection, settings, made, self._parts.new_id(), now)
        return made

    def _agree(
        self, plan_id: str, side: str, revision: int, rep: str | None, actor: Actor, connection: Connection
    ) -> Stored:
        now = self._parts.clock()
        settings = stored.current(connection)
        found = _found(db.get(connection, plan_id, lock=True))
        if found.ended_at is not None:
            raise Conflict("The plan has ended")
        if revision != found.revision:
            raise Stale(f"The plan is at revision {found.revision}; read it again before you agree")
        if gaps := missing(found.plan):
            raise Conflict(f"The plan says nothing yet of: {', '.join(gaps)}")
        before = found.agreed
        if side == "sales":
            ae = _ae(connection, found.account, settings, rep, actor, now)
            db.change(connection, plan_id, ae=ae, ae_agreed_at=found.ae_agreed_at or now)
        else:
            checks.speaker(settings, "marketing", actor)
            db.change(
                connection,
                plan_id,
                marketing=actor.name,
                marketing_agreed_at=found.marketing_agreed_at or now,
            )
        agreed = _found(db.get(connection, plan_id))
        if agreed.agreed and not before:
            data = {
                "plan_id": agreed.id,
                "revision": agreed.revision,
                "ae": agreed.ae,
                "marketing": agreed.marketing,
            }
            notices.tell_team(connection, settings, EventType.PROGRAM_PLAN, agreed.account, data, now)
        return agreed


def end_of_leaver(connection: Connection, account: str, now: datetime) -> None:
    """End the plan of an account that leaves the strategic tier, if it has one."""
    found = db.open_of(connection, account, lock=True)
    if found is not None:
        _end(connection, found, SYSTEM, "The account left the strategic tier", now)


def _end(connection: Connection, found: Stored, by: str, reason: str, now: datetime) -> None:
    db.change(connection, found.id, ended_at=now, ended_by=by, end_reason=reason[:500], updated_at=now)
    meetings.cancel(connection, found.id, now)
    for each in campaigns.sharing(connection, [found.account], lock=True):
        if each.state is CampaignState.ACTIVE:
            campaign_times.finish(connection, each, CampaignState.DONE, now)
        elif each.plan_id == found.id:
            campaign_times.finish(connection, each, CampaignState.CANCELLED, now)


def _check_strategic(connection: Connection, account: str, now: datetime) -> None:
    ahead = (
        each
        for each in placements.timeline(connection, account)
        if each.tier is ProgramTier.STRATEGIC and (each.until is None or each.until > now)
    )
    if next(ahead, None) is None:
        raise Conflict(
            "A plan is for a strategic account, and this one is not and will not be by what is decided"
        )


def _check_names(connection: Connection, plan: Plan) -> None:
    """Raise Invalid for a play or a rep that a plan names and nobody knows."""
    catalogue = plays.every(connection)
    owners = {RepId(step.owner) for step in (*plan.reach, *plan.personalise) if step.owner}
    known = reps.by_id(connection, sorted(owners))
    errors: list[FieldError] = []
    for part in ("reach", "personalise"):
        for place, step in enumerate(getattr(plan, part)):
            where = f"#/plan/{part}/{place}"
            if step.play is not None and step.play not in catalogue:
                detail = f"must be one of the plays: {', '.join(sorted(catalogue))}"
                errors.append(FieldError(pointer=f"{where}/play", detail=detail))
            if step.owner is not None and step.owner not in known:
                errors.append(FieldError(pointer=f"{where}/owner", detail="names no rep; see /v1/reps"))
    if errors:
        raise Invalid(PROBLEM, errors=errors)


def _ae(
    connection: Connection,
    account: str,
    settings: ProgramSettings,
    rep: str | None,
    actor: Actor,
    now: datetime,
) -> str:
    """The account's AE who agrees: the actor herself, or who is named by somebody who may enter it."""
    who = rep or actor.rep
    team = notices.team_of(connection, account, settings.team, now)
    ae = team.get("AE") or team.get(OWNER)
    if ae is None:
        raise Conflict("The account has no AE; give its team one first")
    if who is None:
        raise wrong(PROBLEM, "rep", f"must name the AE who agrees, {ae}")
    if who != ae:
        raise wrong(PROBLEM, "rep", f"is not the account's AE, who is {ae}")
    if actor.rep != ae and not actor.edits:
        raise Forbidden("The AE agrees herself; for her it needs the role or scope ops-editor")
    return ae


def _found(found: Stored | None) -> Stored:
    if found is None:
        raise NotFound("There is no plan with this id")
    return found
