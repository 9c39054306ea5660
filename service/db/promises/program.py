"""What is promised of the account-based program: tiers, plans, campaigns, nominations, signals, reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, case, exists, func, or_, select

from routing.types.facts import ProgramTier
from service.db.program import placements
from service.db.program import settings as settings_db
from service.db.program.settings import DEFAULTS, Version
from service.db.promises.check import Check, Finding, broken
from service.db.tables import (
    account_report,
    activation,
    program_campaign,
    program_meeting,
    program_member,
    program_nomination,
    program_placement,
    program_plan,
    signal,
    signal_account,
    signal_day,
)
from service.program.core.plans import CampaignState
from service.program.core.review import State
from service.records.known_by import EMAIL, ID

CAP = "the strategic tier never has more accounts than it has places"
TIERS = "an account is in one tier at a time"
PLANS = "a strategic account has one plan, which ends when it leaves the tier"
CAMPAIGNS = "of the personalised campaigns of an account one runs at a time, and at its time"
MEMBERS = "a person is in a campaign once, under what she is known by"
NOMINATIONS = "a nomination that is approved has its place, and those that wait are in one order"
ACTIVATIONS = "an account is activated once in a period"
SIGNALS = "what reports count of signals is what was taken in"
REPORTS = "a report that was asked for is made"

LATE = timedelta(hours=1)
"""How long what a timer does may be behind its time, before it counts as not done."""
_FIRST = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

_other = program_placement.alias()
_running = program_campaign.alias()
_earlier = activation.alias()
_place, _nomination, _plan = program_placement.c, program_nomination.c, program_plan.c
_known_by = case(
    (program_member.c.contact.is_not(None), ID + program_member.c.contact),
    else_=EMAIL + program_member.c.email,
)
_by_day = (
    select(
        signal_day.c.account,
        func.sum(signal_day.c.signals).label("signals"),
        func.sum(signal_day.c.weight).label("weight"),
    )
    .group_by(signal_day.c.account)
    .subquery()
)
_raw = (
    select(signal.c.account, func.count().label("signals"), func.sum(signal.c.weight).label("weight"))
    .where(signal.c.account.is_not(None))
    .group_by(signal.c.account)
    .subquery()
)

CHECKS = (
    Check(
        promise=TIERS,
        query=select(_place.account, _place.starts).join(
            _other,
            and_(
                _other.c.account == _place.account,
                _other.c.id != _place.id,
                _other.c.starts <= _place.starts,
                or_(_other.c.until.is_(None), _other.c.until > _place.starts),
            ),
        ),
        row=lambda row: f"account {row.account} from {row.starts:%Y-%m-%d %H:%M}",
        detail="two of its tiers hold at once",
    ),
    Check(
        promise=PLANS,
        query=select(_plan.account)
        .where(_plan.ended_at.is_(None))
        .group_by(_plan.account)
        .having(func.count() > 1),
        row=lambda row: f"account {row.account}",
        detail="it has several open plans",
    ),
    Check(
        promise=PLANS,
        query=select(program_meeting.c.id).where(
            ~exists().where(program_plan.c.id == program_meeting.c.plan_id)
        ),
        row=lambda row: f"meeting {row.id}",
        detail="its plan is not there",
    ),
    Check(
        promise=CAMPAIGNS,
        query=select(program_campaign.c.id)
        .join(
            _running,
            and_(
                _running.c.account == program_campaign.c.account,
                _running.c.id < program_campaign.c.id,
                _running.c.personalised,
                _running.c.state == CampaignState.ACTIVE,
            ),
        )
        .where(program_campaign.c.personalised, program_campaign.c.state == CampaignState.ACTIVE),
        row=lambda row: f"campaign {row.id}",
        detail="another personalised campaign of its account runs as well",
    ),
    Check(
        promise=MEMBERS,
        query=select(program_member.c.campaign_id, program_member.c.person).where(
            or_(
                program_member.c.person != func.coalesce(_known_by, ""),
                ~exists().where(program_campaign.c.id == program_member.c.campaign_id),
            )
        ),
        row=lambda row: f"member {row.person} of campaign {row.campaign_id}",
        detail="it is under another name than its contact or address, or its campaign is not there",
    ),
    Check(
        promise=NOMINATIONS,
        query=select(_nomination.quarter, _nomination.place)
        .where(_nomination.state == State.WAITLISTED)
        .group_by(_nomination.quarter, _nomination.place)
        .having(or_(func.count() > 1, _nomination.place.is_(None))),
        row=lambda row: f"place {row.place} on the waitlist for {row.quarter}",
        detail="not one nomination has it",
    ),
    Check(
        promise=NOMINATIONS,
        query=select(_place.account, _place.starts, _place.nomination)
        .join(program_nomination, _nomination.id == _place.nomination)
        .where(
            _place.tier == ProgramTier.STRATEGIC,
            _place.starts >= _nomination.starts,
            _nomination.state.not_in((State.APPROVED, State.ACTIVE)),
        ),
        row=lambda row: f"account {row.account} from {row.starts:%Y-%m-%d %H:%M}",
        detail="it has a place by a nomination that is not approved",
    ),
    Check(
        promise=ACTIVATIONS,
        query=select(activation.c.id).join(
            _earlier,
            and_(
                _earlier.c.account == activation.c.account,
                _earlier.c.id != activation.c.id,
                _earlier.c.at <= activation.c.at,
                _earlier.c.until > activation.c.at,
            ),
        ),
        row=lambda row: f"activation {row.id}",
        detail="the account was activated while another stood",
    ),
    Check(
        promise=SIGNALS,
        query=select(_raw.c.account)
        .outerjoin(_by_day, _by_day.c.account == _raw.c.account)
        .outerjoin(signal_account, signal_account.c.account == _raw.c.account)
        .where(
            or_(
                func.coalesce(_by_day.c.signals, 0) != _raw.c.signals,
                func.coalesce(_by_day.c.weight, 0) != _raw.c.weight,
                func.coalesce(signal_account.c.signals, 0) != _raw.c.signals,
            )
        ),
        row=lambda row: f"account {row.account}",
        detail="its sums by day are not those of its signals",
    ),
    Check(
        promise=SIGNALS,
        query=select(_by_day.c.account)
        .outerjoin(_raw, _raw.c.account == _by_day.c.account)
        .where(_raw.c.account.is_(None)),
        row=lambda row: f"account {row.account}",
        detail="it has sums by day, but no signals",
    ),
)


def checks(now: datetime) -> tuple[Check, ...]:
    """Every check of this module that is one statement, at a moment."""
    late = now - LATE
    return (
        *CHECKS,
        Check(
            promise=PLANS,
            query=select(_plan.id).where(
                _plan.ended_at.is_(None),
                ~exists().where(
                    _place.account == _plan.account,
                    _place.tier == ProgramTier.STRATEGIC,
                    or_(_place.until.is_(None), _place.until > late),
                ),
            ),
            row=lambda row: f"plan {row.id}",
            detail="it is open, but its account is not strategic: does a worker run?",
        ),
        Check(
            promise=CAMPAIGNS,
            query=select(program_campaign.c.id).where(
                program_campaign.c.state.in_((CampaignState.PLANNED, CampaignState.ACTIVE)),
                program_campaign.c.until < late,
            ),
            row=lambda row: f"campaign {row.id}",
            detail="its time is over, but it is not: does a worker run?",
        ),
        Check(
            promise=NOMINATIONS,
            query=select(_nomination.id).where(
                _nomination.state == State.APPROVED,
                ~exists().where(
                    _place.nomination == _nomination.id,
                    _place.tier == ProgramTier.STRATEGIC,
                    _place.starts == _nomination.starts,
                ),
            ),
            row=lambda row: f"nomination {row.id}",
            detail="it is approved, but its account has no place in the quarter",
        ),
        Check(
            promise=NOMINATIONS,
            query=select(_nomination.id).where(
                _nomination.state.in_((State.NOMINATED, State.WAITLISTED, State.APPROVED)),
                _nomination.starts < late,
            ),
            row=lambda row: f"nomination {row.id}",
            detail="its quarter has begun, but it was not settled: does a worker run?",
        ),
        Check(
            promise=REPORTS,
            query=select(account_report.c.id).where(
                account_report.c.made_at.is_(None), account_report.c.asked_at < late
            ),
            row=lambda row: f"report {row.id}",
            detail="it was asked for, but it is not made: does a worker run?",
        ),
    )


def findings(connection: Connection, now: datetime) -> Iterator[Finding]:
    """What breaks a promise of the program."""
    yield from broken(connection, checks(now))
    yield from _over_the_cap(connection)


def _over_the_cap(connection: Connection) -> Iterator[Finding]:
    """The terms at whose beginning there were more accounts than places.

    What counts is the cap when the last of them was decided: one that was lowered later ends no term.
    """
    versions = settings_db.history(connection, limit=10_000)
    terms = placements.terms(connection, _FIRST, None)
    for term in terms:
        held = [each for each in terms if each.holds(term.starts)]
        cap = _cap(versions, max(each.decided_at for each in held))
        if len({each.account for each in held}) > cap:
            where = f"account {term.account} from {term.starts:%Y-%m-%d %H:%M}"
            detail = f"{len(held)} accounts are strategic then, of {cap} places"
            yield Finding(promise=CAP, row=where, detail=detail)


def _cap(versions: Sequence[Version], at: datetime) -> int:
    """The places that the settings in force at a moment gave; ``versions`` are the newest first."""
    known = (each for each in versions if each.at is not None and each.at <= at)
    return next(known, DEFAULTS).settings.strategic_cap
