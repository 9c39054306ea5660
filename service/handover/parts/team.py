"""Reporting: those who report to the rep report to another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from service.db import possessions, reps
from service.handover.parts.part import Doing, Plain, Planning
from service.handover.plan import Action, Draft, Item, ItemKind, digest_of
from service.handover.request import ForWork, Kind
from service.records.reps import RepRecord


class TeamPart(Plain):
    """A rep whose manager the rep is."""

    kind = ItemKind.TEAM

    def plan(self, connection: Connection, planning: Planning) -> Sequence[Draft]:
        """Everybody who reports to the rep."""
        return [self._draft(row, planning) for row in possessions.team(connection, planning.request.rep)]

    def _draft(self, row: Any, planning: Planning) -> Draft:
        request = planning.request
        otherwise: ForWork = "manager" if request.kind is Kind.LEAVES else "keep"
        to = planning.instead(request.team, otherwise, self.kind, row.external_id)
        return Draft(
            kind=self.kind,
            ref=row.external_id,
            label=row.name,
            status="active" if row.active else "inactive",
            action=Action.KEEP if to is None else Action.GIVE,
            to=to,
            seen=digest_of(row.manager),
        )

    def look(self, connection: Connection, draft: Draft) -> Any:
        """Whom they report to."""
        return possessions.locked_manager(connection, draft.ref)

    def do(self, connection: Connection, draft: Draft, doing: Doing) -> Any:
        """Let them report to the receiver."""
        reps.upsert(connection, [RepRecord(external_id=draft.ref, manager=draft.to)], doing.now)
        return draft.to

    def undo(self, connection: Connection, item: Item, doing: Doing) -> None:
        """As it was."""
        reps.upsert(connection, [RepRecord(external_id=item.draft.ref, manager=item.before)], doing.now)
