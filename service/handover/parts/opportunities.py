"""Open opportunities: they go with their account, to whom is named, or stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from service.db.tables import account, opportunity
from service.handover.parts.part import Doing, Plain, Planning
from service.handover.plan import Action, Draft, Item, ItemKind, digest_of
from service.handover.receivers import Thing, fits
from service.handover.request import Kind


class OpportunityPart(Plain):
    """An open opportunity that the rep owns."""

    kind = ItemKind.OPPORTUNITY

    def plan(self, connection: Connection, planning: Planning) -> Sequence[Draft]:
        """The rep's open ones; of a move those on the accounts that pass."""
        query = (
            select(opportunity, account.c.name, account.c.country, account.c.state, account.c.segment)
            .outerjoin(account, account.c.external_id == opportunity.c.account)
            .where(opportunity.c.owner == planning.request.rep, opportunity.c.closed_at.is_(None))
            .order_by(opportunity.c.external_id)
        )
        rows = connection.execute(query).all()
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
        query = select(opportunity).where(opportunity.c.external_id == draft.ref).with_for_update()
        row = connection.execute(query).first()
        return None if row is None else {"owner": row.owner, "open": row.closed_at is None}

    def do(self, connection: Connection, draft: Draft, doing: Doing) -> Any:
        """Make the receiver its owner."""
        _own(connection, draft.ref, draft.to, doing)
        return self.look(connection, draft)

    def undo(self, connection: Connection, item: Item, doing: Doing) -> None:
        """As it was."""
        _own(connection, item.draft.ref, item.before["owner"], doing)


def _own(connection: Connection, external_id: str, owner: str | None, doing: Doing) -> None:
    values = {"owner": owner, "updated_at": doing.now}
    connection.execute(update(opportunity).where(opportunity.c.external_id == external_id).values(**values))
