"""Open matters: questions asked of the rep, and contacts that wait for the rep, are decided again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from routing.types.decision import Verdict
from service.db import decisions, possessions, waiting
from service.decision import Decision, from_json
from service.flow.anew import anew, decide_anew, locked
from service.handover.parts.part import Doing, Plain, Planning, demand
from service.handover.plan import Action, Draft, Item, ItemKind, digest_of


class MatterPart(Plain):
    """A question that the rep has not answered, or a contact that is held for the rep."""

    kind = ItemKind.MATTER

    def plan(self, connection: Connection, planning: Planning) -> Sequence[Draft]:
        """The open ones whose decision names the rep."""
        found = [(kind, from_json(body)) for kind, body in possessions.open_matters(connection)]
        action = Action.RULES if planning.request.open_matters == "rules" else Action.KEEP
        return [
            Draft(
                kind=self.kind,
                ref=each.id,
                label=each.normalized.email or each.contact.company,
                status=kind,
                action=action,
                seen=digest_of(True),
            )
            for kind, each in found
            if _is_of(each, planning.request.rep)
        ]

    def look(self, connection: Connection, draft: Draft) -> Any:
        """Whether it is still open; its contact is locked first."""
        row = decisions.contact_row(connection, draft.ref)
        if row is None:
            return None
        locked(connection, row)
        return any(wait.kind in possessions.MATTERS for wait in waiting.open_of(connection, draft.ref))

    def do(self, connection: Connection, draft: Draft, doing: Doing) -> Any:
        """Decide the contact again, now that the rep is not there or owns other accounts."""
        demand(self.look(connection, draft), "it was settled meanwhile")
        known = locked(connection, decisions.contact_row(connection, draft.ref))
        event_key = f"handover:{doing.handover_id}:{draft.ref}"
        return decide_anew(doing.flow, connection, anew(known, event_key, {}), doing.now).id

    def touched(self, connection: Connection, item: Item) -> bool:
        """Never: what the rules decided stays decided."""
        return False

    def undo(self, connection: Connection, item: Item, doing: Doing) -> None:
        """Nothing: the contact has its decision, and the rep can be given it."""


def _is_of(found: Decision, rep: str) -> bool:
    won = any(
        claim.verdict is Verdict.WON and rep in (claim.rep, claim.covers) for claim in found.routing.claims
    )
    return found.routing.asked == rep or won
