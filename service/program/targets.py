"""The target account list: accounts put into tiers, taken out, and the cap of the strategic one.

The cap counts what holds at any moment of the time asked for, under the program's
lock: two who take the last place at once are decided one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from routing.types.facts import ProgramTier
from service.db.program import nominations, placements
from service.db.program import settings as stored
from service.delivery.outbox import stamp
from service.problems import Conflict, NotFound
from service.program import schedule, tiers
from service.program.core import quarters
from service.program.core.review import State
from service.program.core.settings import Grouping, ProgramSettings
from service.program.core.tiers import (
    NO_GROUP,
    Group,
    PastStays,
    Placement,
    Timeline,
    approved,
    in_force,
    most_at_once,
    placed,
    released,
)
from service.program.parts import Parts, known_account, wrong

PROBLEM = "The account cannot be placed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """What is asked for: an account in a tier. ``starts`` None is now; what the group leaves out is derived.

    A strategic placement without ``until`` holds to the end of the term of settings. One that is over
    already is history, and stands where no other tier is on record.
    """

    account: str
    tier: ProgramTier
    reason: str
    starts: datetime | None = None
    until: datetime | None = None
    group: Group = NO_GROUP


class Targets:
    """Places accounts and takes them out. Safe to share between threads and to repeat."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def place(self, placing: Placing, by: str) -> Timeline:
        """Put an account into a tier; its placements afterwards. Raises Invalid, Conflict."""
        return self._parts.database.transact(partial(self.place_in, placing, by))

    def place_in(self, placing: Placing, by: str, connection: Connection) -> Timeline:
        """The same in the caller's transaction."""
        now = self._parts.clock()
        stored.lock(connection)
        settings = stored.current(connection)
        known_account(connection, placing.account)
        before = placements.timeline(connection, placing.account)
        new = _beside_terms(before, _asked(connection, placing, settings, by, now), placing.starts is None)
        if _is_already(before, new):
            return before
        _check_approved(before, new, now)
        after = _with(connection, before, new, settings, now)
        if new.tier is ProgramTier.STRATEGIC:
            check_cap(connection, settings, new)
        tiers.keep(connection, settings, before, after, now)
        schedule.ahead(connection, settings, now)
        return placements.timeline(connection, placing.account)

    def release(self, account: str, at: datetime | None, reason: str, by: str) -> Timeline:
        """Take an account out of the program; its placements. Raises NotFound, Conflict, Invalid."""
        return self._parts.database.transact(partial(self._release, account, at, reason, by))

    def _release(
        self, account: str, at: datetime | None, reason: str, by: str, connection: Connection
    ) -> Timeline:
        now = self._parts.clock()
        stored.lock(connection)
        settings = stored.current(connection)
        before = placements.timeline(connection, account)
        if not before:
            raise NotFound("The account is not in the program")
        moment = at or now
        if moment < now:
            raise wrong("The account cannot be taken out", "at", "must not be in the past")
        for each in nominations.newest(connection, account=account):
            if each.state is State.APPROVED and each.ends > moment:
                raise Conflict(f"It is approved for {each.quarter}; withdraw the nomination {each.id} first")
        after = released(before, moment, by, reason)
        tiers.keep(connection, settings, before, after, now)
        return placements.timeline(connection, account)


def check_cap(connection: Connection, settings: ProgramSettings, new: Placement) -> None:
    """Raise Conflict when a strategic placement would be one too many. The caller has the lock."""
    if not is_free(connection, settings, new):
        others = {each.account for each in placements.terms(connection, new.starts, new.until)}
        names = ", ".join(sorted(others - {new.account}))
        raise Conflict(
            f"The strategic tier has {settings.strategic_cap} places, and all are taken at some time between "
            f"{stamp(new.starts)} and {stamp(new.until) if new.until else 'then on'}: {names}. "
            "Decline or withdraw one, put this one on the waitlist, or raise strategic_cap"
        )


def is_free(connection: Connection, settings: ProgramSettings, new: Placement) -> bool:
    """Whether a strategic placement fits under the cap at every moment of its time."""
    others = [
        each for each in placements.terms(connection, new.starts, new.until) if each.account != new.account
    ]
    return most_at_once(others, new.starts, new.until) < settings.strategic_cap


def derived_group(connection: Connection, account: str, grouping: Grouping, given: Group) -> Group:
    """The group of an account: what was said, else what its fields say by the settings."""
    about = placements.about(connection, [account])
    row = about.get(account)
    region = given.region or _field(row, grouping.region)
    by_value = {value.casefold(): name for name, values in grouping.regions.items() for value in values}
    return Group(
        segment=given.segment or _field(row, grouping.segment),
        region=by_value.get(region.casefold(), region) if region else None,
        vertical=given.vertical or _field(row, grouping.vertical),
        persona=given.persona,
    )


def _field(row: Any, name: str | None) -> str | None:
    if row is None or name is None:
        return None
    value = row.custom.get(name.removeprefix("custom.")) if name.startswith("custom.") else _plain(row, name)
    return None if value is None else str(value).strip()[:64] or None


def _plain(row: Any, name: str) -> Any:
    return getattr(row, name) if name in ("segment", "country", "state", "city", "lifecycle") else None


def _asked(
    connection: Connection, placing: Placing, settings: ProgramSettings, by: str, now: datetime
) -> Placement:
    starts, until = placing.starts or now, placing.until
    group = NO_GROUP
    if placing.tier is ProgramTier.STRATEGIC:
        ends = quarters.following(settings, quarters.current(settings, starts), settings.term_quarters)
        until = until or ends.starts
    else:
        group = derived_group(connection, placing.account, settings.grouping, placing.group)
    if until is not None and until <= starts:
        raise wrong(PROBLEM, "until", "must be after from, which is now unless it is said")
    if until is not None and placing.until is None and until <= now:
        raise wrong(PROBLEM, "until", f"must say when it ended: a term from then was over at {stamp(until)}")
    return Placement(
        account=placing.account,
        tier=placing.tier,
        group=group,
        starts=starts,
        until=until,
        reason=placing.reason,
        decided_by=by,
        decided_at=now,
    )


def _beside_terms(before: Timeline, new: Placement, at_once: bool) -> Placement:
    """A programmatic tier gives way to strategic terms that are decided: it ends where the next begins.

    One without a start of its own begins after the term that runs; so a list that is
    imported again takes nobody out of the strategic tier.
    """
    if new.tier is ProgramTier.STRATEGIC:
        return new
    held = in_force(before, new.starts)
    while at_once and held is not None and held.tier is ProgramTier.STRATEGIC and held.until is not None:
        new = replace(new, starts=held.until)
        held = in_force(before, new.starts)
    terms = (each.starts for each in before if each.tier is ProgramTier.STRATEGIC)
    return (
        new if new.until else replace(new, until=min((at for at in terms if at > new.starts), default=None))
    )


def _check_approved(before: Timeline, new: Placement, now: datetime) -> None:
    """Raise Conflict when a placement would take the place of a term that was approved and has not begun."""
    terms = (each for each in before if each.nomination and each.tier is ProgramTier.STRATEGIC)
    for each in terms:
        if each.starts > now and each.meets(new.starts, new.until):
            when = stamp(each.starts)
            raise Conflict(f"It is approved from {when}; withdraw the nomination {each.nomination} first")


def _with(
    connection: Connection, before: Timeline, new: Placement, settings: ProgramSettings, now: datetime
) -> Timeline:
    try:
        if new.tier is ProgramTier.STRATEGIC and not _is_history(new, now):
            return approved(before, new, programmatic_after(connection, new, settings), now)
        return placed(before, new, now)
    except PastStays:
        raise wrong(PROBLEM, "from", "lies in a time for which a tier is on record; that stays") from None


def programmatic_after(connection: Connection, term: Placement, settings: ProgramSettings) -> Placement:
    """What an account is after a strategic term, where nothing else is planned."""
    return Placement(
        account=term.account,
        tier=settings.leavers_tier,
        group=derived_group(connection, term.account, settings.grouping, NO_GROUP),
        starts=term.until or term.starts,
        until=None,
        reason="Its strategic term has ended",
        decided_by=term.decided_by,
        decided_at=term.decided_at,
        nomination=term.nomination,
    )


def _is_history(new: Placement, now: datetime) -> bool:
    """Whether it is over already: written down where nothing else is on record, and nothing follows of it."""
    return new.until is not None and new.until <= now


def _is_already(before: Timeline, new: Placement) -> bool:
    """Whether this is asked again, so that a call that is repeated changes nothing."""
    held = in_force(before, new.starts)
    return held is not None and (held.tier, held.group, held.until) == (new.tier, new.group, new.until)
