"""What a batch of decisions leaves behind, written in its one transaction.

Everything here follows from the decisions: which contact is remembered, whose
assignment starts or ends, which turns were used, what stays open, who is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from matching.memory import company_key
from matching.policy import MatchPolicy
from matching.types import AccountId, DomainSource, EvidenceKind, MatchOutcome
from routing.rotation.standings import counts_outside
from routing.types.clocks import Clock
from routing.types.decision import RoutingOutcome, Verdict
from routing.types.people import RepId
from routing.types.pools import PoolName, PoolState, TurnReturn
from routing.types.rotation import EntryKind
from service.audit import log
from service.db import (
    accounts,
    assignments,
    clocks,
    contacts,
    credit,
    decisions,
    figures,
    ledger,
    rotation,
    shadow,
    waiting,
)
from service.db.assignments import Assignment, Ending, Status
from service.db.contacts import Saved
from service.db.credit import Earned
from service.db.decisions import Entry
from service.db.figures import Counted
from service.db.ledger import Change, Draw
from service.db.waiting import Kind, Wait
from service.decision import Decision
from service.delivery import outbox
from service.flow.cases import Case
from service.pools import turns

_MATCHED_ANEW = ("review:", "rematch:")
"""How the keys of events begin that say a contact belongs to another account than it was decided on."""

LOOK_AGAIN = timedelta(minutes=1)
"""When a contact that is held until someone is available is tried again, if no time is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Cases that were decided together, and the pools before and after."""

    cases: tuple[Case, ...]
    decisions: tuple[Decision, ...]
    policy: MatchPolicy
    pools_before: Mapping[PoolName, PoolState]
    pools_after: Mapping[PoolName, PoolState]


def write(connection: Connection, batch: Batch, now: datetime) -> None:
    """Store a decided batch. The caller's transaction makes it all or nothing."""
    rows = _save_contacts(connection, batch, now)
    settled = list(zip(rows, batch.decisions, strict=True))
    decisions.store(connection, [Entry(decision=each, contact_row=row) for row, each in settled])
    log.note_decisions(connection, [each.id for _, each in settled], now)
    decided = [(row, each) for row, each in settled if each.routing.outcome is not RoutingOutcome.SUPERSEDED]
    shadow.record(connection, [(row, each) for row, each in decided if each.shadow])
    current = [(row, each) for row, each in decided if not each.shadow]
    counted = [each for each in zip(batch.cases, batch.decisions, strict=True) if not each[1].shadow]
    waiting.settle(connection, [row for row, _ in current], by="decision", now=now)
    waiting.add(connection, [wait for row, each in current for wait in _waits(row, each, batch.policy, now)])
    assignments.end(connection, [end for _, each in current if (end := _ending(each))], now)
    assignments.start(connection, [start for row, each in current if (start := _start(row, each))])
    clocks.start(connection, [begun for row, each in current if (begun := _clocks(row, each))])
    rotation.save(connection, batch.pools_before, batch.pools_after, now)
    credit.follow(connection, [_credited(row, each) for row, each in current], now)
    ledger.record(connection, [draw for _, each in current if (draw := _draw(each))], now)
    ledger.enter(connection, [change for _, each in current for change in _outside(each, batch)], now)
    _return_turns(connection, [each for _, each in current], now)
    told = outbox.enqueue(connection, current, now)
    figures.store(connection, [_counted(case, each, told.get(each.id, 0)) for case, each in counted])
    _back_domains(connection, batch, now)


def _back_domains(connection: Connection, batch: Batch, now: datetime) -> None:
    """Count each contact, once, towards the e-mail domain of the account it was matched to.

    A domain that the account is not known by is learned only from a contact
    that the CRM or a person put on the account, in quarantine until enough
    back it: what somebody typed into a form teaches nothing.
    """
    known: Counter[tuple[AccountId, str]] = Counter()
    learned: list[tuple[AccountId, str]] = []
    for case, decision in zip(batch.cases, batch.decisions, strict=True):
        backed = _backed(case, decision)
        if backed is not None:
            if _has_by_itself(decision, *backed):
                known[backed] += 1
            elif _on_somebodys_word(decision) and case.email_host:
                learned.append((backed[0], case.email_host))
    accounts.add_support(connection, known)
    for account_id, host in sorted(learned):
        accounts.learn_domain(connection, account_id, host, now)


def _backed(case: Case, decision: Decision) -> tuple[AccountId, str] | None:
    """The account and domain that a contact speaks for, unless it did so before."""
    account_id, domain = decision.match.account_id, case.email_domain
    if case.stale or decision.match.outcome is not MatchOutcome.MATCHED or not account_id or not domain:
        return None
    before = (case.known.account, case.known.domain) if case.known else None
    return None if before == (account_id, domain) else (account_id, domain)


def _on_somebodys_word(decision: Decision) -> bool:
    """Whether the CRM or a person said which account it is, rather than the evidence alone."""
    best = decision.match.candidates[0]
    said = (EvidenceKind.CRM_ID, EvidenceKind.REMEMBERED)
    return any(evidence.kind in said and evidence.points > 0 for evidence in best.evidence)


def _has_by_itself(decision: Decision, account_id: AccountId, domain: str) -> bool:
    account = next((each for each in decision.considered.accounts if each.id == account_id), None)
    domains = account.domains if account else ()
    return any(each.domain == domain and each.source is not DomainSource.CONTACT for each in domains)


def _save_contacts(connection: Connection, batch: Batch, now: datetime) -> list[int]:
    """Remember the contacts, but for those whose event was stale; the row of each."""
    to_save = [
        _saved(case, decision)
        for case, decision in zip(batch.cases, batch.decisions, strict=True)
        if not case.stale
    ]
    saved = iter(contacts.save(connection, to_save, now))
    return [case.known.row if case.stale and case.known else next(saved) for case in batch.cases]


def _saved(case: Case, decision: Decision) -> Saved:
    matched = decision.match.outcome is MatchOutcome.MATCHED
    return Saved(
        row=case.known.row if case.known else None,
        identity=contacts.identify(case.contact, case.normalized.email).names()[0],
        email=case.normalized.email,
        domain=case.email_domain,
        account=decision.match.account_id if matched else None,
        contact=case.contact,
        answers=case.answers,
        occurred_at=decision.occurred_at,
    )


def _waits(row: int, decision: Decision, policy: MatchPolicy, now: datetime) -> list[Wait]:
    waits = []
    if decision.match.outcome is MatchOutcome.REVIEW:
        company = company_key(decision.normalized, policy)
        waits.append(
            Wait(decision_id=decision.id, contact_row=row, kind=Kind.REVIEW, due_at=None, company=company)
        )
    if decision.routing.outcome is RoutingOutcome.HELD:
        again = decision.routing.until or now + LOOK_AGAIN
        waits.append(Wait(decision_id=decision.id, contact_row=row, kind=Kind.HELD, due_at=again))
    if decision.routing.outcome is RoutingOutcome.QUEUED and decision.routing.until is not None:
        until = decision.routing.until  # a queue with a deadline: a hold, but for whoever takes it first
        waits.append(Wait(decision_id=decision.id, contact_row=row, kind=Kind.HELD, due_at=until))
    if decision.routing.outcome is RoutingOutcome.ASKED:
        answer_by = decision.routing.until
        waits.append(Wait(decision_id=decision.id, contact_row=row, kind=Kind.ASKED, due_at=answer_by))
    return waits


def starts_assignment(decision: Decision) -> bool:
    """Whether the decision made a new assignment, rather than keeping the one there was."""
    if decision.assignment is None:
        return False
    holder = decision.facts.holder
    return holder is None or holder.assignment_id != decision.assignment.id


def _start(row: int, decision: Decision) -> Assignment | None:
    if decision.assignment is None or not starts_assignment(decision):
        return None
    draw = _draw(decision)
    return Assignment(
        id=decision.assignment.id,
        contact_row=row,
        decision_id=decision.id,
        rep=decision.assignment.rep,
        pool=draw.move.pool if draw else None,
        turn=draw.move.turn if draw else None,
        status=Status.ASSIGNED,
        reason=None,
        due_at=decision.assignment.due_at,
        assigned_at=decision.at,
        accepted_at=None,
        covers=_covers(decision),
        ended_at=None,
        ended_by=None,
    )


def _clocks(row: int, decision: Decision) -> tuple[str, int, RepId, datetime, tuple[Clock, ...]] | None:
    begun = decision.assignment
    if begun is None or not starts_assignment(decision):
        return None
    return begun.id, row, begun.rep, decision.at, decision.routing.clocks


def _covers(decision: Decision) -> RepId | None:
    """The absent rep for whom the assignee stands in, by the claim that won."""
    routing = decision.routing
    won = (claim for claim in routing.claims if claim.verdict is Verdict.WON and claim.rule == routing.rule)
    return next((claim.covers for claim in won if claim.rep == routing.assignee), None)


def _credited(row: int, decision: Decision) -> Earned:
    deals = [deal.id for deal in decision.facts.opportunities if deal.closed_at is None]
    return Earned(
        contact_row=row,
        decision_id=decision.id,
        opportunity=deals[0] if len(deals) == 1 else None,
        credits=decision.routing.credits if starts_assignment(decision) else (),
    )


def _counted(case: Case, decision: Decision, told: int) -> Counted:
    again = case.incoming.again
    return Counted(decision=decision, starts=starts_assignment(decision), again=again, told=told)


def _ending(decision: Decision) -> Ending | None:
    holder = decision.facts.holder
    if holder is None:
        return None
    if decision.assignment is None:
        return Ending(id=holder.assignment_id, status=Status.WITHDRAWN, reason=None, by=decision.id)
    if starts_assignment(decision):
        return Ending(id=holder.assignment_id, status=Status.REASSIGNED, reason=None, by=decision.id)
    return None


def _return_turns(connection: Connection, taken: Sequence[Decision], now: datetime) -> None:
    """Give back the turns of contacts that leave their rep because they are matched anew."""
    for decision in taken:
        end = _ending(decision) if decision.event_key.startswith(_MATCHED_ANEW) else None
        ended = assignments.get(connection, end.id) if end is not None else None
        if ended is not None and ended.pool is not None and ended.turn is not None:
            code = TurnReturn.WRONG_MATCH
            turns.give_back(connection, ended.pool, ended.turn, code, note=None, by=decision.id, now=now)


def _outside(decision: Decision, batch: Batch) -> list[Change]:
    """The entries of a contact that its rep got past the pools, in those that count it all the same."""
    if not starts_assignment(decision) or decision.assignment is None or decision.routing.move is not None:
        return []
    rep = decision.assignment.rep
    kind = EntryKind.OWNED if decision.routing.hand is None else EntryKind.MANUAL
    return [
        Change(
            pool=name,
            kind=kind,
            rep=rep,
            amount=1,
            reason=decision.routing.rule or "by hand",
            decision_id=decision.id,
        )
        for name, state in sorted(batch.pools_before.items())
        if (state.settings.count_owned and kind is EntryKind.OWNED)
        or (state.settings.count_manual and kind is EntryKind.MANUAL)
        if counts_outside(state, rep)
    ]


def _draw(decision: Decision) -> Draw | None:
    move = decision.routing.move
    if move is None or move.rep is None or move.kept:
        return None
    return Draw(move=move, decision_id=decision.id)
