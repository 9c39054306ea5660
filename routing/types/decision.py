"""The decision: what every rule claimed, what became of it, and who acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from routing.types.clocks import Clock
from routing.types.people import Hand, RepId
from routing.types.pools import PoolName
from routing.types.rotation import RotationMove

FALLBACK = "fallback"
"""The id under which the fallback appears among the claims."""


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
