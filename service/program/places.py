"""Who has a place in the strategic tier of a quarter to come. All of it under the program's lock."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from routing.types.facts import ProgramTier
from service.db.program import nominations as db
from service.db.program import placements
from service.db.program.nominations import Nomination
from service.delivery.outbox import EventType
from service.problems import Conflict, NotFound
from service.program import notices, tiers
from service.program.core.review import OPEN, STANDING, State, in_order
from service.program.core.settings import ProgramSettings
from service.program.core.tiers import NO_GROUP, Placement, approved, withdrawn
from service.program.targets import check_cap, is_free, programmatic_after

WAITLIST = "waitlist"
"""Who goes on record for a place that was given because it became free."""


def open_one(connection: Connection, nomination_id: str, now: datetime) -> Nomination:
    """A nomination that may still be decided on. Raises NotFound, Conflict."""
    found = db.get(connection, nomination_id)
    if found is None:
        raise NotFound("There is no nomination with this id")
    if found.state not in (*OPEN, State.DECLINED):
        raise Conflict(f"The nomination is {found.state}; it is not open any more")
    if found.starts <= now:
        raise Conflict(f"{found.quarter} has begun; nominations for it are closed")
    return found


def again(connection: Connection, found: Nomination) -> Nomination:
    """The nomination as it is after a change."""
    changed = db.get(connection, found.id)
    assert changed is not None
    return changed


def term_of(found: Nomination, by: str, now: datetime) -> Placement:
    """The strategic term that an approval of a nomination gives."""
    return Placement(
        account=found.account,
        tier=ProgramTier.STRATEGIC,
        group=NO_GROUP,
        starts=found.starts,
        until=found.ends,
        reason=f"Nominated by {found.rep} and approved for {found.quarter}"[:500],
        decided_by=by,
        decided_at=now,
        nomination=found.id,
    )


def become(
    connection: Connection,
    settings: ProgramSettings,
    found: Nomination,
    becomes: State,
    reason: str | None,
    by: str,
    now: datetime,
) -> None:
    """Have a nomination become something else, with the term it gets or gives up; those concerned are told.

    Raises Conflict when it would need a place and none is free, or another of the account stands.
    """
    if becomes in STANDING and found.state not in STANDING:
        other = db.standing(connection, found.quarter, found.account)
        if other is not None:
            raise Conflict(f"The account has another nomination for {found.quarter}: {other.id}")
    before = placements.timeline(connection, found.account)
    if becomes is State.APPROVED:
        term = term_of(found, by, now)
        check_cap(connection, settings, term)
        after = approved(before, term, programmatic_after(connection, term, settings), now)
    else:
        after = withdrawn(before, found.id, now)
    tiers.keep(connection, settings, before, after, now)
    changed = {"state": becomes, "reason": reason, "settled_at": now, "settled_by": by, "place": None}
    db.change(connection, found.id, **changed)
    tell(connection, settings, EventType.PROGRAM_DECIDED, again(connection, found), now)


def fill(connection: Connection, settings: ProgramSettings, quarter: str, now: datetime) -> None:
    """Give the free places of a quarter to those who wait, in their order, and number the others."""
    waiting = {each.id: each for each in db.of_quarter(connection, quarter, [State.WAITLISTED])}
    place = 0
    for each in (waiting[name] for name in in_order(found.standing for found in waiting.values())):
        moves_up = settings.review.waitlist_moves_up and each.starts > now
        if moves_up and is_free(connection, settings, term_of(each, WAITLIST, now)):
            become(connection, settings, each, State.APPROVED, "A place has become free", WAITLIST, now)
            continue
        place += 1
        if each.place != place:
            db.change(connection, each.id, place=place)


def tell(
    connection: Connection, settings: ProgramSettings, event: EventType, found: Nomination, now: datetime
) -> None:
    """Tell the rep who nominated and the account's team how a nomination stands."""
    data = {
        **notices.of_nomination(found),
        "criteria": {
            each.criterion.value: {"claimed": each.criterion in found.claims, "holds": each.holds}
            for each in found.evidence
        },
        "reviewers": {side: list(settings.review.reviewers(side)) for side in settings.review.sides},
    }
    notices.tell_team(connection, settings, event, found.account, data, now, also=[found.rep])
