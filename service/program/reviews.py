"""Reviews: what the sides say of nominations, and in which order they want them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from sqlalchemy import Connection

from service.db.program import nominations as db
from service.db.program import settings as stored
from service.db.program.nominations import Nomination
from service.problems import FieldError, Invalid
from service.program import checks, places
from service.program.core.review import OPEN, Said, Verdict, settled
from service.program.parts import Actor, Parts, wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaking:
    """What a reviewer says for a side. A decline needs a reason; without a rank it keeps the one it has."""

    side: str
    verdict: Verdict
    reason: str | None = None
    rank: int | None = None


class Reviews:
    """Takes verdicts and orders. Safe to share between threads and to repeat."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def review(self, nomination_id: str, said: Speaking, actor: Actor) -> Nomination:
        """Say what a side thinks. Raises NotFound, Conflict, Forbidden, Invalid."""
        if said.verdict is Verdict.DECLINE and not said.reason:
            raise wrong(checks.PROBLEM, "reason", "must say why it is declined")
        return self._parts.database.transact(partial(self._review, nomination_id, said, actor))

    def rank(self, quarter: str, side: str, order: Sequence[str], actor: Actor) -> list[Nomination]:
        """Put the open nominations of a quarter into a side's order, the best first; others have no rank.

        Raises Forbidden, Invalid.
        """
        return self._parts.database.transact(partial(self._rank, quarter, side, order, actor))

    def _review(
        self, nomination_id: str, speaking: Speaking, actor: Actor, connection: Connection
    ) -> Nomination:
        now = self._parts.clock()
        stored.lock(connection)
        settings = stored.current(connection)
        found = places.open_one(connection, nomination_id, now)
        checks.reviewer(settings, speaking.side, actor)
        checks.separate(settings, found, speaking.side, actor)
        before = found.said.get(speaking.side)
        said = Said(
            side=speaking.side,
            verdict=speaking.verdict,
            rank=speaking.rank or (before.rank if before else None),
            reason=speaking.reason,
            by=actor.name,
            by_id=actor.id,
            at=now,
        )
        if before is not None and replace(before, at=now) == said:
            return found
        db.say(connection, found.id, said)
        becomes = settled({**found.said, said.side: said}, settings.review.sides)
        if becomes is not found.state:
            places.become(connection, settings, found, becomes, said.reason, said.by, now)
        places.fill(connection, settings, found.quarter, now)
        return places.again(connection, found)

    def _rank(
        self, quarter: str, side: str, order: Sequence[str], actor: Actor, connection: Connection
    ) -> list[Nomination]:
        now = self._parts.clock()
        stored.lock(connection)
        settings = stored.current(connection)
        checks.reviewer(settings, side, actor)
        found = {each.id: each for each in db.of_quarter(connection, quarter, OPEN)}
        _check_order(order, found, quarter)
        ranks = {name: place for place, name in enumerate(order, 1)}
        for name, each in found.items():
            before = each.said.get(side)
            if (before.rank if before else None) != ranks.get(name):
                empty = Said(
                    side=side, verdict=None, rank=None, reason=None, by=actor.name, by_id=actor.id, at=now
                )
                db.say(connection, name, replace(before or empty, rank=ranks.get(name)))
        places.fill(connection, settings, quarter, now)
        return db.of_quarter(connection, quarter, OPEN)


def _check_order(order: Sequence[str], found: dict[str, Nomination], quarter: str) -> None:
    errors = [
        FieldError(
            pointer=f"#/order/{place}",
            detail=f"is no open nomination for {quarter}" if name not in found else "is named twice",
        )
        for place, name in enumerate(order)
        if name not in found or name in order[:place]
    ]
    if errors:
        raise Invalid("The order is not valid", errors=errors)
