"""Activities of the CRM: stored by external id, singly and in bulk; listed, read, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service.api.resource import Resource, routes
from service.db import activities
from service.db.activities import OnAccount
from service.records.activities import ActivityFields, ActivityRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityPage:
    """Activities in the order they were first stored. ``next_cursor`` is None on the last page."""

    activities: Sequence[ActivityRecord]
    next_cursor: str | None


def view(found: OnAccount) -> ActivityRecord:
    """The activity in the form it is sent in."""
    activity = found.activity
    return ActivityRecord.model_construct(
        external_id=activity.id,
        account_id=found.account_id,
        contact_id=activity.contact_id,
        rep=activity.rep,
        kind=activity.kind,
        direction=activity.direction,
        at=activity.at,
    )


def _read(connection: Connection, external_id: str, _now: datetime) -> ActivityRecord | None:
    found = activities.get(connection, external_id)
    return view(found) if found else None


def _rows(connection: Connection, after: int, limit: int, _now: datetime) -> list[tuple[int, ActivityRecord]]:
    return [(found.row, view(found)) for found in activities.page(connection, after=after, limit=limit)]


api = routes(
    Resource(
        one="activity",
        plural="activities",
        fields=ActivityFields,
        record=ActivityRecord,
        key="external_id",
        view=ActivityRecord,
        page=ActivityPage,
        upsert=activities.upsert,
        read=_read,
        rows=_rows,
        remove=activities.remove,
    )
)
