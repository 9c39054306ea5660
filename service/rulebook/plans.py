"""Trying a draft on the past in the background, with progress, a way to stop it, and every change kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection

from routing.explain import explain
from routing.problems import RulebookInvalid
from routing.route import route_contact
from service.batcher import NOBODYS_FAULT
from service.db import decisions, plans, recorded, rulebooks
from service.db.directory import directory
from service.db.engine import Database
from service.db.plans import Claimed, Wanted
from service.db.recorded import Span
from service.rulebook.comparison import Compared, Comparison, Placement, placement
from service.rulebook.live import compiled
from service.rulebook.replay import replay

NOTED = 500
"""Contacts after which progress is written down, and it is seen that a plan was cancelled."""

log = structlog.get_logger(__name__)


class NothingLive(LookupError):
    """There is no live rulebook to compare a draft with."""


class _Cancelled(Exception):
    pass


def begin(database: Database, plan_id: str, span: Span, *, author: str, now: datetime) -> None:
    """Have the draft tried on the decisions of a span. Raises NothingLive and RulebookInvalid."""
    with database.read() as connection:
        draft = rulebooks.draft(connection)
        total = recorded.count(connection, span)
    if draft.live is None:
        raise NothingLive("No rulebook is live yet; there is nothing to compare the draft with")
    wanted = Wanted(
        id=plan_id,
        before_version=draft.live,
        after_version=compiled(draft.text).version,
        after_text=draft.text,
        span=span,
        author=author,
        total=total,
    )
    database.transact(lambda connection: plans.add(connection, wanted, now))


class Planner:
    """Runs the plans that wait. A worker that dies leaves its plan to another, which begins it anew."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def run(self) -> bool:
        """Run one plan; whether there was one."""
        claimed = self._database.transact(lambda connection: plans.claim(connection, self._now()))
        if claimed is None:
            return False
        result, problem = None, None
        try:
            result = self._compare(claimed)
        except _Cancelled:
            return True
        except NOBODYS_FAULT:
            raise  # the database is away: begun anew when the lease is over
        except RulebookInvalid as invalid:
            problem = f"A rulebook cannot be read here: {invalid.problems[0].message}"
        except Exception as error:  # a plan that cannot be made must not be tried for ever
            log.warning("plan.failed", plan=claimed.id, exc_info=error)
            problem = "The plan could not be made; the log says more"
        end = partial(plans.finish, plan_id=claimed.id, result=result, problem=problem, now=self._now())
        self._database.transact(end)
        return True

    def _compare(self, claimed: Claimed) -> Comparison:
        with self._database.read() as connection:
            live = rulebooks.get(connection, claimed.before_version)
        assert live is not None, "a plan refers to a version"
        notes = _Notes(self._database, claimed.id, self._now)
        found = replay(
            self._database,
            compiled(claimed.after_text),
            claimed.span,
            live=compiled(live.text),
            on_change=notes.changed,
            on_contact=notes.routed,
        )
        notes.write()
        return found


class _Notes:
    """Progress and changes, written down now and then. Raises _Cancelled when the plan was cancelled."""

    def __init__(self, database: Database, plan_id: str, now: Callable[[], datetime]) -> None:
        self._database = database
        self._plan_id = plan_id
        self._now = now
        self._done = self._changed = 0
        self._found: list[tuple[int, Compared]] = []

    def changed(self, found: Compared) -> None:
        self._found.append((self._changed, found))
        self._changed += 1

    def routed(self) -> None:
        self._done += 1
        if self._done % NOTED == 0:
            self.write()

    def write(self) -> None:
        advance = partial(
            plans.advance, plan_id=self._plan_id, done=self._done, changes=self._found, now=self._now()
        )
        if not self._database.transact(advance):
            raise _Cancelled
        self._found = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a change: where the contact is, and why, in sentences."""

    version: str
    placement: Placement
    explanation: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BothSides:
    """A contact of a plan, explained under both rulebooks.

    Turns are drawn from the pools as they stand now: the rep whom a pool would
    have given in the plan's own order of contacts may be another.
    """

    decision_id: str
    before: Side
    after: Side


def both_sides(connection: Connection, plan_id: str, decision_id: str) -> BothSides | None:
    """Explain a recorded contact under both rulebooks of a plan. Raises RulebookInvalid."""
    found = plans.get(connection, plan_id)
    text = plans.text_of(connection, plan_id)
    decision = decisions.get(connection, decision_id)
    if found is None or text is None or decision is None:
        return None
    live = rulebooks.get(connection, found.before_version)
    assert live is not None, "a plan refers to a version"
    today = directory(connection)
    names = {rep.id: rep.name for rep in {**today.reps, **decision.facts.reps}.values()}

    def side(said: str) -> Side:
        rulebook = compiled(said)
        routed, _ = route_contact(decision.facts, rulebook, today, decision.at)
        return Side(version=rulebook.version, placement=placement(routed), explanation=explain(routed, names))

    return BothSides(decision_id=decision_id, before=side(live.text), after=side(text))
