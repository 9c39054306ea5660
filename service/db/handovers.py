"""Hand-overs between rows and values: the hand-over, its items in their places, who carries it out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from routing.types.people import RepId
from service.db.tables import handover as table
from service.db.tables import handover_item as items
from service.handover.plan import Action, Count, Draft, Handover, Item, ItemKind, ItemState, State
from service.handover.request import HandoverRequest

LEASE = timedelta(minutes=2)
"""How long whoever carries a hand-over out may be silent before another goes on."""

KEPT = timedelta(days=30)
"""How long a plan that was never applied is kept."""

AT_WORK = (State.APPLYING, State.UNDOING, State.RETURNING)


def add(connection: Connection, made: Handover, drafts: Sequence[Draft]) -> None:
    """Store a planned hand-over with its items."""
    connection.execute(
        insert(table).values(
            id=made.id,
            rep=made.request.rep,
            kind=made.request.kind,
            state=made.state,
            request=made.request.model_dump(mode="json", by_alias=True, exclude_unset=True),
            digest=made.digest,
            made_by=made.made_by,
            made_at=made.made_at,
            returns_at=made.returns_at,
        )
    )
    rows = [
        {
            "handover_id": made.id,
            "place": place,
            "kind": draft.kind,
            "ref": draft.ref,
            "label": draft.label,
            "role": draft.role,
            "status": draft.status,
            "action": draft.action,
            "to_rep": draft.to,
            "until": draft.until,
            "seen": draft.seen,
            "state": ItemState.PLANNED,
        }
        for place, draft in enumerate(drafts)
    ]
    if rows:
        connection.execute(insert(items), rows)


def get(connection: Connection, handover_id: str, *, lock: bool = False) -> Handover | None:
    """One hand-over, or None; with ``lock`` nobody else changes it before this transaction ends."""
    query = select(table).where(table.c.id == handover_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _handover(row)


def newest(connection: Connection, rep: str | None, limit: int) -> list[Handover]:
    """The newest hand-overs, of one rep or of all."""
    query = select(table).order_by(table.c.made_at.desc(), table.c.id.desc()).limit(limit)
    if rep is not None:
        query = query.where(table.c.rep == rep)
    return [_handover(row) for row in connection.execute(query)]


def change(connection: Connection, handover_id: str, **values: Any) -> None:
    """Set columns of a hand-over that this transaction has locked."""
    connection.execute(update(table).where(table.c.id == handover_id).values(**values))


def claim(connection: Connection, handover_id: str, now: datetime) -> datetime | None:
    """Take a hand-over at work that nobody carries out; until when it is ours, None if it is not."""
    lease = now + LEASE
    free = or_(table.c.lease_until.is_(None), table.c.lease_until <= now)
    taken = connection.execute(
        update(table)
        .where(table.c.id == handover_id, table.c.state.in_(AT_WORK), free)
        .values(lease_until=lease)
    )
    return lease if taken.rowcount else None


def renew(connection: Connection, handover_id: str, lease: datetime, now: datetime) -> datetime | None:
    """Keep a hand-over in the transaction of its next item; None when it was lost to another."""
    longer = max(now + LEASE, lease + timedelta(microseconds=1))
    mine = and_(table.c.id == handover_id, table.c.lease_until == lease)
    return (
        longer if connection.execute(update(table).where(mine).values(lease_until=longer)).rowcount else None
    )


def left_alone(connection: Connection, now: datetime) -> list[str]:
    """Hand-overs at work that nobody carries out."""
    free = or_(table.c.lease_until.is_(None), table.c.lease_until <= now)
    query = select(table.c.id).where(table.c.state.in_(AT_WORK), free).order_by(table.c.id)
    return list(connection.execute(query).scalars())


def ended_leaves(connection: Connection, now: datetime) -> list[str]:
    """Applied hand-overs of leaves that have ended, and whose assignments are to come back."""
    query = select(table.c.id).where(table.c.state == State.APPLIED, table.c.returns_at <= now)
    return list(connection.execute(query.order_by(table.c.id)).scalars())


def forget_plans(connection: Connection, now: datetime) -> int:
    """Delete plans that nobody applied for long; how many there were."""
    old = and_(table.c.state == State.PLANNED, table.c.made_at < now - KEPT)
    return connection.execute(delete(table).where(old)).rowcount


def in_state(
    connection: Connection, handover_id: str, states: Sequence[ItemState], *, after: int = -1, limit: int
) -> list[Item]:
    """Up to ``limit`` items in these states, in their places, from behind the place ``after``."""
    query = (
        select(items)
        .where(items.c.handover_id == handover_id, items.c.state.in_(states), items.c.place > after)
        .order_by(items.c.place)
        .limit(limit)
    )
    return [_item(row) for row in connection.execute(query)]


def of_assignments(connection: Connection, ids: Sequence[str]) -> list[tuple[Handover, Item]]:
    """The hand-overs that passed these assignments on, the newest first, each with its item."""
    query = (
        select(table.c.id, items)
        .join(items, items.c.handover_id == table.c.id)
        .where(
            items.c.kind == ItemKind.ASSIGNMENT, items.c.ref.in_(list(ids)), table.c.state != State.PLANNED
        )
        .order_by(table.c.made_at.desc(), table.c.id)
    )
    found = []
    for row in connection.execute(query):
        made = get(connection, row.handover_id)
        assert made is not None, "an item belongs to its hand-over"
        found.append((made, _item(row)))
    return found


def counts(connection: Connection, handover_id: str) -> list[Count]:
    """How many items are alike, in the order of their places."""
    alike = (items.c.kind, items.c.status, items.c.action, items.c.to_rep, items.c.state)
    query = (
        select(*alike, func.count().label("number"))
        .where(items.c.handover_id == handover_id)
        .group_by(*alike)
        .order_by(func.min(items.c.place), *alike)
    )
    return [
        Count(
            kind=ItemKind(row.kind),
            status=row.status,
            action=Action(row.action),
            to=None if row.to_rep is None else RepId(row.to_rep),
            state=ItemState(row.state),
            count=row.number,
        )
        for row in connection.execute(query)
    ]


def settle(
    connection: Connection,
    row: int,
    state: ItemState,
    *,
    before: Any = None,
    after: Any = None,
    note: str | None = None,
) -> None:
    """Note what became of an item; what it was is kept when it is undone."""
    values: dict[str, Any] = {"state": state, "note": None if note is None else note[:500]}
    if before is not None:
        values |= {"before": before, "after": after}
    connection.execute(update(items).where(items.c.id == row).values(**values))


def _handover(row: Row[Any]) -> Handover:
    return Handover(
        id=row.id,
        state=State(row.state),
        request=HandoverRequest.model_validate(row.request),
        digest=row.digest,
        made_by=row.made_by,
        made_at=row.made_at,
        applied_by=row.applied_by,
        applied_at=row.applied_at,
        ended_at=row.ended_at,
        returns_at=row.returns_at,
        undone_by=row.undone_by,
        undone_at=row.undone_at,
    )


def _item(row: Row[Any]) -> Item:
    draft = Draft(
        kind=ItemKind(row.kind),
        ref=row.ref,
        label=row.label,
        role=row.role,
        status=row.status,
        action=Action(row.action),
        to=None if row.to_rep is None else RepId(row.to_rep),
        until=row.until,
        seen=row.seen,
    )
    return Item(
        row=row.id,
        place=row.place,
        draft=draft,
        state=ItemState(row.state),
        before=row.before,
        after=row.after,
        note=row.note,
    )
