"""Reps: the people who can own contacts, with their hours and absences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from routing.types.people import Rep, RepId
from service.api.resource import Resource, routes
from service.db import reps
from service.records.reps import AbsenceRecord, RepFields, RepRecord, hours


@dataclass(frozen=True, slots=True, kw_only=True)
class RepPage:
    """Reps in the order they were first stored. ``next_cursor`` is None on the last page."""

    reps: Sequence[RepRecord]
    next_cursor: str | None


def view(rep: Rep) -> RepRecord:
    """The rep in the form it is sent in."""
    return RepRecord.model_construct(
        external_id=rep.id,
        name=rep.name,
        email=rep.email,
        role=rep.role,
        team=rep.team,
        manager=rep.manager,
        time_zone=rep.time_zone,
        working_hours=hours(rep.working_hours),
        absences=[
            AbsenceRecord.model_construct(
                starts=away.start,
                until=away.until,
                cover=away.cover,
                reason=away.reason,
                handback=away.handback,
            )
            for away in rep.absences
        ],
        holidays=rep.holidays,
        days_off=list(rep.days_off),
        days_on=list(rep.days_on),
        active=rep.active,
        custom=dict(rep.custom),
        caps=rep.caps or None,
        open_cap=rep.open_cap,
    )


def _read(connection: Connection, external_id: str, _now: datetime) -> RepRecord | None:
    found = reps.as_given(connection, [RepId(external_id)])
    return view(found[RepId(external_id)]) if found else None


def _rows(connection: Connection, after: int, limit: int, _now: datetime) -> list[tuple[int, RepRecord]]:
    return [(row, view(rep)) for row, rep in reps.page(connection, after=after, limit=limit)]


api = routes(
    Resource(
        one="rep",
        plural="reps",
        fields=RepFields,
        record=RepRecord,
        key="external_id",
        view=RepRecord,
        page=RepPage,
        upsert=reps.upsert,
        read=_read,
        rows=_rows,
        remove=reps.remove,
    )
)
