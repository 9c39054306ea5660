"""Deliveries: what was told to other systems, what could not be, and sending it again."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from service.api.destinations import (
    DestinationChange,
    DestinationIn,
    DestinationMade,
    SecretRotation,
    alter,
    make,
    rotate,
    shown_url,
)
from service.console import destination_form, forms
from service.console.told import Told, Undo
from service.console.visit import Visit
from service.db import destinations, outbox
from service.db.outbox import Filter, State
from service.delivery.kinds import KINDS
from service.problems import Conflict, Invalid, NotFound, Problem

PAGE = 50
UNDELIVERED = "undelivered"
"""What the filter calls everything that no receiver has taken yet."""


def listing(visit: Visit) -> Response:
    """Deliveries, newest first, with the state of every destination."""
    return _show(visit)


def create(visit: Visit) -> Response:
    """Have another system told of decisions; the secret that its messages are signed with is shown once."""
    try:
        made = make(visit.services, forms.read(DestinationIn, destination_form.read(visit.form)))
    except (Invalid, Conflict) as problem:
        return _show(visit, problem)
    if made.secret is None:
        said = f"{made.destination.name} is made: what is decided from now on is sent to it."
        return visit.tell(Told(said=said), "/deliveries")
    return _show(visit, made=made)


def change(visit: Visit) -> Response:
    """Stop a destination for now, let it go on, or give it a new secret, which is shown this once."""
    where, wanted = visit.params["destination_id"], visit.form.get("do", "")
    try:
        if wanted == "secret":
            return _show(visit, made=rotate(visit.services, where, SecretRotation()), rotated=True)
        if wanted not in ("stop", "go on"):
            raise Invalid("There is no such thing to do to a destination")
        changed = alter(visit.services, where, DestinationChange(active=wanted == "go on"))
    except (Conflict, Invalid) as problem:
        return _show(visit, problem)
    words = "goes on: what waits is sent" if changed.active else "is stopped: what is to be sent waits"
    back = Undo(path=f"/deliveries/destinations/{where}", form={"do": "stop" if changed.active else "go on"})
    return visit.tell(Told(said=f"{changed.name} {words}.", undo=back), "/deliveries")


def _show(
    visit: Visit,
    problem: Problem | None = None,
    *,
    made: DestinationMade | None = None,
    rotated: bool = False,
) -> Response:
    state, where = visit.query.get("state", ""), visit.query.get("destination")
    before = visit.query.get("before", "")
    wanted = Filter(
        state=State(state) if state in list(State) else None,
        undelivered=state == UNDELIVERED,
        destination_id=where,
    )
    with visit.services.database.read() as connection:
        rows = outbox.page(
            connection, wanted, int(before) if before.isdecimal() and len(before) < 19 else None, PAGE + 1
        )
        counts = outbox.counts(connection)
        return visit.show(
            "deliveries.html",
            status=type(problem).status if problem else 200,
            problem=problem,
            made=made,
            rotated=rotated,
            where=where,
            kinds=KINDS,
            asked=destination_form.FIELDS,
            events=destination_form.EVENTS,
            form=visit.form if problem else {},
            shown_url=shown_url,
            rows=rows[:PAGE],
            older=rows[PAGE - 1].id if len(rows) > PAGE else None,
            state=state,
            destinations=destinations.listed(connection),
            counts=counts,
            undelivered=UNDELIVERED,
            counted=_counted(counts, where, state),
        )


def _counted(counts: Mapping[tuple[str, str], int], where: str | None, state: str) -> int | None:
    """How many messages fit the filters; None where nobody counts them: those that were taken."""
    if state not in (UNDELIVERED, *outbox.UNDELIVERED):
        return None
    fits = (state,) if state != UNDELIVERED else outbox.UNDELIVERED
    return sum(number for (to, each), number in counts.items() if each in fits and where in (None, to))


def replay(visit: Visit) -> Response:
    """Send one message again."""
    delivery_id = int(visit.params["delivery_id"])
    services = visit.services
    with services.database.read() as connection:
        if outbox.get(connection, delivery_id) is None:
            raise NotFound("There is no delivery with this id")
    if not services.database.transact(lambda c: outbox.replay(c, delivery_id, services.now())):
        raise Conflict("This message is on its way, or was emptied; there is nothing to send again")
    return visit.tell(Told(said="The message is sent again, under the same id."), "/deliveries")


def replay_dead(visit: Visit) -> Response:
    """Send again everything that was given up for one destination."""
    where = visit.params["destination_id"]
    number = visit.services.database.transact(lambda c: outbox.replay_dead(c, where, visit.services.now()))
    return visit.tell(Told(said=f"Sent again: {number}, under the same ids."), "/deliveries")
