"""The program at a glance: the quarters, the places, who is in which tier, how nominations stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from routing.types.facts import ProgramTier
from service.db.program import nominations, placements, teams
from service.db.program import settings as stored
from service.program.core import quarters
from service.program.core.quarters import Quarter
from service.program.core.review import State
from service.program.core.settings import ProgramSettings
from service.program.core.tiers import Placement, most_at_once


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An account of the program as it is at a moment, with those who work it by their roles."""

    account: str
    name: str | None
    tier: ProgramTier
    group: str | None
    segment: str | None
    region: str | None
    vertical: str | None
    persona: str | None
    since: datetime
    until: datetime | None
    reason: str
    decided_by: str
    team: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """How many strategic places a quarter has, and how many are taken at its fullest moment."""

    all: int
    taken: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCount:
    """How many accounts a tier and group has now."""

    tier: ProgramTier
    group: str | None
    accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The program now. ``window`` says whether nominations for ``upcoming`` are taken."""

    version: int
    current: Quarter
    upcoming: Quarter
    window: bool
    places_now: Places
    places_next: Places
    groups: Sequence[GroupCount]
    strategic: Sequence[Target]
    nominations: Mapping[State, int]


def board(connection: Connection, now: datetime) -> Board:
    """The program at a glance."""
    version = stored.newest(connection)
    settings = version.settings
    this, after = quarters.current(settings, now), quarters.upcoming(settings, now)
    return Board(
        version=version.version,
        current=this,
        upcoming=after,
        window=after.takes(now),
        places_now=_places(connection, settings, now, this.ends),
        places_next=_places(connection, settings, after.starts, after.ends),
        groups=[
            GroupCount(tier=tier, group=group, accounts=count)
            for tier, group, count in placements.counts(connection, now)
        ],
        strategic=targets(connection, settings, now, tier=ProgramTier.STRATEGIC),
        nominations=nominations.count(connection, after.name),
    )


def targets(
    connection: Connection,
    settings: ProgramSettings,
    at: datetime,
    *,
    tier: ProgramTier | None = None,
    group: str | None = None,
    after: str = "",
    limit: int = 200,
) -> list[Target]:
    """The accounts of the program at a moment, by account id from behind ``after``."""
    held = placements.holding(connection, at, tier=tier, group=group, after=after, limit=limit)
    accounts = [each.account for each in held]
    names = placements.about(connection, accounts)
    people = teams.of_accounts(connection, accounts, settings.team, at)
    return [_target(each, names.get(each.account), people.get(each.account, {})) for each in held]


def _target(each: Placement, account: Any, team: Mapping[str, str]) -> Target:
    return Target(
        account=each.account,
        name=account.name if account is not None else None,
        tier=each.tier,
        group=each.group.name,
        segment=each.group.segment,
        region=each.group.region,
        vertical=each.group.vertical,
        persona=each.group.persona,
        since=each.starts,
        until=each.until,
        reason=each.reason,
        decided_by=each.decided_by,
        team=team,
    )


def _places(connection: Connection, settings: ProgramSettings, starts: datetime, until: datetime) -> Places:
    terms = placements.terms(connection, starts, until)
    return Places(all=settings.strategic_cap, taken=most_at_once(terms, starts, until))
