"""Campaigns: ours, and those of the CRM whose members are known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select, update
from sqlalchemy.exc import IntegrityError

from routing.types.facts import ProgramTier
from service.db.decisions import Position
from service.db.engine import Undo, attempt
from service.db.once import insert_once
from service.db.tables import program_campaign as table
from service.program.core.campaigns import Timed
from service.program.core.plans import CampaignContent, CampaignState

NO_CONTENT = CampaignContent()
_PLAIN = (
    *("id", "external_id", "name", "play", "account", "plan_id", "personalised", "starts", "until"),
    *("made_by", "made_at", "updated_at", "began_at", "ended_at"),
)

_OPEN = table.c.state.in_((CampaignState.PLANNED, CampaignState.ACTIVE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign. A personalised one is made for ``account``; others may be for a tier or a group."""

    id: str
    name: str
    state: CampaignState
    made_by: str
    made_at: datetime
    updated_at: datetime
    content: CampaignContent = NO_CONTENT
    external_id: str | None = None
    play: str | None = None
    account: str | None = None
    plan_id: str | None = None
    personalised: bool = False
    tier: ProgramTier | None = None
    group: str | None = None
    starts: datetime | None = None
    until: datetime | None = None
    began_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def timed(self) -> Timed:
        """The campaign as far as its times go."""
        return Timed(id=self.id, state=self.state, starts=self.starts, until=self.until)


def add(connection: Connection, made: Campaign) -> bool:
    """Store a campaign; False, and no change, when there is one of its id or external id."""
    return insert_once(connection, table, _columns(made))


def save(connection: Connection, changed: Campaign) -> None:
    """Store a campaign that this transaction has locked, as it is now."""
    values = {name: value for name, value in _columns(changed).items() if name != "id"}
    connection.execute(update(table).where(table.c.id == changed.id).values(**values))


def start(connection: Connection, changed: Campaign) -> bool:
    """The same for one that becomes active; False, and no change, when another of its account runs."""

    def work() -> None:
        try:
            save(connection, changed)
        except IntegrityError:
            raise Undo from None

    return attempt(connection, work)


def finish(connection: Connection, found: Campaign, becomes: CampaignState, now: datetime) -> Campaign:
    """Store that a campaign is over; the campaign as it is then."""
    changed = replace(found, state=becomes, ended_at=now, updated_at=now)
    save(connection, changed)
    return changed


def get(connection: Connection, name: str, *, lock: bool = False) -> Campaign | None:
    """The campaign of an id, ours or the CRM's; None when there is none."""
    query = select(table).where(or_(table.c.id == name, table.c.external_id == name)).order_by(table.c.id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _campaign(row)


def names(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """What campaigns are called, by our id."""
    query = select(table.c.id, table.c.name).where(table.c.id.in_(sorted(ids)))
    return dict(connection.execute(query).all())


def running(connection: Connection, account: str) -> Campaign | None:
    """The personalised campaign of an account that is active."""
    active = (each for each in sharing(connection, [account]) if each.state is CampaignState.ACTIVE)
    return next(active, None)


def sharing(connection: Connection, accounts: Sequence[str], *, lock: bool = False) -> list[Campaign]:
    """The personalised campaigns of accounts that are not over: those of one share a place."""
    query = select(table).where(table.c.account.in_(sorted(accounts)), table.c.personalised, _OPEN)
    query = query.order_by(table.c.id)
    return [_campaign(row) for row in connection.execute(query.with_for_update() if lock else query)]


def newest(
    connection: Connection,
    *,
    account: str | None = None,
    plan_id: str | None = None,
    state: CampaignState | None = None,
    play: str | None = None,
    after: Position | None = None,
    limit: int = 200,
) -> Sequence[Campaign]:
    """Campaigns, the newest first, behind a place in the list."""
    wanted = {"account": account, "plan_id": plan_id, "state": state, "play": play}
    query = select(table).order_by(table.c.made_at.desc(), table.c.id.desc()).limit(limit)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(table.c[name] == value)
    if after is not None:
        at, place = table.c.made_at, table.c.id
        query = query.where(or_(at < after.at, and_(at == after.at, place < after.id)))
    return [_campaign(row) for row in connection.execute(query)]


def _columns(each: Campaign) -> dict[str, Any]:
    return {
        **{name: getattr(each, name) for name in _PLAIN},
        "tier": each.tier,
        "group_name": each.group,
        "state": each.state,
        "document": each.content.model_dump(mode="json"),
    }


def _campaign(row: Row[Any]) -> Campaign:
    return Campaign(
        **{name: getattr(row, name) for name in _PLAIN},
        tier=None if row.tier is None else ProgramTier(row.tier),
        group=row.group_name,
        state=CampaignState(row.state),
        content=CampaignContent.model_validate(row.document),
    )
