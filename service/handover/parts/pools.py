"""Memberships of pools: left when the rep leaves, joined when the rep moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from routing.rotation import join, leave
from routing.rotation.standings import find
from routing.types.people import RepId
from routing.types.pools import PoolMember, PoolName, PoolState
from service.db import ledger, possessions, rotation
from service.db.member_rows import joined, left, write_members
from service.handover.parts.part import Doing, Plain, Planning, demand
from service.handover.plan import Action, Draft, Item, ItemKind, digest_of
from service.handover.request import Kind


class PoolPart(Plain):
    """A pool that the rep is a member of by name, or is to join."""

    kind = ItemKind.POOL

    def plan(self, connection: Connection, planning: Planning) -> Sequence[Draft]:
        """Every pool of the rep, and those to join."""
        request = planning.request
        mine = possessions.named_pools(connection, request.rep)
        leaving = (request.pools or ("leave" if request.kind is Kind.LEAVES else "keep")) == "leave"
        joining = [name for name in dict.fromkeys(request.join) if name not in mine]
        drafts = {
            name: Action.LEAVE if leaving and name not in request.join else Action.KEEP for name in mine
        }
        return [
            Draft(
                kind=self.kind,
                ref=name,
                status="member" if name in mine else "not a member",
                action=action,
                to=RepId(request.rep),
                seen=digest_of(mine.get(name)),
            )
            for name, action in {**drafts, **dict.fromkeys(joining, Action.JOIN)}.items()
        ]

    def look(self, connection: Connection, draft: Draft) -> Any:
        """The rep's weight there; None without a membership by name."""
        member = _member(rotation.load(connection, [PoolName(draft.ref)], lock=True), draft)
        return None if member is None else member.weight

    def do(self, connection: Connection, draft: Draft, doing: Doing) -> Any:
        """Leave, or join at the others' level."""
        _change(connection, draft, 1 if draft.action is Action.JOIN else None, doing)
        return self.look(connection, draft)

    def undo(self, connection: Connection, item: Item, doing: Doing) -> None:
        """As it was: who comes back starts at the others' level."""
        _change(connection, item.draft, item.before, doing)


def _member(pools: Mapping[PoolName, PoolState], draft: Draft) -> PoolMember | None:
    state = pools.get(PoolName(draft.ref))
    found = find(state, draft.to) if state is not None and draft.to is not None else None
    return found if found is not None and found.named else None


def _change(connection: Connection, draft: Draft, weight: int | None, doing: Doing) -> None:
    """Make the rep a member of this weight, or none."""
    before = rotation.load(connection, [PoolName(draft.ref)], lock=True).get(PoolName(draft.ref))
    demand(before is not None, "there is no pool of this name")
    assert before is not None and draft.to is not None, "it was looked at just now, and is somebody's"
    if weight is None:
        after = leave(before, draft.to)
        entry = left(after, draft.to, doing.reason)
    else:
        after = join(before, draft.to, weight, since=doing.now)
        entry = joined(after, draft.to, doing.reason)
    write_members(connection, before, after)
    ledger.enter(connection, [entry], doing.now)
