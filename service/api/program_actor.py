"""Who acts in the program: what the caller may do, and which rep that person is."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from service.api.deps import require
from service.auth import Caller, Scope
from service.db import reps
from service.program.parts import Actor, Parts
from service.services import Services

Reader = Annotated[Caller, require(Scope.READ)]
Editor = Annotated[Caller, require(Scope.OPS_EDITOR)]
Approver = Annotated[Caller, require(Scope.OPS_APPROVER)]


def parts_of(services: Services) -> Parts:
    """What the parts of the program are made of."""
    return Parts(database=services.database, clock=services.clock, new_id=services.new_id)


async def acting(services: Services, caller: Caller) -> Actor:
    """The caller as the program knows her: the rep with her e-mail address, where she is a person."""

    def read() -> Actor:
        with services.database.read() as connection:
            return actor_of(connection, caller)

    return await run_in_threadpool(read)


def actor_of(connection: Connection, caller: Caller) -> Actor:
    """The same over a connection."""
    found = reps.by_email(connection, caller.name) if "@" in caller.name else None
    return Actor(
        name=caller.name,
        id=caller.id,
        rep=found,
        edits=caller.has(Scope.OPS_EDITOR),
        decides=caller.has(Scope.OPS_APPROVER),
    )
