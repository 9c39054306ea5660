"""The rep: who leaves gets nothing more, who goes on leave is away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from routing.types.people import Absence, RepId
from service.db import reps
from service.handover.parts.part import Doing, Plain, Planning
from service.handover.plan import Action, Draft, Item, ItemKind, digest_of
from service.handover.request import Kind, ToRep
from service.records.reps import AbsenceRecord, RepRecord


class RepPart(Plain):
    """Comes first, so that what the rules decide again goes to others."""

    kind = ItemKind.REP

    def plan(self, connection: Connection, planning: Planning) -> Sequence[Draft]:
        """One item, unless the rep only moves."""
        actions = {Kind.LEAVES: Action.DEACTIVATE, Kind.LEAVE: Action.ABSENCE}
        action = actions.get(planning.request.kind)
        if action is None:
            return ()
        rep = planning.rep
        draft = Draft(
            kind=self.kind,
            ref=rep.id,
            label=rep.name,
            status="active" if rep.active else "inactive",
            action=action,
            until=planning.request.until,
            seen="",
        )
        return (replace(draft, seen=digest_of(self.look(connection, draft))),)

    def look(self, connection: Connection, draft: Draft) -> Any:
        """Whether the rep is active, and when away."""
        rep = reps.by_id(connection, [RepId(draft.ref)]).get(RepId(draft.ref))
        if rep is None:
            return None
        away = [[each.start.isoformat(), each.until.isoformat(), each.cover] for each in rep.absences]
        return {"active": rep.active, "away": away}

    def do(self, connection: Connection, draft: Draft, doing: Doing) -> Any:
        """Deactivate the rep, or enter the absence beside those there are."""
        request = doing.request
        if draft.action is Action.DEACTIVATE:
            reps.upsert(connection, [RepRecord(external_id=draft.ref, active=False)], doing.now)
        elif request.until is not None:
            cover = RepId(request.accounts.rep) if isinstance(request.accounts, ToRep) else None
            start = max(request.starts or doing.now, doing.now)
            away = _absence(Absence(start=start, until=request.until, cover=cover, reason=request.reason))
            _set_absences(connection, draft.ref, [*_absences(connection, draft.ref), away], doing)
        return self.look(connection, draft)

    def undo(self, connection: Connection, item: Item, doing: Doing) -> None:
        """As it was."""
        if item.draft.action is Action.DEACTIVATE:
            active = bool(item.before["active"])
            reps.upsert(connection, [RepRecord(external_id=item.draft.ref, active=active)], doing.now)
            return
        known = {(start, until) for start, until, _ in item.before["away"]}
        kept = [
            each
            for each in _absences(connection, item.draft.ref)
            if (each.starts.isoformat(), each.until.isoformat()) in known
        ]
        _set_absences(connection, item.draft.ref, kept, doing)


def _absences(connection: Connection, rep: str) -> list[AbsenceRecord]:
    return [_absence(each) for each in reps.by_id(connection, [RepId(rep)])[RepId(rep)].absences]


def _absence(away: Absence) -> AbsenceRecord:
    said = {"from": away.start, "until": away.until, "cover": away.cover, "reason": away.reason}
    return AbsenceRecord.model_validate(said)


def _set_absences(connection: Connection, rep: str, absences: list[AbsenceRecord], doing: Doing) -> None:
    reps.upsert(connection, [RepRecord(external_id=rep, absences=absences)], doing.now)
