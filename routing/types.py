"""The values that flow through routing: facts in, claims judged, decision out.

Facts are what was true when the decision was taken; they are stored with it,
so that replaying them under the same rulebook gives the same decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal, NewType

from matching.types import AccountId, Contact, DomainKind, MatchOutcome, MatchReason, Scalar

RepId = NewType("RepId", str)
"""A rep's external id, kept exactly as the caller gave it."""

PoolName = NewType("PoolName", str)
"""A pool is known by its name, the word a rulebook uses for it."""


# --- people -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkBlock:
    """One stretch of working time on a weekday, in the rep's own zone.

    ``weekday`` is 0 for Monday to 6 for Sunday; ``start`` and ``end`` are
    minutes after midnight, 0 <= start < end <= 1440.
    """

    weekday: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A time a rep is away, half-open: from ``start`` up to, not including, ``until``."""

    start: datetime
    until: datetime
    cover: RepId | None = None  # who stands in for what the rep owns
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rep:
    """A person who can own contacts. AE, SDR, AM, CSM are roles."""

    id: RepId
    name: str
    email: str | None = None
    role: str | None = None
    team: str | None = None
    manager: RepId | None = None
    time_zone: str = "UTC"  # IANA name
    working_hours: tuple[WorkBlock, ...] = ()  # empty: always working
    absences: tuple[Absence, ...] = ()
    active: bool = True
    custom: Mapping[str, Scalar] = field(default_factory=dict)


# --- facts ------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """An account as the rules see it at the moment of the decision.

    ``owner``, ``team`` and ``tier`` are those in force at that moment: their
    from/until have been applied.
    """

    id: AccountId
    name: str
    country: str | None = None
    state: str | None = None
    city: str | None = None
    lifecycle: str | None = None
    tier: str | None = None
    segment: str | None = None
    employees: int | None = None
    owner: RepId | None = None
    owner_since: datetime | None = None
    team: Mapping[str, RepId] = field(default_factory=dict)  # role (upper case) -> rep
    custom: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity:
    """A deal on the matched account. Open while ``closed_at`` is None."""

    id: str
    owner: RepId | None
    stage: str | None
    kind: str | None  # e.g. "new", "renewal", "expansion"
    amount: float | None
    opened_at: datetime | None
    closed_at: datetime | None
    won: bool | None  # None while open


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Something a rep did, or someone did towards us, on the account or the contact."""

    id: str
    rep: RepId | None
    kind: str  # e.g. "email", "call", "meeting"
    direction: str  # "inbound", "outbound" or "both" (two-way)
    at: datetime
    contact_id: str | None  # the contact's external id, when it was one person


class Relation(StrEnum):
    """How an earlier contact is related to this one."""

    PERSON = "person"  # the same person, seen before
    ACCOUNT = "account"  # another person of the matched account
    DOMAIN = "domain"  # another person on the same company e-mail domain


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierContact:
    """A contact that was assigned before, with what became of it."""

    contact_id: str
    relation: Relation
    rep: RepId
    status: str  # the assignment's status: "assigned", "accepted", "completed", "rejected", ...
    assigned_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who is working this very contact now: its active assignment."""

    assignment_id: str
    rep: RepId
    pool: PoolName | None
    since: datetime
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchFacts:
    """What the rules may ask about the match."""

    outcome: MatchOutcome
    reason: MatchReason
    score: float
    account_id: AccountId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingFacts:
    """Everything a routing decision is taken on, the clock excepted.

    ``account`` and what hangs on it (``ancestors``, nearest first;
    ``opportunities``; ``activities``) are present only when the match is
    MATCHED: a likely account is not yet the contact's account. ``reps`` holds
    every rep that any fact names, those the rulebook names (`Rulebook.reps`), and
    the managers and covers of these: who is not in it is not known.
    ``country`` is the contact's country as ISO 3166-1 alpha-2, where it could be
    recognised. ``excluded`` are reps who may not get it, because they rejected
    it; ``answers`` says by rule what became of its question or hold (see
    `routing.rules.ask` and `routing.rules.hold`), ``waiting`` until when it waits
    already, so that a further event of the contact does not start the time anew.
    """

    contact: Contact
    email_domain: str | None  # registrable; None for free-mail and when there is none
    match: MatchFacts
    account: AccountFacts | None = None
    ancestors: tuple[AccountFacts, ...] = ()
    opportunities: tuple[Opportunity, ...] = ()
    activities: tuple[Activity, ...] = ()
    earlier: tuple[EarlierContact, ...] = ()  # newest first
    holder: Holder | None = None
    reps: Mapping[RepId, Rep] = field(default_factory=dict)
    country: str | None = None
    email_kind: DomainKind = DomainKind.NONE
    excluded: tuple[RepId, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[str, datetime] = field(default_factory=dict)


# --- rotation ---------------------------------------------------------------


class NobodyPolicy(StrEnum):
    """What a pool does when no member is available."""

    HOLD = "hold"  # keep the contact until someone is
    ASSIGN_ANYWAY = "assign_anyway"  # draw among active members as if all were available
    OVERFLOW = "overflow"  # draw from the overflow pool


class ReturnPolicy(StrEnum):
    """What becomes of the turns that fell to a member who was away."""

    KEEP_POSITION = "keep_position"  # they count as taken: the member comes back to an even share
    CATCH_UP = "catch_up"  # they stay owed: the member comes back to every turn until level


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """How a pool hands out turns. Every axis is explicit; docs/pools.md says what each does."""

    respect_hours: bool = False  # True: a member outside working hours is not available
    nobody: NobodyPolicy = NobodyPolicy.HOLD
    overflow: PoolName | None = None
    keep_holder: bool = True  # a member who already works the contact keeps it and uses no turn
    on_return: ReturnPolicy = ReturnPolicy.KEEP_POSITION


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolMember:
    """A rep's place in a pool.

    ``weight`` is the share of turns (2 gets twice as many as 1; 0 pauses).
    ``turns`` counts the turns drawn; ``credit`` is added to it for comparison:
    turns missed while away, a newcomer's start at the others' level (so nobody
    is flooded), less the turns given back. Whole turns; it may be negative.
    ``last_turn`` orders the members by their latest turn, drawn or missed: it
    is the place of that turn among all of the pool's, 0 if there was none.
    """

    rep: RepId
    weight: int
    turns: int
    credit: int
    last_turn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolState:
    """A pool with the state of its rotation. ``turn`` counts the turns ever drawn."""

    name: PoolName
    settings: PoolSettings
    turn: int
    members: tuple[PoolMember, ...]


class SkipReason(StrEnum):
    """Why a member was passed over in a draw."""

    INACTIVE = "inactive"
    ABSENT = "absent"
    OFF_HOURS = "off_hours"
    PAUSED = "paused"  # weight 0
    EXCLUDED = "excluded"  # the rule or a rejection leaves the rep out
    UNKNOWN = "unknown"  # the member is no rep we know


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A member that was passed over, and why."""

    rep: RepId
    reason: SkipReason
    pool: PoolName | None = None  # where; a draw that overflows passes members of several pools


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
    nobody was available and the pool assigns all the same.
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


# --- the decision -----------------------------------------------------------


class RoutingOutcome(StrEnum):
    """What routing concluded about a contact."""

    ASSIGNED = "assigned"  # one rep has it, with a clock
    HELD = "held"  # kept until a time or until someone is available
    ASKED = "asked"  # a person must answer a question first
    QUEUED = "queued"  # in a named queue, for whoever works it
    REJECTED = "rejected"  # nobody acts, with a code that says why
    SUPERSEDED = "superseded"  # an event older than what was already decided for the contact


class Verdict(StrEnum):
    """What became of a rule in a decision. The explanation has a sentence for every member."""

    WON = "won"
    AGREED = "agreed"  # asked for the same rep or place as the winner
    OUTRANKED = "outranked"  # applied, but another claim stands above it
    NOT_APPLICABLE = "not_applicable"  # a condition does not hold
    EXPIRED = "expired"  # its until has passed
    NOT_YET = "not_yet"  # its from has not come
    NOBODY = "nobody"  # applies, but whom it names does not exist, is inactive or is missing
    OVERTURNED = "overturned"  # stood highest, but the rulebook's conflicts section decided otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The one condition that decided whether a rule applies, with the value it met.

    ``wanted`` and ``actual`` are renderings of values for a person, e.g.
    ``250`` and ``120``; ``actual`` is None when the field is missing. ``also``
    are the further findings the same answer rests on: when alternatives all
    failed, the others; when several conditions all held, the rest of them.
    """

    field: str
    operator: str
    wanted: str
    actual: str | None
    also: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a rule asks for, and what became of it.

    ``kind`` is the rule's outcome kind (``owner_of_account``, ``pool``, ...);
    ``rep``, ``pool``, ``queue``, ``code`` say what it asks for as far as the
    kind has it. Rules that did not apply are listed too, with the finding.
    ``covers`` is the absent rep for whom ``rep`` stands in; ``conflict`` the
    entry of the rulebook's conflicts section that overturned the claim, or made it.
    """

    rule: str
    kind: str
    verdict: Verdict
    rep: RepId | None = None
    pool: PoolName | None = None
    queue: str | None = None
    code: str | None = None
    against: str | None = None  # the rule that outranked or overturned it
    finding: Finding | None = None
    because: str | None = None
    reference: str | None = None
    covers: RepId | None = None
    conflict: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A due time. ``minutes`` is the promise, counted in the named calendar."""

    name: str  # "first_touch", "acceptance", ...
    minutes: int
    calendar: Literal["real", "business"]  # business: the assignee's working hours
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """A person who decided in the place of the rules: who, and the reason given."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingDecision:
    """Who acts on the contact, by when, by which rule, against which other claims.

    ``assignee`` is set exactly when the outcome is ASSIGNED. ``kept`` says that
    the rep already had the contact, so no turn was drawn and no new assignment
    starts. ``claims`` has one entry for each rule of the rulebook, in the
    order of precedence, preceded by one for the conflict that decided, where one
    did. ``until`` is when a hold or a question ends; when it does, ``answers`` of
    the facts gets the rule's entry and the contact is routed again. ``asked`` is
    who must answer ``question``, and ``choices`` what may be answered. ``code`` says
    why it was rejected, or why a pool holds it: ``nobody_available`` or ``unknown_pool``.
    ``hand`` is
    set when a person decided: then ``rule`` is None, and ``claims`` are those of
    the decision that was changed.
    """

    outcome: RoutingOutcome
    rule: str | None
    assignee: RepId | None
    pool: PoolName | None
    queue: str | None
    code: str | None
    until: datetime | None
    kept: bool
    claims: tuple[Claim, ...]
    move: RotationMove | None
    clocks: tuple[Clock, ...]
    notify: tuple[RepId, ...]
    rulebook_version: str
    asked: RepId | None = None
    question: str | None = None
    choices: tuple[str, ...] = ()
    hand: Hand | None = None

    def __post_init__(self) -> None:
        if (self.assignee is not None) != (self.outcome is RoutingOutcome.ASSIGNED):
            raise ValueError(f"{self.outcome} with assignee={self.assignee!r}")
