"""Activities of the CRM as first touches: outbound ones by the rep on a contact that the rep had."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from routing.types.people import RepId
from service.db import assignments
from service.records.activities import ActivityRecord


def note(connection: Connection, records: Sequence[ActivityRecord]) -> None:
    """Note the touches among activities that were stored, in their transaction.

    An activity counts by its own time, also when it comes late: the assignment that the
    rep had then was touched then. Who the contact is must be said by its external id.
    """
    outbound = [
        record
        for record in records
        if record.contact_id and record.rep and record.at and record.direction in ("outbound", "both")
    ]
    having = assignments.touchable(
        connection, [record.contact_id for record in outbound if record.contact_id]
    )
    for record in sorted(outbound, key=lambda record: (record.at, record.external_id)) if having else ():
        assert record.at is not None
        for found in having.get((record.contact_id or "", RepId(record.rep or "")), []):
            if found.assigned_at <= record.at and (found.ended_at is None or record.at <= found.ended_at):
                assignments.touch(connection, found, record.at, record.external_id)
