"""The values that flow through routing: facts in, claims judged, decision out.

Facts are what was true when the decision was taken; they are stored with it,
so that replaying them under the same rulebook gives the same decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
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


class Handback(StrEnum):
    """What becomes, when an absence ends, of the contacts that the cover was given in its time."""

    RETURN = "return"  # what is still open goes back to who was away
    UNTOUCHED = "untouched"  # only what the cover has not begun to work goes back
    STAY = "stay"  # it stays with the cover


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A time a rep is away, half-open: from ``start`` up to, not including, ``until``."""

    start: datetime
    until: datetime
    cover: RepId | None = None  # who stands in for what the rep owns
    reason: str | None = None
    handback: Handback = Handback.RETURN


@dataclass(frozen=True, slots=True, kw_only=True)
class Offline:
    """A rep's switch, off: from ``since`` up to ``until``, or (None) until somebody switches it on."""

    since: datetime
    until: datetime | None = None
    reason: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A time in the rep's calendar that is taken, half-open: a meeting, not an absence."""

    start: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkCalendar:
    """Working hours that a rulebook names, such as those of a team. The fields are as in `Rep`."""

    name: str
    time_zone: str = "UTC"
    working_hours: tuple[WorkBlock, ...] = ()
    holidays: str | None = None
    days_off: tuple[date, ...] = ()
    days_on: tuple[date, ...] = ()
    absences: tuple[Absence, ...] = ()  # times at which nobody of the team works


@dataclass(frozen=True, slots=True, kw_only=True)
class Rep:
    """A person who can own contacts. AE, SDR, AM, CSM are roles.

    ``holidays`` is the place whose public holidays the rep has, as ISO 3166
    (``DE``, ``DE-BE``); ``days_off`` are further days without work, ``days_on``
    days that are worked although they are a holiday; all on the rep's own calendar.
    """

    id: RepId
    name: str
    email: str | None = None
    role: str | None = None
    team: str | None = None
    manager: RepId | None = None
    time_zone: str = "UTC"  # IANA name
    working_hours: tuple[WorkBlock, ...] = ()  # empty: always working
    absences: tuple[Absence, ...] = ()
    holidays: str | None = None
    days_off: tuple[date, ...] = ()
    days_on: tuple[date, ...] = ()
    offline: Offline | None = None
    busy: tuple[Busy, ...] = ()  # meetings about now, where the rep's calendar says that they count
    active: bool = True
    custom: Mapping[str, Scalar] = field(default_factory=dict)
    caps: tuple[Cap, ...] = ()  # turns over all pools, in periods of the rep's own zone
    open_cap: int | None = None  # contacts the rep may have open before pools pass the rep over


# --- facts ------------------------------------------------------------------


class ProgramTier(StrEnum):
    """How an account of the account-based program is worked."""

    STRATEGIC = "strategic"  # by itself (1:1); few at a time
    ONE_TO_FEW = "one_to_few"  # with a few alike, programmatic
    ONE_TO_MANY = "one_to_many"  # with many alike, programmatic


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramPlace:
    """An account's place in the account-based program, in force at the moment of the decision.

    ``group`` names the accounts it is worked with, made of the parts that follow; a
    strategic account has none. ``until`` is when it ends by itself.
    """

    tier: ProgramTier | None = None
    group: str | None = None
    segment: str | None = None
    region: str | None = None
    vertical: str | None = None
    persona: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class ActivationKind(StrEnum):
    """What activated an account."""

    PEOPLE = "people"  # several of its people engaged
    SCORE = "score"  # its score crossed the threshold
    STAGE = "stage"  # it came into a buying stage that counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """What signals say of an account at the moment of the decision.

    ``score`` is decayed to that moment; ``people`` engaged in the last days, as the program's settings
    count them; ``stage`` and ``topic`` are those that were said last.
    """

    score: float | None = None
    people: int | None = None
    stage: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """That signals activated an account, and how it stood then; what stands in for a contact is about it."""

    kind: ActivationKind | None = None
    score: float | None = None
    people: int | None = None
    stage: str | None = None
    topic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """An account as the rules see it at the moment of the decision.

    ``owner``, ``team``, ``tier`` and ``program`` are those in force at that moment:
    their from/until have been applied. ``program`` is None outside the program.
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
    program: ProgramPlace | None = None
    engagement: Engagement | None = None  # None: no signal was ever heard


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
    expected_close_at: datetime | None = None  # the forecast while it is open


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
class Membership:
    """A campaign that the person is a member of. ``account_id`` is set of one made for one account."""

    name: str
    status: str | None = None
    joined_at: datetime | None = None
    play: str | None = None
    account_id: AccountId | None = None
    running: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who is working this very contact now: its active assignment; by ``hand``, where a person gave it."""

    assignment_id: str
    rep: RepId
    pool: PoolName | None
    since: datetime
    due_at: datetime | None = None
    hand: Hand | None = None


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
    it; ``answers`` says by step what became of a rule's question or hold (see
    `routing.steps`), ``waiting`` by rule until when it waits
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
    candidates: tuple[AccountFacts, ...] = ()  # those a match in review cannot choose between, best first
    campaigns: tuple[Membership, ...] = ()
    used: Mapping[str, int] = field(default_factory=dict)  # minutes of clocks that carry on, by name
    activation: Activation | None = None  # what brought it, where that was no person


# --- rotation ---------------------------------------------------------------


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


class Per(StrEnum):
    """The time over which a cap counts, in calendar periods of the zone; the last two are not periods."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"  # from Monday
    MONTH = "month"
    DAYS_30 = "30_days"  # the 30 times 24 hours just gone
    TOTAL = "total"  # ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most ``most`` turns (0 or more) in a period."""

    per: Per
    most: int


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
    partner: RepId | None = None


class AdviceKind(StrEnum):
    """What the CRM should do with the record, besides giving it to somebody."""

    CONVERT = "convert"  # turn the lead into a contact of the account, the opportunity, ...
    MERGE = "merge"  # join it with the record that is there already


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What the CRM should do with the record. Muster changes no CRM by itself: it says so in the message.

    ``into`` is what it becomes part of, in the rulebook's words (``account``,
    ``open opportunity``, ``earlier contact``, ...), ``id`` the external id of that
    record, None where the facts name none. ``survivor`` says which record stays.
    """

    kind: AdviceKind
    into: str
    id: str | None
    survivor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Whose success a contact is, for one kind of credit. ``share`` is above 0 and at most 1.

    The shares of one kind in one decision never add up to more than 1.
    """

    kind: str
    rep: RepId
    share: float
    rule: str


class Then(StrEnum):
    """What a clock that ran out does with the contact."""

    NOTHING = "nothing"  # it stays where it is
    REASSIGN = "reassign"  # the rules decide again, without those who had it
    MANAGER = "manager"  # the rep's manager gets it
    QUEUE = "queue"  # it is put into a queue


class Transfer(StrEnum):
    """What a clock does when the contact changes hands."""

    RESTART = "restart"  # the new rep has the whole time
    CARRY_ON = "carry_on"  # the new rep has what is left of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What belongs to a promise besides its time.

    ``hours`` is the named calendar that business time is counted in; None: the
    assignee's own hours. ``remind`` are minutes before the due time, the earliest
    reminder first. ``escalate`` says who is told when time is up: ``manager`` or
    reps by id. After ``hops`` reps have missed it, ``last`` happens in the place
    of ``then``; ``queue`` is the queue that one of the two names.
    """

    hours: WorkCalendar | None = None
    remind: tuple[int, ...] = ()
    escalate: tuple[str, ...] = ()
    then: Then = Then.NOTHING
    hops: int = 3
    last: Then = Then.MANAGER
    queue: str | None = None
    transfer: Transfer = Transfer.RESTART


PLAIN = Terms()
"""A due time and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A due time. ``minutes`` is the promise, counted in the named calendar.

    ``used`` are the minutes of it that reps before this one had, where it carries on;
    ``remind_at`` when the rep is reminded.
    """

    name: str  # "first_touch", "acceptance", ...
    minutes: int
    calendar: Literal["real", "business"]  # business: the working hours of the assignee, or of the terms
    due_at: datetime
    terms: Terms = PLAIN
    used: int = 0
    remind_at: tuple[datetime, ...] = ()


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
    starts. ``claims`` has one entry for each rule of the rulebook (of a book of more
    than `routing.compiled.LISTED` rules: for each that applied), in the
    order of precedence, preceded by one for the conflict that decided, where one
    did. ``until`` is when a hold or a question ends; when it does, ``answers`` of
    the facts gets the rule's entry and the contact is routed again. ``asked`` is
    who must answer ``question``, and ``choices`` what may be answered. ``code`` says
    why it was rejected, or why a pool holds it: ``nobody_available`` or ``unknown_pool``.
    ``step`` names the question or the wait that the decision stands at: what becomes of it is noted
    in ``answers`` under that name. ``partner`` works the contact with the assignee, ``advice`` is
    what the CRM should do with the record, ``credits`` whose success it is. ``hand`` is
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
    passed: tuple[RotationMove, ...] = ()  # of pools that had nobody and left it to the next rule
    step: str | None = None
    partner: RepId | None = None
    advice: tuple[Advice, ...] = ()
    credits: tuple[Credit, ...] = ()

    def __post_init__(self) -> None:
        if (self.assignee is not None) != (self.outcome is RoutingOutcome.ASSIGNED):
            raise ValueError(f"{self.outcome} with assignee={self.assignee!r}")
