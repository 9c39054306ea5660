"""What is shown of engagement: accounts by their score, and one account with why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from routing.types.facts import ProgramTier
from service.db.engagement import activations, people, ranking, standing, sums
from service.db.engagement.activations import Activation, Reason
from service.db.engagement.ranking import Behind, Ranked
from service.db.engagement.standing import Engaged, Stage
from service.db.program import placements
from service.db.program import settings as stored
from service.engagement.activating import reasons
from service.engagement.core.days import day_of, start_of
from service.engagement.core.score import WHOLE, points
from service.program.core.settings import Engagement
from service.program.core.tiers import in_force

DAYS = 90
"""Days of which an account's signals are shown by day."""
_PEOPLE = 50
_ACTIVATIONS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagedAccount:
    """An account with signals, as it stands now. ``people`` engaged in the last days of the settings."""

    account: str
    name: str | None
    tier: ProgramTier | None
    score: float
    people: int
    stage: str | None
    topic: str | None
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KindPoints:
    """What the signals of a kind count now, in points."""

    kind: str
    points: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalDay:
    """The signals of a kind on a day of UTC; ``strength`` is how many of full strength they make."""

    day: str
    kind: str
    signals: int
    strength: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EngagementDetail:
    """One account with why: points by kind, the signals that count most, its people, what it activated."""

    account: str
    name: str | None
    tier: ProgramTier | None
    score: float
    people: int
    people_days: int
    stage: str | None
    topic: str | None
    last_at: datetime | None
    kinds: Sequence[KindPoints]
    stages: Sequence[Stage]
    engaged: Sequence[str]
    why: Sequence[Reason]
    days: Sequence[SignalDay]
    activations: Sequence[Activation]


def ranked(
    connection: Connection,
    now: datetime,
    *,
    tier: ProgramTier | None = None,
    behind: Behind | None = None,
    limit: int = 100,
) -> list[tuple[Ranked, EngagedAccount]]:
    """Accounts by their score now, the highest first, each with its place in the ranking."""
    settings = stored.current(connection).engagement
    found = ranking.page(connection, settings, now, tier=tier, behind=behind, limit=limit)
    stood = standing.of_accounts(connection, [each.account for each in found], settings, now)
    return [(each, _shown(each, stood[each.account])) for each in found if each.account in stood]


def detail(connection: Connection, account: str, now: datetime) -> EngagementDetail | None:
    """One account; None where there is neither such an account nor a signal of it."""
    settings = stored.current(connection).engagement
    names = placements.about(connection, [account])
    stood = standing.of_accounts(connection, [account], settings, now).get(account)
    if stood is None and account not in names:
        return None
    held = in_force(placements.timeline(connection, account), now)
    today = day_of(now)
    return EngagementDetail(
        account=account,
        name=names[account].name if account in names else None,
        tier=held.tier if held else None,
        score=stood.score if stood else 0.0,
        people=stood.people if stood else 0,
        people_days=settings.people_days,
        stage=stood.stage if stood else None,
        topic=stood.topic if stood else None,
        last_at=stood.last_at if stood else None,
        kinds=_kinds(stood, settings, today),
        stages=stood.stages if stood else (),
        engaged=people.engaged(connection, account, today - settings.people_days, _PEOPLE),
        why=reasons(connection, account, settings, now),
        days=days(connection, account, today - DAYS, today),
        activations=activations.page(
            connection, activations.Wanted(account=account), before=None, limit=_ACTIVATIONS
        ),
    )


def days(connection: Connection, account: str, after: int, until: int) -> list[SignalDay]:
    """The signals of an account by day and kind, of the days behind ``after`` up to and with ``until``."""
    return [
        SignalDay(
            day=start_of(each.day).date().isoformat(),
            kind=each.kind,
            signals=each.signals,
            strength=each.weight / WHOLE,
        )
        for each in sums.by_day(connection, account, after, until)
    ]


def _kinds(stood: Engaged | None, settings: Engagement, today: int) -> list[KindPoints]:
    found = [
        KindPoints(kind=each.kind, points=round(points(each, settings, today), 3))
        for each in (stood.sums if stood else ())
    ]
    return sorted(found, key=lambda each: (-each.points, each.kind))


def _shown(place: Ranked, stood: Engaged) -> EngagedAccount:
    return EngagedAccount(
        account=place.account,
        name=place.name,
        tier=place.tier,
        score=stood.score,
        people=stood.people,
        stage=stood.stage,
        topic=stood.topic,
        last_at=stood.last_at,
    )
