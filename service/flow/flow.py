"""The path of a contact: reads, matching and routing, one write.

    normalise -> find candidates -> match -> gather facts -> rules -> rotation -> store

A batch is one transaction. Its contacts are locked first, in a fixed order,
then everything is read, decided in memory, and written once: the decisions,
the assignments with their clocks, the turns of the pools and the outbox rows
stand together or not at all. A single contact is a batch of one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from matching.match import grounds
from matching.policy import MatchPolicy
from matching.types import Contact, MatchResult
from routing.compiled import Rulebook
from service.db import contacts, decisions, erasures, shadow
from service.db import rotation as pools
from service.db.engine import Database
from service.db.shadow import Mode
from service.decision import AssignmentView, Decision, Handled, Incoming, Versions
from service.flow.burst import Routed
from service.flow.cases import Arrival, Case, arrive, hold, recognise, waves
from service.flow.gathering import company_names, gather
from service.flow.matching import Matched, match, match_all
from service.flow.routing import route_apart
from service.flow.writing import Batch, write
from service.rulebook.live import LiveRulebook, Policies

CHUNK = 200
"""Contacts in one transaction at most: bounds its locks (five a contact), memory, what a retry repeats."""


class Flow:
    """Decides contacts. Safe to share between threads; any number of processes may have one."""

    def __init__(
        self,
        database: Database,
        rules: LiveRulebook,
        policies: Policies,
        *,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        tell: Callable[[Sequence[Handled]], object] = len,
    ) -> None:
        """``tell`` is told of each chunk that has been stored; it must neither fail nor take long."""
        self._database = database
        self._rules = rules
        self._policies = policies
        self._clock = clock
        self._new_id = new_id
        self._tell = tell

    def handle(self, incoming: Sequence[Incoming]) -> list[Handled]:
        """Decide each event once, store the decisions, and answer in the order given.

        An event that was decided before is answered with that decision. Up to
        `CHUNK` events stand or fall together. Raises NoRulebook while none is live.
        """
        handled: list[Handled] = []
        for start in range(0, len(incoming), CHUNK):
            chunk = incoming[start : start + CHUNK]
            stored = self._database.transact(partial(self._handle, chunk=chunk))
            self._tell(stored)
            handled += stored
        return handled

    def match(self, arriving: Sequence[Contact]) -> list[MatchResult]:
        """Which account each contact belongs to. Stores nothing."""
        with self._database.read() as connection:
            return match(connection, arriving, self._policies.current(connection), self._clock())

    def preview(self, contact: Contact, rulebook: Rulebook | None = None) -> Decision:
        """The decision that would be taken now, under ``rulebook`` or the live one. Stores nothing."""
        arrival = arrive(Incoming(contact=contact, event_key="preview", digest=""))
        with self._database.read() as connection:
            rulebook = rulebook or self._rules.current(connection)
            policy = self._policies.current(connection)
            return self._decide(connection, [arrival], rulebook, policy, self._clock(), lock=False).decisions[
                0
            ]

    def _handle(self, connection: Connection, chunk: Sequence[Incoming]) -> list[Handled]:
        chunk = erasures.emptied(connection, chunk)
        arrivals = hold(connection, [arrive(incoming) for incoming in chunk])
        now = self._clock()
        policy = self._policies.record(connection, now)
        before = decisions.by_event(connection, [incoming.event_key for incoming in chunk])
        done = dict(before)
        for wave in waves(arrival for arrival in arrivals if arrival.incoming.event_key not in before):
            batch = self.decide(connection, wave, now, policy)
            write(connection, batch, now)
            done |= {decision.event_key: decision for decision in batch.decisions}
        return _answers(chunk, done, seen=set(before))

    def policy(self, connection: Connection) -> MatchPolicy:
        """The matching policy that decides in this transaction."""
        return self._policies.current(connection)

    def decide(
        self,
        connection: Connection,
        wave: Sequence[Arrival],
        now: datetime,
        policy: MatchPolicy | None = None,
    ) -> Batch:
        """Decide events of different contacts, whose names the transaction has locked. Writes nothing.

        ``policy`` is the matching policy of the transaction, for who has read it already.
        """
        rulebook, policy = self._rules.current(connection), policy or self._policies.current(connection)
        return self._decide(connection, wave, rulebook, policy, now, lock=True)

    def _decide(
        self,
        connection: Connection,
        wave: Sequence[Arrival],
        rulebook: Rulebook,
        policy: MatchPolicy,
        now: datetime,
        *,
        lock: bool,
    ) -> Batch:
        cases = recognise(connection, wave, rulebook.by_hand.start(now, rulebook.zone))
        said = [case.incoming.remembered for case in cases]
        matched = match_all(connection, [case.normalized for case in cases], policy, now, said)
        known_pools = pools.known(connection)
        if lock and (rulebook.looks_around or known_pools.look_around(rulebook.pools)):
            contacts.lock(connection, company_names(cases, matched))
        known = gather(connection, cases, matched, rulebook, now)
        mode = shadow.mode(connection)
        # what a person or a clock has decided anew is about work that somebody has, and goes on for real
        aside = [mode is not None and each.row is None and mode.hides(each.incoming.contact) for each in wave]
        routed, before, after = route_apart(
            connection, cases, known, aside, rulebook, known_pools, now, lock=lock
        )
        versions = Versions(policy=policy.version, rulebook=rulebook.version)
        taken = [
            self._decision(case, found, each, versions, policy, now)
            for case, found, each in zip(cases, matched, routed, strict=True)
        ]
        if mode is not None:
            taken = [_beside(mode, each) if apart else each for each, apart in zip(taken, aside, strict=True)]
        return Batch(
            cases=tuple(cases), decisions=tuple(taken), policy=policy, pools_before=before, pools_after=after
        )

    def _decision(
        self,
        case: Case,
        matched: Matched,
        routed: Routed,
        versions: Versions,
        policy: MatchPolicy,
        now: datetime,
    ) -> Decision:
        return Decision(
            id=self._new_id(),
            event_key=case.incoming.event_key,
            event_digest=case.incoming.digest,
            contact=case.contact,
            normalized=case.normalized,
            considered=grounds(case.normalized, matched.considered, policy),
            match=matched.result,
            facts=routed.facts,
            routing=routed.decision,
            assignment=self._assignment(routed),
            versions=versions,
            occurred_at=min(case.incoming.occurred_at or now, now),
            at=now,
        )

    def _assignment(self, routed: Routed) -> AssignmentView | None:
        decision, holder = routed.decision, routed.facts.holder
        if decision.assignee is None:
            return None
        drawn = decision.move is not None and not decision.move.kept
        if holder is not None and holder.rep == decision.assignee and not drawn:
            return AssignmentView(id=holder.assignment_id, rep=holder.rep, due_at=holder.due_at)
        due_at = min((clock.due_at for clock in decision.clocks), default=None)
        return AssignmentView(id=self._new_id(), rep=decision.assignee, due_at=due_at)


def _beside(mode: Mode, taken: Decision) -> Decision:
    """The decision as one that is only recorded beside another system."""
    return replace(taken, assignment=None, shadow=True, incumbent=mode.incumbent(taken.contact))


def _answers(chunk: Sequence[Incoming], done: Mapping[str, Decision], seen: set[str]) -> list[Handled]:
    """The answer to each event of a chunk; ``seen`` are the event keys that were answered before."""
    handled = []
    for incoming in chunk:
        decision = done[incoming.event_key]
        conflict = decision.event_digest != incoming.digest
        handled.append(Handled(decision=decision, repeated=incoming.event_key in seen, conflict=conflict))
        seen.add(incoming.event_key)
    return handled
