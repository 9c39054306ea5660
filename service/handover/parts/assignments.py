"""Open assignments: to whom is named, to the account's new owner, to the rules again, or kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from routing.types.people import RepId
from service.db import assignments, possessions
from service.db.assignments import Assignment, Ending, Status
from service.flow.anew import anew, decide_anew, locked
from service.handover.parts.part import Doing, Planning, demand
from service.handover.plan import Action, Draft, Item, ItemKind, digest_of
from service.handover.receivers import Thing
from service.handover.request import Kind


class AssignmentPart:
    """A contact that is the rep's to act on."""

    kind = ItemKind.ASSIGNMENT

    def plan(self, connection: Connection, planning: Planning) -> Sequence[Draft]:
        """The rep's open ones; of a move those on the accounts that pass."""
        rows = possessions.open_assignments(connection, planning.request.rep)
        return [self._draft(row, planning) for row in planning.passing(rows)]

    def _draft(self, row: Any, planning: Planning) -> Draft:
        request = planning.request
        status = _status(row)
        worked = request.in_work or ("with_account" if request.kind is Kind.LEAVES else "keep")
        receiver = request.untouched if status == "untouched" else worked
        thing = Thing(account=row.account, country=row.country, state=row.state, segment=row.segment)
        to = planning.choice.of(receiver, thing, self.kind)
        action = Action.RULES if receiver == "rules" else Action.KEEP if to is None else Action.GIVE
        return Draft(
            kind=self.kind,
            ref=row.id,
            label=row.email or row.contact_ref,
            status=status,
            action=action,
            to=to,
            seen=digest_of(_plain(row)),
        )

    def look(self, connection: Connection, draft: Draft) -> Any:
        """Whose it is and how far it has come; its contact is locked first, as everywhere."""
        found = _locked(connection, draft.ref)
        return None if found is None else _plain(found)

    def do(self, connection: Connection, draft: Draft, doing: Doing) -> Any:
        """Reassign it by hand, or end it and let the rules decide again."""
        found = _locked(connection, draft.ref)
        assert found is not None, "it was looked at just now"
        demand(found.ended_at is None, f"it was {found.status} meanwhile")
        if draft.action is Action.GIVE:
            assert draft.to is not None, "a gift has a receiver"
            decision = doing.desk.reassign_in(connection, draft.ref, draft.to, doing.reason, doing.by)
        else:
            ending = Ending(id=draft.ref, status=Status.REASSIGNED, reason=doing.reason, by=doing.by)
            assignments.end(connection, [ending], doing.now)
            known = locked(connection, found.contact_row)
            event_key = f"handover:{doing.handover_id}:{draft.ref}"
            decision = decide_anew(doing.flow, connection, anew(known, event_key, {}), doing.now)
        return {
            "decision": decision.id,
            "assignment": decision.assignment.id if decision.assignment else None,
            "rep": decision.routing.assignee,
        }

    def touched(self, connection: Connection, item: Item) -> bool:
        """Whether the new rep has acted on it, or it has ended; one that the rules gave nobody is."""
        number = item.after["assignment"]
        found = _locked(connection, number) if number is not None else None
        return found is None or found.ended_at is not None or _status(found) != "untouched"

    def undo(self, connection: Connection, item: Item, doing: Doing) -> None:
        """Back to the rep, by hand."""
        rep = RepId(item.before["rep"])
        if item.after["rep"] != rep:
            doing.desk.reassign_in(connection, item.after["assignment"], rep, doing.reason, doing.by)


def _locked(connection: Connection, number: str) -> Assignment | None:
    """An assignment whose contact, and then itself, nobody else changes until the transaction ends."""
    seen = assignments.get(connection, number)
    if seen is None:
        return None
    locked(connection, seen.contact_row)
    return assignments.get(connection, number, lock=True)


def _status(found: Any) -> str:
    if found.touched_at is not None:
        return "in work"
    return "accepted" if found.accepted_at is not None else "untouched"


def _plain(found: Any) -> dict[str, Any]:
    return {"rep": found.rep, "status": str(found.status), "stage": _status(found)}
