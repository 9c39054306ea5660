"""An assignment and its contact, kept from everyone else while something is done with them."""

from __future__ import annotations

from sqlalchemy import Connection

from service.db import assignments
from service.db.assignments import Assignment
from service.db.contacts import Known
from service.flow.anew import locked
from service.problems import Conflict, NotFound


def held(connection: Connection, assignment_id: str) -> tuple[Assignment, Known]:
    """An assignment and its contact, locked until the transaction ends. Raises NotFound."""
    seen = assignments.get(connection, assignment_id)
    if seen is None:
        raise NotFound("No assignment has this id")
    known = locked(connection, seen.contact_row)
    return reread(connection, assignment_id), known


def reread(connection: Connection, assignment_id: str) -> Assignment:
    """An assignment as it is now."""
    found = assignments.get(connection, assignment_id, lock=True)
    assert found is not None, "assignments are never deleted"
    return found


def demand_active(found: Assignment) -> None:
    """Raise Conflict when the assignment has ended."""
    if found.ended_at is not None:
        raise Conflict(f"The assignment has ended: it was {found.status}")
