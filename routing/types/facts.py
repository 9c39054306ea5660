"""Facts: what was true when a decision was taken.

They are stored with it, so that replaying them under the same rulebook gives the same decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from matching.types import AccountId, Contact, DomainKind, MatchOutcome, MatchReason, Scalar
from routing.types.people import Hand, Rep, RepId
from routing.types.pools import PoolName


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
