"""Recorded contacts routed again: under a draft to see what changes, under their own version as proof.

The facts are those that were stored with each decision and the clock is that
moment's; reps, pools and turns are today's, copied, so nothing is drawn from
the real pools. docs/change-control.md says what that means for the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from matching.match import match_contact
from matching.policy import MatchPolicy
from routing.compiled import Rulebook
from routing.problems import RulebookInvalid
from routing.rotation import Load, Need, Rotation
from routing.route import Judgement, judge, route_contact, settle
from routing.rules.base import Request
from routing.types.decision import RoutingDecision
from routing.types.facts import RoutingFacts
from routing.types.people import Rep
from routing.types.pools import PoolName, PoolSettings, PoolState
from routing.types.rotation import RotationMove
from service.db import policies, recorded, rulebooks
from service.db.directory import directory
from service.db.engine import Database
from service.db.recorded import Recorded, Span
from service.decision import Decision
from service.rulebook.comparison import Compared, Comparison, Placement, compare, placement
from service.rulebook.live import compiled

RECORDED = "as recorded"
"""How the placements of the stored decisions are called in a comparison."""

_NO_NEED = Need()

KEPT_CHANGES = 200
"""Changed contacts that stand in a comparison; all of them are counted."""


class Trial:
    """A rulebook on trial, with its own copy of the rotation, which moves on with each contact."""

    def __init__(self, rulebook: Rulebook, today: Rotation) -> None:
        self._rulebook = rulebook
        self._rotation = today
        self._named = {
            rep: today.reps[rep] for rep in rulebook.reps | rulebook.reps_of_tables if rep in today.reps
        }

    def place(self, contact: Recorded) -> Placement:
        """Where this rulebook puts the contact.

        Of a contact that was decided under this very rulebook the stored
        judgement holds; only the turn of a pool is drawn anew.
        """
        facts = contact.facts
        if contact.rulebook == self._rulebook.version:
            if contact.asked_pool is None:
                return contact.placement
            judgement = _asking(contact.asked_pool, contact.placement.rule)
        else:
            if not facts.reps.keys() >= self._named.keys():
                facts = replace(facts, reps={**self._named, **facts.reps})
            judgement = judge(facts, self._rulebook, contact.at)
        decision, after = settle(judgement, facts, self._rulebook, self._rotation, contact.at)
        self._rotation = replace(
            after, load=Load()
        )  # caps and open work are those of a moment, not of a span
        return placement(decision)


def _asking(pool: PoolName, rule: str | None) -> Judgement:
    """The judgement of a rule that asks for a turn."""
    return Judgement(claims=(), rule=rule or "", request=Request(kind="pool", pool=pool), losers=())


def replay(
    database: Database,
    draft: Rulebook,
    span: Span,
    *,
    live: Rulebook | None = None,
    keep: int = KEPT_CHANGES,
    on_change: Callable[[Compared], None] = lambda _: None,
    on_contact: Callable[[], None] = lambda: None,
) -> Comparison:
    """Set a draft beside the live rulebook, or (None) beside what was decided at the time.

    ``on_contact`` is called after each contact, to show progress. Reads only;
    memory does not grow with the number of contacts.
    """
    with database.read() as connection:
        today = directory(connection)
    before = Trial(live, today) if live is not None else None
    after = Trial(draft, today)

    def pairs() -> Iterator[Compared]:
        for contact in recorded.recorded(database, span):
            old = before.place(contact) if before is not None else contact.placement
            yield _compared(contact, old, after.place(contact))
            on_contact()

    return compare(
        pairs(),
        before=live.version if live is not None else RECORDED,
        after=draft.version,
        keep=keep,
        on_change=on_change,
        weights={
            name: {member.rep: member.weight for member in pool.members} for name, pool in today.pools.items()
        },
    )


def _compared(contact: Recorded, before: Placement, after: Placement) -> Compared:
    facts = contact.facts
    return Compared(
        decision_id=contact.id,
        contact_id=facts.contact.external_id,
        account_id=facts.match.account_id,
        country=facts.country,
        tier=facts.account.tier if facts.account is not None else None,
        at=contact.at,
        before=before,
        after=after,
        email=facts.contact.email,
        company=facts.contact.company,
        region=_region(facts),
    )


def _region(facts: RoutingFacts) -> str | None:
    parts = [part for part in (facts.country, (facts.contact.state or "").strip()) if part]
    return " / ".join(parts) or None


# --- a decision under its own version -----------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A stored decision that does not come out the same again. ``parts`` names what is different."""

    decision_id: str
    at: datetime
    rulebook: str
    parts: tuple[str, ...]


def drifted(database: Database, span: Span) -> Iterator[Drift]:
    """The decisions of a span that do not replay to themselves under the versions they name."""
    versions = _Versions(database)
    for decision in recorded.whole(database, span):
        parts = differences(
            decision,
            versions.rulebook(decision.versions.rulebook),
            versions.policy(decision.versions.policy),
        )
        if parts:
            yield Drift(
                decision_id=decision.id, at=decision.at, rulebook=decision.versions.rulebook, parts=parts
            )


def differences(decision: Decision, rulebook: Rulebook | None, policy: MatchPolicy | None) -> tuple[str, ...]:
    """What comes out differently when a decision is taken again on what it holds.

    A version that is not there, or that this program cannot read, is named as
    ``rulebook`` or ``policy``.
    """
    found = []
    if policy is None:
        found.append("policy")
    elif match_contact(decision.normalized, decision.considered, policy) != decision.match:
        found.append("match")
    if rulebook is None:
        return (*found, "rulebook")
    stored = decision.routing
    again = reroute(decision, rulebook)
    found += [
        f"routing.{f.name}" for f in fields(stored) if getattr(again, f.name) != getattr(stored, f.name)
    ]
    return tuple(found)


def reroute(decision: Decision, rulebook: Rulebook) -> RoutingDecision:
    """The routing decision, taken again on the stored facts, clock and turn.

    How the pools stood just before is not stored, so two things are taken as
    recorded: the turn that a pool gave, if it answers the question that the
    rules ask now, and when a pool without anybody available has somebody again.
    What a person decided is that person's word: no rule says it again.
    """
    stored = decision.routing
    if stored.hand is not None:
        return stored
    again, _ = route_contact(decision.facts, rulebook, _recorded_turn(decision), decision.at)
    if again.move is not None and again.assignee is None:
        return replace(again, until=stored.until)
    return again


@dataclass(frozen=True, slots=True, kw_only=True)
class _RecordedTurn(Rotation):
    """A rotation that knows its answers: the turns of a stored decision, by the pool asked first."""

    moves: Mapping[PoolName, RotationMove]

    def draw_from(
        self, name: PoolName, now: datetime, need: Need = _NO_NEED
    ) -> tuple[RotationMove, Rotation]:
        """The recorded turn, or one that gives nobody where it cannot be the answer to this."""
        move = self.moves.get(name)
        if move is None:
            return replace(next(iter(self.moves.values())), rep=None), self
        if move.rep in need.exclude or (move.kept and move.rep != need.holder):
            return replace(move, rep=None), self
        return move, self


def _recorded_turn(decision: Decision) -> _RecordedTurn:
    routing, reps = decision.routing, dict(decision.facts.reps)
    moves = {
        (move.tried or (move.pool,))[0]: move
        for move in (*routing.passed, *((routing.move,) if routing.move is not None else ()))
    }
    if routing.move is not None and routing.move.rep is not None:
        reps.setdefault(routing.move.rep, Rep(id=routing.move.rep, name=routing.move.rep))
    asked = {name for move in moves.values() for name in (*move.tried, move.pool)}
    pools = {name: PoolState(name=name, settings=PoolSettings(), turn=0, members=()) for name in asked}
    return _RecordedTurn(pools=pools, reps=reps, moves=moves)


class _Versions:
    """Rulebooks and policies by their version, each read once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rulebooks: dict[str, Rulebook | None] = {}
        self._policies: dict[str, MatchPolicy | None] = {}

    def rulebook(self, version: str) -> Rulebook | None:
        if version not in self._rulebooks:
            with self._database.read() as connection:
                stored = rulebooks.get(connection, version)
            try:
                self._rulebooks[version] = compiled(stored.text) if stored is not None else None
            except RulebookInvalid:
                self._rulebooks[version] = None
        return self._rulebooks[version]

    def policy(self, version: str) -> MatchPolicy | None:
        if version not in self._policies:
            with self._database.read() as connection:
                self._policies[version] = policies.get(connection, version)
        return self._policies[version]
