"""Reports that are to be made: asked for in the transaction of what calls for them, made by a timer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection

from routing.types.facts import ProgramTier
from service.account_report.values import Reason
from service.audit.log import SYSTEM
from service.db import timers
from service.db.account_reports import stored
from service.db.account_reports.stored import Kept
from service.db.program import placements
from service.db.timers import Wanted
from service.program.core.tiers import in_force

TIMER = "program.report"
SPAN = timedelta(weeks=13)
"""What a report is about unless it is said: a quarter's weeks, back from now."""
_PREFIX = "report:"


def ask(connection: Connection, accounts: Iterable[str], reason: Reason, subject: str, now: datetime) -> None:
    """Have a worker make a report on each account, once for a reason and subject."""
    for account in accounts:
        name = sha256(f"{account}\n{reason}\n{subject}".encode()).hexdigest()[:32]
        wanted = Kept(
            id=name,
            account=account,
            reason=reason,
            subject=subject,
            since=now - SPAN,
            until=now,
            asked_by=SYSTEM,
            asked_at=now,
        )
        if stored.ask(connection, wanted):
            timers.put(connection, [Wanted(kind=TIMER, subject=f"{_PREFIX}{name}", due_at=now)])


def after_campaign(connection: Connection, account: str, now: datetime) -> None:
    """Ask for the report after the first campaign of an account's term; later ones change nothing."""
    held = in_force(placements.timeline(connection, account), now)
    if held is not None and held.tier is ProgramTier.STRATEGIC:
        ask(connection, [account], Reason.CAMPAIGN, f"term of {held.starts:%Y-%m-%d}", now)


def report_of(subject: str) -> str:
    """The report that a timer is about."""
    return subject.removeprefix(_PREFIX)
