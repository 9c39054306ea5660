"""Who is told what of the program: queued for the destinations in the transaction of what it tells of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from service.db.program import placements, teams
from service.db.program.nominations import Nomination
from service.delivery import outbox
from service.delivery.outbox import EventType
from service.problems import Forbidden
from service.program.core.settings import ProgramSettings
from service.program.parts import Actor


def team_of(connection: Connection, account: str, roles: Sequence[str], now: datetime) -> dict[str, str]:
    """The reps of an account's team by role, its owner under OWNER; those in force now."""
    return teams.of_accounts(connection, [account], roles, now).get(account, {})


def check_team(
    connection: Connection, account: str, settings: ProgramSettings, actor: Actor, now: datetime
) -> None:
    """Raise Forbidden unless the actor is of an account's team, or may edit for anybody."""
    team = team_of(connection, account, settings.team, now)
    if not actor.edits and (actor.rep is None or actor.rep not in team.values()):
        raise Forbidden("This needs the account's team, or the role or scope ops-editor")


def tell(
    connection: Connection,
    event: EventType,
    subject: str,
    data: dict[str, Any],
    now: datetime,
    *,
    notify: Iterable[str] = (),
) -> None:
    """Queue a message; ``notify`` are the reps whom it concerns, each once.

    Its id is made of all that it says, so that one that is queued anew is the same one.
    """
    said = {**data, "notify": list(dict.fromkeys(notify))}
    name = json.dumps([subject, outbox.stamp(now), said], sort_keys=True)
    outbox.announce(connection, event, sha256(name.encode()).hexdigest()[:24], said, now)


def tell_team(
    connection: Connection,
    settings: ProgramSettings,
    event: EventType,
    account: str,
    data: dict[str, Any],
    now: datetime,
    *,
    also: Iterable[str] = (),
) -> None:
    """Queue a message about an account: its team and owner are to be told, and ``also``."""
    team = team_of(connection, account, settings.team, now)
    names = placements.about(connection, [account])
    said = {"account": account, "account_name": names[account].name if account in names else None, **data}
    tell(connection, event, account, said, now, notify=[*also, *team.values()])


def of_nomination(found: Nomination) -> dict[str, Any]:
    """What messages say of a nomination."""
    return {
        "nomination_id": found.id,
        "quarter": found.quarter,
        "starts": outbox.stamp(found.starts),
        "ends": outbox.stamp(found.ends),
        "rep": found.rep,
        "state": found.state.value,
        "place": found.place,
        "reason": found.reason,
        "by": found.settled_by or found.made_by,
    }
