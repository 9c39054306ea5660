"""The plan of a hand-over: every thing that it is about, in the order in which they pass."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from routing.types.people import Rep, RepId
from routing.types.pools import PoolName
from service.db import reps, rotation
from service.handover.parts.part import Planning
from service.handover.parts.register import PARTS
from service.handover.plan import Draft
from service.handover.receivers import Choice, Nobody, named
from service.handover.request import ForWork, HandoverRequest, ToMembers
from service.pools.naming import asked, unknown_pools, unknown_reps
from service.problems import FieldError, Invalid

_RECEIVERS = ("accounts", "opportunities", "untouched", "in_work", "covers", "team")


def planned(connection: Connection, request: HandoverRequest, now: datetime) -> list[Draft]:
    """What would pass, and to whom, if it were done now. Changes nothing. Raises Invalid."""
    people = reps.around(connection, {RepId(request.rep), *_named(request)})
    rep = people.get(RepId(request.rep))
    if rep is None:
        near = unknown_reps(connection, [RepId(request.rep)]).get(RepId(request.rep))
        raise _wrong("rep", f"names no rep{asked(near) or '; see /v1/reps'}")
    _demand_receivers(connection, request, people)
    _demand_pools(connection, request)
    planning = Planning(
        request=request,
        rep=rep,
        choice=Choice(manager=_manager(rep, people), members=_members(connection, request)),
        now=now,
        start=max(request.starts or now, now),
    )
    if request.until is not None and request.until <= planning.start:
        raise _wrong("until", "must lie ahead")
    drafts: list[Draft] = []
    for part in PARTS.values():
        try:
            drafts += part.plan(connection, planning)
        except Nobody as nobody:
            raise _wrong(_FIELDS.get(part.kind, part.kind), str(nobody)) from None
    return drafts


_FIELDS = {
    "account": "accounts",
    "opportunity": "opportunities",
    "assignment": "in_work",
    "cover": "covers",
}
"""What a kind of thing is called in the request."""


def _receivers(request: HandoverRequest) -> dict[str, ForWork]:
    given = {name: getattr(request, name) for name in _RECEIVERS}
    return {name: receiver for name, receiver in given.items() if receiver is not None}


def _named(request: HandoverRequest) -> set[RepId]:
    return named(list(_receivers(request).values()))


def _demand_receivers(connection: Connection, request: HandoverRequest, people: dict[RepId, Rep]) -> None:
    lost = unknown_reps(connection, _named(request) - people.keys())
    errors = []
    for field, receiver in _receivers(request).items():
        for name in sorted(named([receiver])):
            known = people.get(name)
            if name == request.rep:
                errors.append(FieldError(pointer=f"#/{field}", detail="must not name the rep itself"))
            elif known is None:
                errors.append(FieldError(pointer=f"#/{field}", detail=f"names no rep{asked(lost.get(name))}"))
            elif not known.active:
                errors.append(FieldError(pointer=f"#/{field}", detail="names a rep who is not active"))
    if errors:
        raise Invalid("The hand-over cannot be planned", errors=errors)


def _demand_pools(connection: Connection, request: HandoverRequest) -> None:
    """Raise Invalid where a pool to join, or one whose members receive, does not exist."""
    where = {PoolName(name): "join" for name in request.join}
    for field, each in _receivers(request).items():
        if isinstance(each, ToMembers):
            where[PoolName(each.members_of)] = field
    errors = [
        FieldError(pointer=f"#/{where[name]}", detail=f"names a pool that there is not{asked(near)}")
        for name, near in unknown_pools(connection, where).items()
    ]
    if errors:
        raise Invalid("The hand-over cannot be planned", errors=errors)


def _manager(rep: Rep, people: dict[RepId, Rep]) -> RepId | None:
    manager = people.get(rep.manager) if rep.manager is not None else None
    return manager.id if manager is not None and manager.active and manager.id != rep.id else None


def _members(connection: Connection, request: HandoverRequest) -> dict[str, dict[RepId, int]]:
    """The active members, but for the rep, of the pools that receivers name."""
    pools = {
        PoolName(each.members_of) for each in _receivers(request).values() if isinstance(each, ToMembers)
    }
    found = rotation.load(connection, pools, lock=False)
    members = {member.rep for state in found.values() for member in state.members}
    active = {rep.id for rep in reps.by_id(connection, members).values() if rep.active} - {request.rep}
    return {
        name: {member.rep: member.weight for member in state.members if member.rep in active}
        for name, state in found.items()
    }


def _wrong(field: str, detail: str) -> Invalid:
    return Invalid(
        "The hand-over cannot be planned", errors=[FieldError(pointer=f"#/{field}", detail=detail)]
    )
