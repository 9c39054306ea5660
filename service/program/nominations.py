"""Nominations: a rep makes one while the window is open, and may take it back until the quarter begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from routing.types.people import RepId
from service.db.program import nominations as db
from service.db.program import records
from service.db.program import settings as stored
from service.db.program.nominations import Nomination
from service.delivery.outbox import EventType
from service.problems import Conflict, Forbidden
from service.program import checks, places, schedule
from service.program.core import quarters
from service.program.core.criteria import Criterion, Evidence, examined
from service.program.core.review import State
from service.program.core.settings import ProgramSettings
from service.program.parts import Actor, Parts, known_account


@dataclass(frozen=True, slots=True, kw_only=True)
class Nominating:
    """What a rep says: the account, and the criteria that hold, each with what speaks for it.

    ``quarter`` None is the next one.
    """

    account: str
    rep: RepId
    criteria: Mapping[Criterion, str | None]
    note: str | None = None
    quarter: str | None = None


class Nominations:
    """Makes nominations and takes them back. Safe to share between threads and to repeat."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def nominate(self, said: Nominating, actor: Actor) -> tuple[Nomination, bool]:
        """Make a nomination; whether it is new. Raises Invalid, Conflict, Forbidden."""
        if said.rep != actor.rep and not actor.edits:
            raise Forbidden("A rep nominates for herself; for another it needs the role or scope ops-editor")
        return self._parts.database.transact(partial(self._nominate, said, actor))

    def withdraw(self, nomination_id: str, reason: str, actor: Actor) -> Nomination:
        """Take a nomination back before the quarter begins. Raises NotFound, Conflict, Forbidden."""
        return self._parts.database.transact(partial(self._withdraw, nomination_id, reason, actor))

    def examine(self, account: str) -> tuple[Evidence, ...]:
        """What the records say of an account now. Raises Invalid for one that is not known."""
        with self._parts.database.read() as connection:
            known_account(connection, account)
            return _evidence(connection, account, stored.current(connection), self._parts.clock())

    def refresh(self, nomination_id: str) -> Nomination:
        """Look at the records anew, for those who review. Raises NotFound, Conflict."""
        return self._parts.database.transact(partial(self._refresh, nomination_id))

    def _nominate(self, said: Nominating, actor: Actor, connection: Connection) -> tuple[Nomination, bool]:
        now = self._parts.clock()
        stored.lock(connection)
        settings = stored.current(connection)
        quarter = quarters.upcoming(settings, now)
        checks.window(settings, quarter, said.quarter, now)
        known_account(connection, said.account)
        checks.nominator(connection, said.rep)
        earlier = db.standing(connection, quarter.name, said.account)
        if earlier is not None and (earlier.rep, earlier.claims) == (said.rep, said.criteria):
            return earlier, False
        if earlier is not None:
            raise Conflict(
                f"{earlier.rep} has nominated the account for {quarter.name} already: {earlier.id}"
            )
        checks.not_strategic(connection, settings, said.account, quarter)
        evidence = _evidence(connection, said.account, settings, now)
        checks.criteria(list(said.criteria), evidence, settings)
        made = Nomination(
            id=self._parts.new_id(),
            quarter=quarter.name,
            starts=quarter.starts,
            ends=quarters.following(settings, quarter, settings.term_quarters).starts,
            account=said.account,
            rep=said.rep,
            note=said.note,
            claims=dict(said.criteria),
            evidence=evidence,
            evidence_at=now,
            state=State.NOMINATED,
            made_by=actor.name,
            made_at=now,
        )
        db.add(connection, made)
        schedule.ahead(connection, settings, now)
        places.tell(connection, settings, EventType.PROGRAM_NOMINATED, made, now)
        return made, True

    def _withdraw(self, nomination_id: str, reason: str, actor: Actor, connection: Connection) -> Nomination:
        now = self._parts.clock()
        stored.lock(connection)
        settings = stored.current(connection)
        seen = db.get(connection, nomination_id)
        if seen is not None and seen.state is State.WITHDRAWN:
            return seen
        found = places.open_one(connection, nomination_id, now)
        if found.rep != actor.rep and not actor.edits:
            raise Forbidden("The rep who nominated may withdraw it, or who has the role or scope ops-editor")
        places.become(connection, settings, found, State.WITHDRAWN, reason, actor.name, now)
        places.fill(connection, settings, found.quarter, now)
        return places.again(connection, found)

    def _refresh(self, nomination_id: str, connection: Connection) -> Nomination:
        now = self._parts.clock()
        stored.lock(connection)
        found = places.open_one(connection, nomination_id, now)
        evidence = _evidence(connection, found.account, stored.current(connection), now)
        db.refresh(connection, found.id, evidence, now)
        return places.again(connection, found)


def _evidence(
    connection: Connection, account: str, settings: ProgramSettings, now: datetime
) -> tuple[Evidence, ...]:
    found = records.of_account(connection, account, settings.criteria, now)
    return examined(found, settings.criteria, now)
