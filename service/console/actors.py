"""Who acts in the program on a page: what the reader may do, and which rep that person is."""

from __future__ import annotations

from service.api.program_actor import actor_of
from service.console.visit import Visit
from service.db.program import settings
from service.problems import Forbidden
from service.program.checks import speaks_for
from service.program.core.settings import SIDES
from service.program.parts import Actor

NOBODY = "No rep has your e-mail address, so there is nothing here that you may do"


def acting(visit: Visit) -> Actor:
    """The reader as the program knows her. Raises Forbidden for one who has no part in it.

    Those who have are reps, who edits or decides for anybody, and the reviewers whom the settings name.
    """
    with visit.services.database.read() as connection:
        actor = actor_of(connection, visit.caller)
        chosen = settings.current(connection)
    reviews = any(speaks_for(chosen, side, actor) for side in SIDES)
    if not (actor.edits or actor.decides or reviews or actor.rep is not None):
        raise Forbidden(NOBODY)
    return actor
