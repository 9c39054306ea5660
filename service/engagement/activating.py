"""Activating accounts: looked at whenever something is heard of them, in that transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from routing.types.facts import ActivationKind
from service.db.engagement import activations, people, signals, standing
from service.db.engagement.activations import Activation, Reason
from service.db.engagement.signals import Signal
from service.db.engagement.standing import Engaged
from service.db.program import placements
from service.db.program.settings import Version
from service.engagement.core.activation import Standing, activates, ends
from service.engagement.core.days import day_of
from service.engagement.core.score import WHOLE, Sum, points
from service.program.core.settings import Engagement
from service.program.core.tiers import Placement, in_force

REASONS = 10
"""Signals that are kept with an activation: those that count most."""
_LOOKED_AT = 200
_PEOPLE = 50


def activate(connection: Connection, heard: Sequence[Signal], version: Version, now: datetime) -> None:
    """Activate the accounts of signals that were just counted, as far as it is time. They are locked."""
    newest: dict[str, datetime] = {}
    for each in heard:
        account = each.account or ""
        newest[account] = max(each.at, newest.get(account, each.at))
    timelines = placements.timelines(connection, list(newest))
    placed = {
        account: held
        for account, timeline in timelines.items()
        if (held := in_force(timeline, now)) is not None
    }
    engaged = standing.of_accounts(connection, list(placed), version.settings.engagement, now)
    last = activations.last_of(connection, list(placed))
    for account in sorted(engaged):
        before = last.get(account)
        stood = Standing(
            tier=placed[account].tier,
            score=engaged[account].score,
            people=engaged[account].people,
            stage=engaged[account].stage,
            newest=newest[account],
            until=before.until if before else None,
        )
        kind = activates(stood, version.settings.activation, now)
        if kind is not None:
            number = before.number + 1 if before else 1
            made = _made(connection, kind, number, placed[account], engaged[account], version, now)
            activations.add(connection, made)


def reasons(connection: Connection, account: str, settings: Engagement, now: datetime) -> list[Reason]:
    """The signals of an account that count most now, of those heard last."""
    found = [
        Reason(
            signal=each.id,
            kind=each.kind,
            at=each.at,
            person=each.person,
            topic=each.topic,
            stage=each.stage,
            points=round(_points(each, settings, now), 3),
        )
        for each in signals.newest(connection, account, _LOOKED_AT)
    ]
    return sorted(found, key=lambda each: (-each.points, -each.at.timestamp(), each.signal))[:REASONS]


def _points(each: Signal, settings: Engagement, now: datetime) -> float:
    """What a signal counts by itself: with others of its day it may be less."""
    rule = settings.rule(each.kind)
    alone = Sum(
        kind=each.kind,
        day=day_of(each.at),
        value=min(each.weight, rule.most_a_day * WHOLE) / WHOLE,
        half_life=rule.half_life,
        most_a_day=rule.most_a_day,
    )
    return points(alone, settings, day_of(now))


def _made(
    connection: Connection,
    kind: ActivationKind,
    number: int,
    placed: Placement,
    engaged: Engaged,
    version: Version,
    now: datetime,
) -> Activation:
    settings = version.settings
    after = day_of(now) - settings.engagement.people_days
    name = hashlib.sha256(f"{placed.account}\n{number}".encode()).hexdigest()[:24]
    return Activation(
        id=f"act_{name}",
        account=placed.account,
        number=number,
        kind=kind,
        at=now,
        until=ends(settings.activation, now),
        tier=placed.tier,
        score=engaged.score,
        people=engaged.people,
        topic=engaged.topic,
        stage=engaged.stage,
        why=tuple(reasons(connection, placed.account, settings.engagement, now)),
        engaged=tuple(people.engaged(connection, placed.account, after, _PEOPLE)),
        settings=version.version,
    )
