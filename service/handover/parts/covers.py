"""Standing in: those who are away and whom the rep covers for get another cover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from service.db import possessions
from service.handover.parts.part import Doing, Plain, Planning
from service.handover.plan import Action, Draft, Item, ItemKind, digest_of
from service.handover.request import ForWork, Kind


class CoverPart(Plain):
    """An absence of somebody for whom the rep stands in, that has not ended."""

    kind = ItemKind.COVER

    def plan(self, connection: Connection, planning: Planning) -> Sequence[Draft]:
        """Those that overlap the time in which the rep is not there."""
        request = planning.request
        rows = possessions.covered(connection, request.rep, planning.start, request.until)
        return [self._draft(row, planning) for row in rows]

    def _draft(self, row: Any, planning: Planning) -> Draft:
        request = planning.request
        otherwise: ForWork = "keep" if request.kind is Kind.MOVES else "manager"
        to = planning.instead(request.covers, otherwise, self.kind, row.rep)
        return Draft(
            kind=self.kind,
            ref=str(row.id),
            label=f"{row.rep}, away until {row.until:%Y-%m-%d}",
            status="running" if row.start <= planning.now else "planned",
            action=Action.KEEP if to is None else Action.GIVE,
            to=to,
            until=row.until,
            seen=digest_of(row.cover),
        )

    def look(self, connection: Connection, draft: Draft) -> Any:
        """Who covers."""
        return possessions.locked_cover(connection, int(draft.ref))

    def do(self, connection: Connection, draft: Draft, doing: Doing) -> Any:
        """Let the receiver cover."""
        possessions.let_cover(connection, int(draft.ref), draft.to)
        return draft.to

    def undo(self, connection: Connection, item: Item, doing: Doing) -> None:
        """As it was."""
        possessions.let_cover(connection, int(item.draft.ref), item.before)
