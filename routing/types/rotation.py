"""Moves of a rotation: who got a turn, who was passed over, and what the ledger says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from routing.types.people import RepId
from routing.types.pools import Choose, NobodyPolicy, PoolName


class SkipReason(StrEnum):
    """Why a member was passed over in a draw."""

    INACTIVE = "inactive"
    ABSENT = "absent"
    OFF_HOURS = "off_hours"
    HOLIDAY = "holiday"
    OFFLINE = "offline"  # switched off, by hand or for missed clocks
    BUSY = "busy"  # in a meeting
    PAUSED = "paused"  # weight 0
    EXCLUDED = "excluded"  # the rule or a rejection leaves the rep out
    UNKNOWN = "unknown"  # the member is no rep we know
    NOT_YET = "not_yet"  # the membership begins later
    ENDED = "ended"  # the membership is over
    RAMPING = "ramping"  # a new member, still at 0 percent
    NOT_ELIGIBLE = "not_eligible"  # lacks what the pool requires
    CAPPED = "capped"  # has had as many as may be in the period, here or over all pools
    POOL_CAPPED = "pool_capped"  # the pool has given out as many as it may
    FULL = "full"  # has as much open work as may be
    HAD_IT = "had_it"  # had this contact or account before
    NO_FIT = "no_fit"  # lacks a quality that the contact asks for
    LESS_FIT = "less_fit"  # others fit better


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A member that was passed over, and why. ``detail`` is the cap or the quality, e.g. ``day: 5``."""

    rep: RepId
    reason: SkipReason
    pool: PoolName | None = None  # where; a draw that overflows passes members of several pools
    detail: str | None = None


class EntryKind(StrEnum):
    """What stands in the ledger of a pool. Only a draw has a number; each changes a standing or a share."""

    DRAW = "draw"
    MISSED = "missed"  # a turn fell to a member who was away, and counts as taken
    GIVE_BACK = "give_back"
    JOIN = "join"
    LEAVE = "leave"
    REWEIGHT = "reweight"  # by a person, by the ramp, or because the membership begins or ends
    RESET = "reset"
    OWNED = "owned"  # got a contact by another rule, in a pool that counts these
    MANUAL = "manual"  # got a contact by a person's word, in a pool that counts these
    CORRECT = "correct"  # a person changed the credit


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """What was put right before a draw because time has passed; ``amount`` is added to the credit.

    ``weight`` is the share in force after it, in hundredths of a unit of weight.
    """

    kind: EntryKind
    rep: RepId
    amount: int
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationMove:
    """One turn of a pool: who got it, who was passed over, and the ledger's numbers.

    ``rep`` is None when nobody was available; then no turn was used,
    ``turn`` is the number of the last one drawn and ``pool`` the pool that was
    asked first. ``level`` is the drawn member's (turns + credit) / weight
    before the draw, None when no turn was used.

    ``kept`` says that the rep already worked the contact and used no turn.
    ``missed`` has the members who were away when a turn fell to them, once for
    each turn, in order; each was credited with it. ``tried`` has the pools that
    were asked, in order: more than one when they overflowed. ``anyway`` says that
    nobody was available and the pool assigns all the same; ``ahead`` when the rep will be
    there, for a pool that gives to the first who is. ``nobody`` is what the last pool
    asked does now that nobody is available, and ``queue`` the queue it names. ``fits`` are the
    qualities that the rep shares with the contact, ``open`` the open work that the rep had and ``idle_since``
    the latest contact, in pools that choose by them.
    """

    pool: PoolName
    turn: int
    rep: RepId | None
    level: float | None
    skipped: tuple[Skip, ...]
    kept: bool = False
    missed: tuple[RepId, ...] = ()
    tried: tuple[PoolName, ...] = ()
    anyway: bool = False
    choose: Choose = Choose.TURN_ORDER
    adjusted: tuple[Adjustment, ...] = ()
    fits: tuple[str, ...] = ()
    open: int | None = None
    idle_since: datetime | None = None
    ahead: datetime | None = None
    nobody: NobodyPolicy | None = None
    queue: str | None = None
