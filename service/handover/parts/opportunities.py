"""Open opportunities: they go with their account, to whom is named, or stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from service.db import possessions
from service.handover.parts.part import Doing, Plain, Planning
from service.handover.plan import Action, Draft, Item, ItemKind, digest_of
from service.handover.receivers import Thing, fits
from service.handover.request import Kind


class OpportunityPart(Plain):
    """An open opportunity that the rep owns."""

    kind = ItemKind.OPPORTUNITY

    def plan(self, connection: Connection, planning: Planning) -> Sequence[Draft]:
        """The rep's open ones; of a move those on the accounts that pass."""
        rows = possessions.open_opportunities(connection, planning.request.rep)
        return [self._draft(row, planning) for row in planning.passing(rows)]

    def _draft(self, row: Any, planning: Planning) -> Draft:
        request = planning.request
        receiver = request.opportunities or ("keep" if request.kind is Kind.LEAVE else "with_account")
        stays = bool(request.keep_stages) and fits(request.keep_stages, row.stage)
        thing = Thing(account=row.account, country=row.country, state=row.state, segment=row.segment)
        to = None if stays else planning.choice.of(receiver, thing, self.kind)
        return Draft(
            kind=self.kind,
            ref=row.external_id,
            label=row.name or row.account,  # an account that is not there yet has no name
            status=(row.stage or "no stage")[:32],
            action=Action.KEEP if to is None else Action.GIVE,
            to=to,
            seen=digest_of({"owner": row.owner, "open": True}),
        )

    def look(self, connection: Connection, draft: Draft) -> Any:
        """Whose it is, and whether it is open."""
        row = possessions.locked_opportunity(connection, draft.ref)
        return None if row is None else {"owner": row.owner, "open": row.closed_at is None}

    def do(self, connection: Connection, draft: Draft, doing: Doing) -> Any:
        """Make the receiver its owner."""
        possessions.own(connection, draft.ref, draft.to, doing.now)
        return self.look(connection, draft)

    def undo(self, connection: Connection, item: Item, doing: Doing) -> None:
        """As it was."""
        possessions.own(connection, item.draft.ref, item.before["owner"], doing.now)
