"""What a nomination and a verdict must satisfy; who fails is told which field, why and when it will do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from routing.types.facts import ProgramTier
from routing.types.people import RepId
from service.db import reps
from service.db.program import placements
from service.db.program.nominations import Nomination
from service.problems import Conflict, FieldError, Forbidden
from service.program.core import quarters
from service.program.core.criteria import CRITERIA, Criterion, Evidence, counting
from service.program.core.quarters import Quarter
from service.program.core.settings import ProgramSettings
from service.program.core.tiers import in_force
from service.program.parts import Actor, wrong

PROBLEM = "The nomination is not valid"


def window(settings: ProgramSettings, quarter: Quarter, asked: str | None, now: datetime) -> None:
    """Raise Conflict unless nominations for ``quarter``, the next to begin, are taken now."""
    if asked is not None and asked != quarter.name:
        detail = f"is not the quarter that is nominated for, which is {quarter.name}"
        raise Conflict(
            f"Nominations are taken for {quarter.name}",
            errors=[FieldError(pointer="#/quarter", detail=detail)],
        )
    if quarter.takes(now):
        return
    zone = ZoneInfo(settings.fiscal.zone)
    when = f"Nominations for {quarter.name} open on {_at(quarter.opens, zone)}"
    if now < quarter.opens:
        why = f"{when} and close on {_at(quarter.closes, zone)}"
    else:
        after = quarters.following(settings, quarter)
        why = (
            f"Nominations for {quarter.name} closed on {_at(quarter.closes, zone)};"
            f" those for {after.name} open on {_at(after.opens, zone)}"
        )
    detail = f"{why}. It is {_at(now, zone)} now, in {settings.fiscal.zone}"
    raise Conflict(detail, errors=[FieldError(pointer="#/quarter", detail=why)])


def nominator(connection: Connection, rep: RepId) -> None:
    """Raise Invalid unless there is such a rep, who is active."""
    known = reps.by_id(connection, [rep]).get(rep)
    if known is None or not known.active:
        raise wrong(PROBLEM, "rep", "names no active rep; see /v1/reps")


def not_strategic(connection: Connection, settings: ProgramSettings, account: str, quarter: Quarter) -> None:
    """Raise Conflict when the account is strategic in the quarter as it is."""
    held = in_force(placements.timeline(connection, account), quarter.starts)
    if held is not None and held.tier is ProgramTier.STRATEGIC:
        until = f" until {_at(held.until, ZoneInfo(settings.fiscal.zone))}" if held.until else ""
        raise Conflict(f"The account is strategic in {quarter.name} already{until}")


def criteria(claimed: Sequence[Criterion], evidence: Sequence[Evidence], settings: ProgramSettings) -> None:
    """Raise Invalid unless enough criteria count."""
    counts = counting(claimed, evidence, settings.criteria)
    needed = settings.criteria.needed
    if len(counts) >= needed:
        return
    what = "; ".join(f"{each.criterion}: {each.title.lower()}" for each in CRITERIA.values())
    have = ", ".join(counts) or "none"
    source = "the records show" if settings.criteria.evidence_required else "you say or the records show"
    raise wrong(PROBLEM, "criteria", f"must have at least {needed} of these; {source}: {have}. {what}")


def sides_of(settings: ProgramSettings, actor: Actor) -> Sequence[str]:
    """The sides that the actor reviews for: those that name her, and those without names if she decides."""
    return [side for side in settings.review.sides if speaks_for(settings, side, actor)]


def reviewer(settings: ProgramSettings, side: str, actor: Actor) -> None:
    """Raise Forbidden unless the actor reviews for a side, Invalid for a side that does not review."""
    if side not in settings.review.sides:
        raise wrong(PROBLEM, "side", f"must be one of {', '.join(settings.review.sides)}")
    speaker(settings, side, actor)


def speaker(settings: ProgramSettings, side: str, actor: Actor) -> None:
    """Raise Forbidden unless the actor speaks for a side, whether it reviews nominations or not."""
    if speaks_for(settings, side, actor):
        return
    named = settings.review.reviewers(side)
    decides = "the role or scope ops-approver"
    who = f"one of the reviewers for {side}, who are in the settings" if named else decides
    raise Forbidden(f"This needs {who}")


def speaks_for(settings: ProgramSettings, side: str, actor: Actor) -> bool:
    """Whether the actor is named for a side, or decides where nobody is."""
    named = {name.casefold() for name in settings.review.reviewers(side)}
    return actor.name.casefold() in named if named else actor.decides


def separate(settings: ProgramSettings, found: Nomination, side: str, actor: Actor) -> None:
    """Raise Conflict when one caller would speak for both sides, or decide on her own nomination."""
    if not settings.review.separate:
        return
    others = [said for name, said in found.said.items() if name != side and said.verdict is not None]
    if any(said.by_id == actor.id for said in others):
        raise Conflict(f"You have spoken for {others[0].side}; another person must speak for {side}")
    if actor.rep is not None and actor.rep == found.rep:
        raise Conflict("You have nominated the account; another person must decide on it")


def _at(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
