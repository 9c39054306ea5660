"""The path of a contact: reads, matching and routing, one write.

    normalise -> find candidates -> match -> gather facts -> rules -> rotation -> store

A batch is one transaction. Its contacts are locked first, in a fixed order,
then everything is read, decided in memory, and written once: the decisions,
the assignments with their clocks, the turns of the pools and the outbox rows
stand together or not at all. A single contact is a batch of one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import takewhile

from sqlalchemy import Connection

from matching.match import grounds, match_contact
from matching.memory import company_key
from matching.normalize import normalize
from matching.policy import MatchPolicy
from matching.types import (
    AccountId,
    Considered,
    Contact,
    MatchOutcome,
    MatchResult,
    NormalizedContact,
    Remembered,
)
from routing.compiled import Rulebook
from routing.rotation import Rotation
from routing.types.decision import RoutingDecision, RoutingOutcome
from routing.types.facts import MatchFacts, Relation, RoutingFacts
from routing.types.people import Rep, RepId
from routing.types.pools import PoolName, PoolState
from service.db import (
    candidates,
    clocks,
    contacts,
    decisions,
    erasures,
    facts,
    loads,
    memory,
    reps,
    shadow,
    waiting,
)
from service.db import rotation as pools
from service.db.assignments import Status
from service.db.engine import Database
from service.db.shadow import Mode
from service.decision import AssignmentView, Decision, Handled, Incoming, Versions
from service.flow.burst import PoolsNotLoaded, Routed, pools_needed, route_batch
from service.flow.cases import Arrival, Case, arrive, hold, recognise, waves
from service.flow.writing import Batch, write
from service.rulebook.live import LiveRulebook, Policies

MAX_LIKELY = 5
"""Accounts of a match in review whose owners the rules may ask about."""

CHUNK = 200
"""Contacts in one transaction at most: bounds its locks (five a contact), memory, what a retry repeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Matched:
    """A contact with the accounts that were considered for it, and the conclusion."""

    considered: Considered
    result: MatchResult


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
        matched = _match(connection, [case.normalized for case in cases], policy, now, said)
        known_pools = pools.known(connection)
        if lock and (rulebook.looks_around or known_pools.look_around(rulebook.pools)):
            contacts.lock(connection, _company_names(cases, matched))
        known = _gather(connection, cases, matched, rulebook, now)
        mode = shadow.mode(connection)
        # what a person or a clock has decided anew is about work that somebody has, and goes on for real
        aside = [mode is not None and each.row is None and mode.hides(each.incoming.contact) for each in wave]
        routed, before, after = _route_apart(
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
        matched: _Matched,
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


def match(
    connection: Connection, arriving: Sequence[Contact], policy: MatchPolicy, now: datetime
) -> list[MatchResult]:
    """Which account each contact belongs to, in this transaction. Stores nothing."""
    normalized = [normalize(contact) for contact in arriving]
    return [each.result for each in _match(connection, normalized, policy, now)]


def _match(
    connection: Connection,
    normalized: Sequence[NormalizedContact],
    policy: MatchPolicy,
    now: datetime,
    said: Sequence[tuple[Remembered, ...]] = (),
) -> list[_Matched]:
    """Match contacts; ``said`` is what a person has just said of each, beside what is remembered."""
    remembered = memory.recall(connection, [company_key(contact, policy) for contact in normalized])
    if said:
        remembered = [_laid_over(*each) for each in zip(remembered, said, strict=True)]
    found = candidates.consider(connection, normalized, now, remembered)
    return [
        _Matched(considered=among, result=match_contact(contact, among, policy))
        for contact, among in zip(normalized, found, strict=True)
    ]


def _company_names(cases: Sequence[Case], matched: Sequence[_Matched]) -> set[str]:
    """Names to lock of the accounts and domains, where rules or pools ask who has others of the company.

    Else two contacts of it at one moment would each find nobody, and go to two reps.
    """
    accounts = {f"account:{each.result.account_id}" for each in matched if each.result.account_id}
    return accounts | {f"domain:{case.email_domain}" for case in cases if case.email_domain}


def _laid_over(remembered: tuple[Remembered, ...], said: tuple[Remembered, ...]) -> tuple[Remembered, ...]:
    spoken = {each.account_id for each in said}
    return (*said, *(each for each in remembered if each.account_id not in spoken))


def _gather(
    connection: Connection,
    cases: Sequence[Case],
    matched: Sequence[_Matched],
    rulebook: Rulebook,
    now: datetime,
) -> list[RoutingFacts]:
    asked = [_asked(case, each.result) for case, each in zip(cases, matched, strict=True)]
    gathered = facts.gather(connection, asked, now)
    named = reps.around(connection, rulebook.reps | rulebook.reps_of_tables)
    waits = waiting.running(connection, [case.known.row for case in cases if case.known])
    if rulebook.carries_on:
        gathered = _with_used(connection, cases, gathered, now)
    return [
        _with_reps(
            _completed(case, each, waits.get(case.known.row, {}) if case.known else {}), rulebook, named, now
        )
        for case, each in zip(cases, gathered, strict=True)
    ]


def _with_used(
    connection: Connection, cases: Sequence[Case], gathered: Sequence[RoutingFacts], now: datetime
) -> list[RoutingFacts]:
    """Add what earlier reps had of clocks that carry on."""
    people = {name: rep for each in gathered for name, rep in each.reps.items()}
    used = clocks.used(connection, [case.known.row for case in cases if case.known], people, now)
    return [
        replace(each, used=used.get(case.known.row, {})) if case.known else each
        for case, each in zip(cases, gathered, strict=True)
    ]


def _with_reps(
    known: RoutingFacts, rulebook: Rulebook, named: Mapping[RepId, Rep], now: datetime
) -> RoutingFacts:
    """Add the reps whom the rulebook names; of those in its tables only whom the rows that fit give."""
    if rulebook.tables:
        named = facts.near(rulebook.reps | rulebook.reps_of_rows(known, now), named)
    return replace(known, reps={**named, **known.reps})


def _asked(case: Case, result: MatchResult) -> facts.FactsAsked:
    return facts.FactsAsked(
        contact=case.contact,
        email_domain=case.email_domain,
        match=MatchFacts(
            outcome=result.outcome, reason=result.reason, score=result.score, account_id=result.account_id
        ),
        contact_row=case.known.row if case.known else None,
        email=case.normalized.email,
        likely=_likely(result),
    )


def _likely(result: MatchResult) -> tuple[AccountId, ...]:
    """The accounts a person would choose between; the rules may know who owns them."""
    if result.outcome is not MatchOutcome.REVIEW:
        return ()
    return tuple(each.account_id for each in result.candidates[:MAX_LIKELY])


def _completed(case: Case, gathered: RoutingFacts, waits: Mapping[str, datetime]) -> RoutingFacts:
    """Add who turned the contact down, answers given, and how long it waits already."""
    return replace(
        gathered,
        country=case.normalized.country,
        email_kind=case.email_kind,
        excluded=tuple(sorted(_passed_over(gathered))),
        answers=case.answers,
        waiting=waits,
    )


def _passed_over(gathered: RoutingFacts) -> set[RepId]:
    """Who rejected this contact, gave it back, or let its clock run out since it was last completed."""
    had = [each for each in gathered.earlier if each.relation is Relation.PERSON]
    rejected = {each.rep for each in had if each.status == Status.REJECTED}
    lately = takewhile(lambda each: each.status != Status.COMPLETED, had)
    return rejected | {each.rep for each in lately if each.status in (Status.RETURNED, Status.EXPIRED)}


def _beside(mode: Mode, taken: Decision) -> Decision:
    """The decision as one that is only recorded beside another system."""
    return replace(taken, assignment=None, shadow=True, incumbent=mode.incumbent(taken.contact))


def _route_apart(
    connection: Connection,
    cases: Sequence[Case],
    known: Sequence[RoutingFacts],
    aside: Sequence[bool],
    rulebook: Rulebook,
    known_pools: pools.Known,
    now: datetime,
    *,
    lock: bool,
) -> tuple[list[Routed], Mapping[PoolName, PoolState], Mapping[PoolName, PoolState]]:
    """As `_route`, where some contacts are ``aside``: they see turns of their own, which nobody keeps."""
    if not any(aside):
        return _route(connection, cases, known, rulebook, known_pools, now, lock=lock)
    both = list(zip(cases, known, aside, strict=True))
    real, hidden = [[each[:2] for each in both if each[2] is apart] for apart in (False, True)]
    (routed, before, after), (beside, _, _) = (
        _route(
            connection,
            [case for case, _ in part],
            [facts for _, facts in part],
            rulebook,
            known_pools,
            now,
            lock=lock and part is real,
        )
        for part in (real, hidden)
    )
    parts = {False: iter(routed), True: iter(beside)}
    return [next(parts[apart]) for apart in aside], before, after


def _route(
    connection: Connection,
    cases: Sequence[Case],
    known: Sequence[RoutingFacts],
    rulebook: Rulebook,
    known_pools: pools.Known,
    now: datetime,
    *,
    lock: bool,
) -> tuple[list[Routed], Mapping[PoolName, PoolState], Mapping[PoolName, PoolState]]:
    """Decide who acts; also the pools as they were read and as the decisions leave them."""
    current = [each for case, each in zip(cases, known, strict=True) if not case.stale]
    wanted = pools_needed(current, rulebook, now)
    while True:
        before = pools.load_for_decisions(connection, known_pools, wanted, rulebook.pools, lock=lock)
        members = {member.rep for state in before.values() for member in state.members}
        people = reps.in_meetings(connection, reps.by_id(connection, members), now)
        load = loads.of(connection, before, people, now, lock=lock)
        turning = Rotation(pools=before, reps=people, load=load)
        try:
            routed, after = route_batch(current, rulebook, turning, wanted, now)
        except PoolsNotLoaded as missing:
            wanted |= missing.pools
            continue
        in_turn = iter(routed)
        every = [
            Routed(facts=each, decision=_superseded(rulebook)) if case.stale else next(in_turn)
            for case, each in zip(cases, known, strict=True)
        ]
        return every, before, after.pools


def _superseded(rulebook: Rulebook) -> RoutingDecision:
    """The decision on an event that is older than what was decided: it changes nothing."""
    return RoutingDecision(
        outcome=RoutingOutcome.SUPERSEDED,
        rule=None,
        assignee=None,
        pool=None,
        queue=None,
        code=None,
        until=None,
        kept=False,
        claims=(),
        move=None,
        clocks=(),
        notify=(),
        rulebook_version=rulebook.version,
    )


def _answers(chunk: Sequence[Incoming], done: Mapping[str, Decision], seen: set[str]) -> list[Handled]:
    """The answer to each event of a chunk; ``seen`` are the event keys that were answered before."""
    handled = []
    for incoming in chunk:
        decision = done[incoming.event_key]
        conflict = decision.event_digest != incoming.digest
        handled.append(Handled(decision=decision, repeated=incoming.event_key in seen, conflict=conflict))
        seen.add(incoming.event_key)
    return handled
