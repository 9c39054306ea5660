"""Deliveries: what was told to other systems, what could not be, and sending it again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from service.api.destinations import (
    DestinationChange,
    DestinationIn,
    DestinationMade,
    SecretRotation,
    alter,
    altered,
    make,
    rotate,
    shown_url,
)
from service.auth import Scope
from service.console import aside, destination_form, forms
from service.console.destination_form import standing
from service.console.links import listed
from service.console.told import STILL, Told, Undo, print_of, unchanged
from service.console.visit import Visit
from service.db import destinations, outbox
from service.db.destinations import Destination
from service.db.outbox import Filter, State
from service.delivery.kinds import KINDS
from service.problems import Conflict, Forbidden, Invalid, NotFound, Problem

PAGE = 50
_NO_MESSAGE = "There is no message with this id"
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
    """Change a destination, stop it for now, let it go on, or give it a new secret, shown this once."""
    where, wanted = visit.params["destination_id"], visit.form.get("do", "")
    try:
        if wanted == "secret":
            return _show(visit, made=rotate(visit.services, where, SecretRotation()), rotated=True)
        if wanted == "change":
            return _changed(visit, where)
        if wanted == "put back":
            return _put_back(visit, where)
        if wanted not in ("stop", "go on"):
            raise Invalid("There is no such thing to do to a destination")
        changed = alter(visit.services, where, DestinationChange(active=wanted == "go on"))
    except (Conflict, Invalid) as problem:
        return _show(visit, problem, changing=where if wanted == "change" else None)
    words = "goes on: what waits is sent" if changed.active else "is stopped: what is to be sent waits"
    back = Undo(path=f"/deliveries/destinations/{where}", form={"do": "stop" if changed.active else "go on"})
    return visit.tell(Told(said=f"{changed.name} {words}.", undo=back), "/deliveries")


def _changed(visit: Visit, where: str) -> Response:
    said = forms.read(DestinationChange, destination_form.change(visit.form))
    words = "{} is changed; what waits for it is sent by this from now on."
    return _altered(visit, where, lambda _: said, words, changing=where)


def _put_back(visit: Visit, where: str) -> Response:
    def before(connection: Connection) -> DestinationChange:
        kept = aside.kept(connection, visit.form.get(aside.KEPT, ""), visit.services.now())
        return forms.read(DestinationChange, kept)

    return _altered(visit, where, before, "{} is as it was.")


def _altered(
    visit: Visit,
    where: str,
    meant: Callable[[Connection], DestinationChange],
    words: str,
    *,
    changing: str | None = None,
) -> Response:
    """Change a destination; what it was is kept aside, for an address and credentials are secrets."""
    if not visit.may(Scope.ADMIN):
        raise Forbidden(f"Changing where messages go takes {visit.takes(Scope.ADMIN)}")

    def work(connection: Connection) -> Told:
        unchanged(visit.form, lambda: _print(destinations.get(connection, where, lock=True)))
        before, after = altered(connection, visit.services, where, meant(connection))
        now = _said(after)
        differing = {name: value for name, value in _said(before).items() if value != now[name]}
        kept = aside.keep(connection, differing, visit.services.now())
        form = {"do": "put back", aside.KEPT: kept, STILL: print_of(_print(after))}
        undo = Undo(path=f"/deliveries/destinations/{where}", form=form)
        return Told(said=words.format(after.name), undo=undo)

    return visit.change(work, listed("/deliveries", destination=where), partial(_show, changing=changing))


def _said(destination: Destination) -> dict[str, Any]:
    """A destination by the names of `DestinationChange`, with its secrets."""
    return {
        "name": destination.name,
        "url": destination.url,
        "events": list(destination.events),
        "settings": dict(destination.settings),
        "credentials": dict(destination.credentials),
    }


def _print(destination: Destination | None) -> dict[str, Any]:
    """How a destination stands for an undo; credentials, which the other side may renew, aside."""
    return {} if destination is None else _said(destination) | {"credentials": None}


def _show(
    visit: Visit,
    problem: Problem | None = None,
    *,
    changing: str | None = None,
    made: DestinationMade | None = None,
    rotated: bool = False,
) -> Response:
    state, where = visit.query.get("state", ""), changing or visit.query.get("destination")
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
        everyone = destinations.listed(connection)
        about = next((each for each in everyone if each.id == where), None)
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
            form=visit.form if problem and not changing else {},
            about=about,
            changing=changing,
            standing=_standing(visit, about, changing),
            shown_url=shown_url,
            rows=rows[:PAGE],
            older=rows[PAGE - 1].id if len(rows) > PAGE else None,
            state=state,
            destinations=everyone,
            named={each.id: each.name for each in everyone},
            counts=counts,
            undelivered=UNDELIVERED,
            counted=_counted(counts, where, state),
        )


def _standing(visit: Visit, about: Destination | None, changing: str | None) -> Mapping[str, str]:
    """What the form of a change has: what was sent where it could not be done, else how things are."""
    if about is None:
        return {}
    return {"url": "", "name": "", "settings": "", **visit.form} if changing else standing(about)


def _counted(counts: Mapping[tuple[str, str], int], where: str | None, state: str) -> int | None:
    """How many messages fit the filters; None where nobody counts them: those that were taken."""
    if state not in (UNDELIVERED, *outbox.UNDELIVERED):
        return None
    fits = (state,) if state != UNDELIVERED else outbox.UNDELIVERED
    return sum(number for (to, each), number in counts.items() if each in fits and where in (None, to))


def one(visit: Visit) -> Response:
    """One message as it is sent, and what became of it."""
    with visit.services.database.read() as connection:
        found = outbox.get(connection, int(visit.params["delivery_id"]))
        if found is None:
            raise NotFound(_NO_MESSAGE)
        to = destinations.get(connection, found.destination_id)
    text = json.dumps(found.payload, indent=2, ensure_ascii=False) if found.payload else ""
    return visit.show("delivery.html", each=found, to=to, text=text)


def replay(visit: Visit) -> Response:
    """Send one message again."""
    delivery_id = int(visit.params["delivery_id"])
    services = visit.services
    with services.database.read() as connection:
        if outbox.get(connection, delivery_id) is None:
            raise NotFound(_NO_MESSAGE)
    if not services.database.transact(lambda c: outbox.replay(c, delivery_id, services.now())):
        raise Conflict("This message is on its way, or was emptied; there is nothing to send again")
    told = Told(said="The message is sent again, under the same id.")
    return visit.tell(told, f"/deliveries/{delivery_id}")


def replay_dead(visit: Visit) -> Response:
    """Send again everything that was given up for one destination."""
    where = visit.params["destination_id"]
    number = visit.services.database.transact(lambda c: outbox.replay_dead(c, where, visit.services.now()))
    return visit.tell(Told(said=f"Sent again: {number}, under the same ids."), "/deliveries")
