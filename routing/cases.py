"""What may be written in a test: the situation, and what is expected of it.

`routing.situations` builds facts from it, `routing.testing` runs it.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field as Setting
from pydantic import StrictBool, StrictInt

from matching.types import DomainKind, MatchOutcome, MatchReason, Motion, Scalar
from routing.reading import Node, Place
from routing.sections import Section
from routing.shape import Report, validate
from routing.types.decision import RoutingOutcome, Verdict
from routing.types.facts import ActivationKind, ProgramTier, Relation
from routing.types.pools import Choose, NewcomerPolicy, NobodyPolicy, ResetPolicy, ReturnPolicy, SkipPolicy

DEFAULT_NOW = "2026-06-15T12:00:00+00:00"
"""The clock of tests that give none: a Monday, at noon in UTC."""

_NAME = 80  # characters of a test's name in a message

Moment = str
"""A date, a time, ``3 days ago``, ``in 2 hours`` or ``now``."""


class GivenAbsence(Section):
    """When a rep is away. Without dates: now."""

    start: Moment = Setting(default="1 day ago", alias="from", description="The first moment of the absence.")
    until: Moment = Setting(default="in 1 day", description="The first moment after it.")
    cover: str | None = Setting(default=None, description="The rep who stands in.")


class GivenRep(Section):
    """A rep of the tests."""

    name: str | None = Setting(default=None, description="The name; the id unless given.")
    role: str | None = Setting(default=None, description="AE, SDR, ...")
    team: str | None = Setting(default=None, description="The team.")
    manager: str | None = Setting(default=None, description="The manager's id.")
    time_zone: str = Setting(default="UTC", alias="time zone", description="The rep's own time zone.")
    hours: dict[str, str] | None = Setting(
        default=None,
        description="Working hours by weekdays, e.g. `{mon-fri: 09:00-17:30}`.",
    )
    holidays: str | None = Setting(default=None, description="Whose public holidays the rep has, e.g. `DE`.")
    days_off: list[str] = Setting(default=[], alias="days off", description="Further days without work.")
    active: StrictBool = Setting(default=True, description="Whether the rep is active.")
    absences: list[GivenAbsence] = Setting(default=[], description="When the rep is away.")
    custom: dict[str, Scalar] = Setting(default={}, description="Custom fields.")


class GivenPool(Section):
    """A pool of the tests, before any of its turns unless `turns` says otherwise."""

    members: dict[str, int] | list[str] = Setting(description="The members, or each member's weight.")
    turns: dict[str, int] = Setting(default={}, description="Turns that members have drawn already.")
    nobody: NobodyPolicy = Setting(
        default=NobodyPolicy.HOLD,
        strict=False,
        description="hold, assign_anyway, first_available, overflow, queue or next_rule.",
    )
    overflow: str | None = Setting(default=None, description="The pool asked when nobody is available.")
    queue: str | None = Setting(default=None, description="The queue where nobody is `queue`.")
    within_hours: StrictInt = Setting(
        default=24, alias="within hours", ge=1, le=720, description="How soon, for `first_available`."
    )
    otherwise: NobodyPolicy = Setting(
        default=NobodyPolicy.HOLD, strict=False, description="What then, for `first_available`."
    )
    choose: Choose = Setting(
        default=Choose.TURN_ORDER,
        strict=False,
        description="turn_order, lowest_count, longest_idle or least_open.",
    )
    fit: dict[str, str] = Setting(
        default={}, description="What a rep must share: a field, and the rep's attribute."
    )
    fit_fallback: StrictBool = Setting(
        default=True, alias="fit fallback", description="Who does not fit gets it when nobody does."
    )
    requires: dict[str, Scalar] = Setting(default={}, description="Attributes that a member must have.")
    caps: dict[str, StrictInt] = Setting(default={}, description="Turns a member may have, e.g. `{day: 8}`.")
    pool_caps: dict[str, StrictInt] = Setting(
        default={}, alias="pool caps", description="The same for the pool as a whole."
    )
    used: dict[str, dict[str, StrictInt]] = Setting(
        default={}, description="Turns that members had in the period now, e.g. `{ana: {day: 8}}`."
    )
    open_cap: StrictInt | None = Setting(
        default=None, alias="open cap", description="How many contacts a member may have open."
    )
    open: dict[str, StrictInt] = Setting(default={}, description="How many contacts reps have open.")
    skip_last: StrictInt = Setting(
        default=0, alias="skip last", ge=0, le=50, description="How many who had it last are passed over."
    )
    skip_of: SkipPolicy = Setting(
        default=SkipPolicy.CONTACT, alias="skip of", strict=False, description="contact or account."
    )
    skip_firmly: StrictBool = Setting(
        default=False, alias="skip firmly", description="Also when that leaves nobody."
    )
    respect_hours: StrictBool = Setting(
        default=False, alias="respect hours", description="Skip members outside working hours."
    )
    keep_holder: StrictBool = Setting(
        default=True, alias="keep holder", description="A member who works the contact keeps it."
    )
    on_return: ReturnPolicy = Setting(
        default=ReturnPolicy.KEEP_POSITION,
        alias="on return",
        strict=False,
        description="keep_position or catch_up.",
    )
    ramp: list[StrictInt] = Setting(
        default=[], max_length=36, description="Percent of the weight by month of tenure."
    )
    ramp_from: str | None = Setting(
        default=None,
        alias="ramp from",
        description="The rep's attribute with the first day; else `since`.",
    )
    since: dict[str, Moment] = Setting(
        default={}, description="When members joined, for the ramp; who is left out has no ramp any more."
    )
    newcomers: list[str] = Setting(
        default=[], description="Members who join just now: they start at the others' level, see `newcomer`."
    )
    newcomer: NewcomerPolicy = Setting(
        default=NewcomerPolicy.LEVEL, strict=False, description="level or zero."
    )
    reset: ResetPolicy = Setting(
        default=ResetPolicy.NEVER, strict=False, description="never, weekly, monthly or quarterly."
    )
    reset_at: Moment | None = Setting(
        default=None, alias="reset at", description="When all last started from zero."
    )
    zone: str = Setting(default="UTC", description="Where the pool's days, weeks and months begin.")


class GivenContact(Section):
    """The contact. `email_domain` is the address's domain unless `email_kind` says free mail."""

    external_id: str | None = Setting(default=None, description="The id in the system it came from.")
    email: str | None = Setting(default=None, description="The e-mail address.")
    email_domain: str | None = Setting(default=None, description="The registered company domain.")
    email_kind: DomainKind = Setting(
        default=DomainKind.COMPANY, strict=False, description="company, freemail, disposable, ..."
    )
    first_name: str | None = Setting(default=None, description="The first name.")
    last_name: str | None = Setting(default=None, description="The last name.")
    company: str | None = Setting(default=None, description="The company name as typed.")
    website: str | None = Setting(default=None, description="The website as given.")
    country: str | None = Setting(default=None, description="The country.")
    state: str | None = Setting(default=None, description="The state.")
    city: str | None = Setting(default=None, description="The city.")
    phone: str | None = Setting(default=None, description="The phone number.")
    title: str | None = Setting(default=None, description="The job title.")
    employees: int | None = Setting(default=None, description="The head count the contact gave.")
    source: str | None = Setting(default=None, description="Where it came from.")
    motion: Motion | None = Setting(default=None, strict=False, description="inbound or outbound.")
    account_id: str | None = Setting(default=None, description="The account it carries in the CRM.")
    occurred_at: Moment | None = Setting(default=None, description="When it happened.")
    custom: dict[str, Scalar] = Setting(default={}, description="Custom fields.")


class GivenMatch(Section):
    """What the matcher said, where it matters."""

    outcome: MatchOutcome | None = Setting(
        default=None, strict=False, description="matched, review or unmatched; from `account` unless given."
    )
    reason: MatchReason | None = Setting(default=None, strict=False, description="Why.")
    score: float | None = Setting(default=None, description="The probability, 0 to 1.")


class GivenProgram(Section):
    """The place of an account in the account-based program."""

    tier: ProgramTier | None = Setting(
        default=None, strict=False, description="strategic, one_to_few or one_to_many."
    )
    group: str | None = Setting(default=None, description="The group it is worked with.")
    segment: str | None = Setting(default=None, description="The segment of the group.")
    region: str | None = Setting(default=None, description="The region of the group.")
    vertical: str | None = Setting(default=None, description="The vertical of the group.")
    persona: str | None = Setting(default=None, description="The persona the group is about.")
    since: Moment | None = Setting(default=None, description="Since when.")
    until: Moment | None = Setting(
        default=None, description="When it ends; from then on the account is outside the program."
    )


class GivenEngagement(Section):
    """What signals say of an account."""

    score: float | None = Setting(default=None, description="Its score now.")
    people: int | None = Setting(default=None, description="How many of its people engaged lately.")
    stage: str | None = Setting(default=None, description="The buying stage said last.")
    topic: str | None = Setting(default=None, description="The topic said last.")


class GivenActivation(GivenEngagement):
    """That signals activated the account, and how it stood then."""

    kind: ActivationKind | None = Setting(
        default=None, strict=False, description="people, score or stage: what activated it."
    )


class GivenAccount(Section):
    """An account with who is responsible for it at that moment."""

    id: str | None = Setting(default=None, description="The external id.")
    name: str | None = Setting(default=None, description="The name.")
    country: str | None = Setting(default=None, description="The country.")
    state: str | None = Setting(default=None, description="The state.")
    city: str | None = Setting(default=None, description="The city.")
    lifecycle: str | None = Setting(default=None, description="customer, prospect, ...")
    tier: str | None = Setting(default=None, description="The tier.")
    segment: str | None = Setting(default=None, description="The segment.")
    employees: int | None = Setting(default=None, description="The head count.")
    owner: str | None = Setting(default=None, description="The owner's id.")
    owner_since: Moment | None = Setting(default=None, description="Since when.")
    team: dict[str, str] = Setting(default={}, description="The reps by role.")
    program: GivenProgram | None = Setting(default=None, description="Its place in the program.")
    engagement: GivenEngagement | None = Setting(default=None, description="What signals say of it.")
    custom: dict[str, Scalar] = Setting(default={}, description="Custom fields.")


class GivenOpportunity(Section):
    """An opportunity; open unless it has a `closed_at` or `won`."""

    owner: str | None = Setting(default=None, description="The owner's id.")
    stage: str | None = Setting(default=None, description="The stage.")
    kind: str | None = Setting(default=None, description="new, renewal, expansion, ...")
    amount: float | int | None = Setting(default=None, description="The amount.")
    opened_at: Moment = Setting(default="10 days ago", description="When it was opened.")
    closed_at: Moment | None = Setting(default=None, description="When it was closed.")
    won: StrictBool | None = Setting(default=None, description="Whether it was won.")
    expected_close_at: Moment | None = Setting(default=None, description="When it is expected to close.")


class GivenActivity(Section):
    """Something that was done."""

    rep: str | None = Setting(default=None, description="The rep's id.")
    kind: str = Setting(default="email", description="email, call, meeting, ...")
    direction: Literal["inbound", "outbound", "both"] = Setting(
        default="outbound", description="Who started it."
    )
    at: Moment = Setting(default="1 day ago", description="When.")
    contact_id: str | None = Setting(default=None, description="The contact it was with.")


class GivenEarlier(Section):
    """A contact that was assigned before."""

    rep: str = Setting(description="The rep who got it.")
    contact_id: str = Setting(default="earlier", description="Its external id.")
    relation: Relation = Setting(
        default=Relation.DOMAIN, strict=False, description="person, account or domain."
    )
    status: str = Setting(default="accepted", description="What became of it.")
    assigned_at: Moment = Setting(default="10 days ago", description="When it was assigned.")


class GivenCampaign(Section):
    """A campaign that the person is a member of."""

    name: str = Setting(default="campaign", description="Its name.")
    status: str | None = Setting(default=None, description="The status in it.")
    joined_at: Moment | None = Setting(default=None, description="Since when.")
    play: str | None = Setting(default=None, description="The play it is.")
    account_id: str | None = Setting(default=None, description="The account it was made for.")
    running: StrictBool | None = Setting(default=None, description="Whether it runs now.")


class GivenHolder(Section):
    """Who works this very contact now."""

    rep: str = Setting(description="The rep's id.")
    pool: str | None = Setting(default=None, description="The pool it came from.")
    since: Moment = Setting(default="1 day ago", description="Since when.")


class Fixtures(Section):
    """What all tests of a file share."""

    now: Moment = Setting(default=DEFAULT_NOW, description="The clock.")
    reps: dict[str, GivenRep] = Setting(default={}, description="Reps by id.")
    pools: dict[str, GivenPool | list[str]] = Setting(
        default={}, description="Pools by name: members, or more."
    )
    accounts: dict[str, GivenAccount] = Setting(default={}, description="Accounts by name.")


class Given(Section):
    """The situation of one test. What is left out has a sensible value."""

    contact: GivenContact = Setting(default=GivenContact(), description="The contact.")
    match: GivenMatch = Setting(default=GivenMatch(), description="What the matcher said.")
    account: GivenAccount | str | None = Setting(
        default=None, description="The matched account, or the name of one of the fixtures."
    )
    ancestors: list[GivenAccount | str] = Setting(
        default=[], description="The accounts above it, nearest first."
    )
    opportunities: list[GivenOpportunity] = Setting(default=[], description="The account's opportunities.")
    activities: list[GivenActivity] = Setting(default=[], description="What was done.")
    earlier: list[GivenEarlier] = Setting(default=[], description="Contacts assigned before.")
    holder: GivenHolder | str | None = Setting(default=None, description="Who works this contact now.")
    candidates: list[GivenAccount | str] = Setting(
        default=[], description="The accounts between which the match cannot choose, best first."
    )
    campaigns: list[GivenCampaign] = Setting(default=[], description="The campaigns of the person.")
    activation: GivenActivation | None = Setting(
        default=None, description="What activated the account, where signals brought it and no person."
    )
    reps: dict[str, GivenRep] = Setting(default={}, description="Reps by id, instead of the fixtures'.")
    pools: dict[str, GivenPool | list[str]] = Setting(
        default={}, description="Pools, instead of the fixtures'."
    )
    absent: list[str] | dict[str, GivenAbsence | str | None] = Setting(
        default=[], description="Who is absent now; with the cover's id where there is one."
    )
    inactive: list[str] = Setting(default=[], description="Who is inactive.")
    excluded: list[str] = Setting(default=[], description="Who has rejected this contact.")
    waiting: dict[str, Moment] = Setting(
        default={}, description="Until when it waits already, by the rule that holds it or asked."
    )
    answers: dict[str, str] = Setting(
        default={},
        description="What became of a rule's question or hold, by its step: the answer, `silence` or "
        "`over`; the step is the rule's id, then `RULE/ANSWER` for what follows.",
    )


class Expected(Section):
    """What a test expects. What is left out may be anything."""

    outcome: RoutingOutcome | None = Setting(
        default=None, strict=False, description="assigned, held, asked, queued or rejected."
    )
    rule: str | None = Setting(
        default=None,
        description="The id of the rule that decides; of the conflict, where its `then` decides.",
    )
    assignee: str | None = Setting(default=None, description="The rep who gets the contact.")
    pool: str | None = Setting(default=None, description="The pool it comes from.")
    queue: str | None = Setting(default=None, description="The queue.")
    code: str | None = Setting(default=None, description="The code of a rejection or a hold.")
    asked: str | None = Setting(default=None, description="The rep who is asked.")
    kept: StrictBool | None = Setting(default=None, description="Whether the rep had the contact already.")
    until: str | None = Setting(default=None, description="When a hold or a question ends.")
    notify: list[str] | None = Setting(default=None, description="Who is told besides, in any order.")
    partner: str | None = Setting(default=None, description="The rep who works it with the assignee.")
    advice: list[str] | None = Setting(
        default=None,
        description="What the CRM is advised to do, e.g. `convert contact` or `merge earlier contact`.",
    )
    credit: dict[str, dict[str, float | int]] | None = Setting(
        default=None, description="Credit by kind: each rep's share, e.g. `{sourced: {ana: 1}}`."
    )
    due: dict[str, str] | str | None = Setting(default=None, description="When clocks run out, by name.")
    verdicts: dict[str, Verdict | str] = Setting(default={}, description="What became of rules, by id.")


class TestCase(Section):
    """A test: a situation and what is expected of it."""

    __test__ = False

    name: str = Setting(min_length=1, description="What the test shows, in words.")
    because: str | None = Setting(default=None, description="Why it must be so.")
    reference: str | list[str] | None = Setting(default=None, description="The clause it proves.")
    now: str | None = Setting(default=None, description="The clock; that of the fixtures unless given.")
    given: Given = Setting(default=Given(), description="The situation.")
    expect: Expected = Setting(description="What must come out.")


def read_case(node: Node, number: int, report: Report) -> TestCase | None:
    """Read the ``number``-th test of a list. Every fault is reported with its name, then None is returned."""
    name = (node.mapping or {}).get("name")
    called = f"test '{name.raw[:_NAME]}'" if name is not None and name.raw else f"test {number}"

    def told(place: Node | Place, code: str, message: str, hint: str | None = None) -> None:
        report(place, code, f"{called}: {message}", hint)

    return validate(TestCase, node, "a test", told)


class TestFile(Section):
    """A ``*_test.yaml`` file beside a rulebook."""

    __test__ = False

    rulebook: str | None = Setting(default=None, description="The rulebook's path, for the command line.")
    fixtures: Any = Setting(default=None, description="What its tests share, on top of the rulebook's.")
    tests: list[Any] = Setting(min_length=1, description="The tests.")
