"""Deliveries: what was told to other systems, what could not be, and sending it again."""

from __future__ import annotations

from starlette.responses import Response

from service.console.visit import Visit
from service.db import destinations, outbox
from service.db.outbox import Filter, State
from service.problems import Conflict, NotFound

PAGE = 50


def listing(visit: Visit) -> Response:
    """Deliveries, newest first, with the state of every destination."""
    state = visit.query.get("state", "")
    before = visit.query.get("before", "")
    wanted = Filter(state=State(state)) if state in list(State) else Filter()
    with visit.services.database.read() as connection:
        rows = outbox.page(
            connection, wanted, int(before) if before.isdecimal() and len(before) < 19 else None, PAGE + 1
        )
        return visit.show(
            "deliveries.html",
            rows=rows[:PAGE],
            older=rows[PAGE - 1].id if len(rows) > PAGE else None,
            state=state,
            destinations=destinations.listed(connection),
            counts=outbox.counts(connection),
        )


def replay(visit: Visit) -> Response:
    """Send one message again."""
    delivery_id = int(visit.params["delivery_id"])
    services = visit.services
    with services.database.read() as connection:
        if outbox.get(connection, delivery_id) is None:
            raise NotFound("There is no delivery with this id")
    if not services.database.transact(lambda c: outbox.replay(c, delivery_id, services.now())):
        raise Conflict("This message is still on its way; there is nothing to send again")
    return visit.go("/deliveries")


def replay_dead(visit: Visit) -> Response:
    """Send again everything that was given up for one destination."""
    where = visit.params["destination_id"]
    visit.services.database.transact(lambda c: outbox.replay_dead(c, where, visit.services.now()))
    return visit.go("/deliveries")
