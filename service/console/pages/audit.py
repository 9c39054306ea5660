"""The audit log, for admins: who changed what, newest first."""

from __future__ import annotations

from starlette.responses import Response

from service.console.visit import Visit
from service.db import audit
from service.db.audit import Wanted

ROWS = 100


def listing(visit: Visit) -> Response:
    """A page of entries, by actor, action and subject; decisions only where they are asked for."""
    before = visit.query.get("before", "")
    wanted = Wanted(
        actor=visit.query.get("actor"),
        action=visit.query.get("action"),
        subject=visit.query.get("subject"),
        decisions="decisions" in visit.query,
        before=int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None,
    )
    with visit.services.database.read() as connection:
        found = audit.page(connection, wanted, ROWS + 1)
        head = audit.head(connection)
    return visit.show(
        "audit.html",
        entries=found[:ROWS],
        older=found[ROWS - 1].id if len(found) > ROWS else None,
        wanted=wanted,
        head=head,
    )
