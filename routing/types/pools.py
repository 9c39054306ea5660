"""Pools: how each hands out turns, its members, and how far its rotation has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from routing.types.people import Cap, RepId

PoolName = NewType("PoolName", str)
"""A pool is known by its name, the word a rulebook uses for it."""


class Choose(StrEnum):
    """Who of those who may take a contact gets it. One file each in routing/rotation/choices."""

    TURN_ORDER = "turn_order"  # by turns, interleaved by weight
    LOWEST_COUNT = "lowest_count"  # the fewest turns for each unit of weight
    LONGEST_IDLE = "longest_idle"  # the longest without any new contact
    LEAST_OPEN = "least_open"  # the least open work for each unit of weight


class NobodyPolicy(StrEnum):
    """What a pool does when no member is available."""

    HOLD = "hold"  # keep the contact until someone is
    ASSIGN_ANYWAY = "assign_anyway"  # draw among active members as if all were available
    FIRST_AVAILABLE = "first_available"  # whoever is there first, within so many hours
    OVERFLOW = "overflow"  # draw from the overflow pool
    QUEUE = "queue"  # put it into a named queue
    NEXT_RULE = "next_rule"  # let the next rule that applies decide


class ReturnPolicy(StrEnum):
    """What becomes of the turns that fell to a member who was away."""

    KEEP_POSITION = "keep_position"  # they count as taken: the member comes back to an even share
    CATCH_UP = "catch_up"  # they stay owed: the member comes back to every turn until level


class NewcomerPolicy(StrEnum):
    """Where a new member starts."""

    LEVEL = "level"  # at the others' level
    ZERO = "zero"  # with no turns: gets every turn until level with the others


class ResetPolicy(StrEnum):
    """When all members start again from zero, in the pool's time zone. The ledger stays."""

    NEVER = "never"
    WEEKLY = "weekly"  # Monday
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


class SkipPolicy(StrEnum):
    """Whose earlier work makes a member be passed over."""

    CONTACT = "contact"  # who had this contact
    ACCOUNT = "account"  # who had this contact or another one of its account


class TurnReturn(StrEnum):
    """Why a turn can be given back. `PoolSettings.gives_back` has those for which a pool does."""

    REJECTED = "rejected"  # the rep gave the contact back, without saying which of the below it is
    WRONG_MATCH = "wrong_match"  # it belonged to another account
    NOT_MINE = "not_mine"  # another territory, segment or product
    DUPLICATE = "duplicate"
    INVALID = "invalid"  # no buyer: a test, a student, a bounced address
    NO_SHOW = "no_show"  # the meeting did not take place
    CANCELLED = "cancelled"  # the meeting was called off
    TOO_BUSY = "too_busy"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepTest:
    """A test of a rep's attribute: it has, or with ``negated`` has not, one of the values.

    ``attribute`` is a field of `Rep` (``team``, ``role``, ...) or ``custom.KEY``.
    A text may hold several values, separated by ``;`` or ``,``.
    """

    attribute: str
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A quality that a rep should share with the contact, e.g. the language.

    ``contact`` is a field of the contact or its account as rules write it
    (``contact.country``), ``rep`` an attribute as in `RepTest`. A contact
    without a value asks for nothing. Without ``points`` the rep must fit; with
    them it counts so much, and those with the most points are drawn from.
    """

    contact: str
    rep: str
    points: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """How a pool hands out turns. Every axis is explicit; docs/pools.md says what each does."""

    choose: Choose = Choose.TURN_ORDER
    respect_hours: bool = False  # True: a member outside working hours is not available
    nobody: NobodyPolicy = NobodyPolicy.HOLD
    within_hours: int = 24  # of FIRST_AVAILABLE
    otherwise: NobodyPolicy = NobodyPolicy.HOLD  # of FIRST_AVAILABLE, when nobody is there so soon
    overflow: PoolName | None = None
    queue: str | None = None
    keep_holder: bool = True  # a member who already works the contact keeps it and uses no turn
    on_return: ReturnPolicy = ReturnPolicy.KEEP_POSITION
    catch_up_most: int | None = None  # turns that may stay owed under CATCH_UP; None: all
    newcomer: NewcomerPolicy = NewcomerPolicy.LEVEL
    count_owned: bool = False  # a contact that a member gets by another rule uses a turn
    count_manual: bool = False  # so does one that a person puts in a member's hands
    gives_back: tuple[TurnReturn, ...] = tuple(each for each in TurnReturn if each != TurnReturn.TOO_BUSY)
    reset: ResetPolicy = ResetPolicy.NEVER
    zone: str = "UTC"  # IANA name: where the pool's days, weeks and months begin
    caps: tuple[Cap, ...] = ()  # of each member in this pool
    pool_caps: tuple[Cap, ...] = ()  # of the pool as a whole
    open_cap: int | None = None  # contacts a member may have open, from wherever they came
    ramp: tuple[int, ...] = ()  # percent of the weight in each month of tenure; the last one stays
    ramp_from: str | None = None  # the rep's attribute with the first day; None: since joining the pool
    requires: tuple[RepTest, ...] = ()  # what a member must be to take a turn, e.g. certified
    members_where: tuple[RepTest, ...] = ()  # who is a member without being named; empty: nobody
    fit: tuple[Fit, ...] = ()
    fit_fallback: bool = True  # who does not fit gets the contact when nobody fits
    skip_last: int = 0  # how many of those who had it last are passed over
    skip_of: SkipPolicy = SkipPolicy.CONTACT
    skip_firmly: bool = False  # also when that leaves nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolMember:
    """A rep's place in a pool.

    ``weight`` is the share of turns (2 gets twice as many as 1; 0 pauses).
    ``turns`` counts the turns drawn; ``credit`` is added to it for comparison:
    turns missed while away, a newcomer's start at the others' level (so nobody
    is flooded), less the turns given back. Whole turns; it may be negative.
    ``last_turn`` orders the members by their latest turn, drawn or missed: it
    is the place of that turn among all of the pool's, 0 if there was none.

    ``percent`` of the weight is in force: less while ramping, 0 outside ``starts``
    and ``until`` (half-open, None is open). It is as of the last draw. ``since`` is when the rep
    joined, None for very long. ``caps`` stand in the place of the pool's for the same period.
    ``named`` is False for who is a member only by `PoolSettings.members_where`.
    """

    rep: RepId
    weight: int
    turns: int
    credit: int
    last_turn: int
    percent: int = 100
    since: datetime | None = None
    starts: datetime | None = None
    until: datetime | None = None
    caps: tuple[Cap, ...] = ()
    named: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolState:
    """A pool with the state of its rotation. ``turn`` counts the turns ever drawn.

    ``reset_at`` is when the members last started from zero, or the pool first could have.
    """

    name: PoolName
    settings: PoolSettings
    turn: int
    members: tuple[PoolMember, ...]
    reset_at: datetime | None = None
