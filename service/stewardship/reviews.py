"""Uncertain matches, settled by a person: remembered for the company, and decided again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from matching.memory import company_key
from matching.types import MatchOutcome
from service.db import accounts, contacts, decisions, memory, waiting
from service.db.engine import Database
from service.db.memory import Answer, Memory
from service.db.waiting import Kind, Wait
from service.decision import Decision
from service.desk.matters import close, demand_same
from service.flow.anew import anew, decide_anew, locked
from service.flow.flow import Flow
from service.flow.writing import write
from service.problems import FieldError, Invalid, NotFound
from service.records.accounts import AccountRecord
from service.stewardship.memory import Said


class Reviews:
    """Settles uncertain matches by people's answers. Safe to share between threads and to repeat."""

    def __init__(self, database: Database, flow: Flow, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._flow = flow
        self._clock = clock

    def settle(self, decision_id: str, said: Said, by: str) -> Decision:
        """Settle an uncertain match by a person's answer: remember it, and decide again with it.

        The same answer again gets the same decision. Raises NotFound, Conflict
        (another was first; the detail says who), Invalid when no account has the id.
        """
        return self._database.transact(partial(self._settle, decision_id, said, by))

    def settle_alike(self, decision_id: str, said: Said, by: str) -> list[Decision]:
        """Decide again the contacts of the same company that wait as the one just settled did.

        What is remembered decides; a match that stays as uncertain as it was is left open.
        """
        with self._database.read() as connection:
            settled = decisions.get(connection, decision_id)
            policy = self._flow.policy(connection)
            company = company_key(settled.normalized, policy) if settled else None
            alike = waiting.of_company(connection, company, still_open=True) if company else []
        taken = (self._database.transact(partial(self._settle_wait, wait, said, by)) for wait in alike)
        return [decision for decision in taken if decision is not None]

    def reopen(self, decision_id: str, by: str) -> list[Decision]:
        """Take back what settled an uncertain match, and decide again as if it had not been said.

        Contacts of the same company that were settled with it are taken back too; an
        account that the answer created stays. What is uncertain again waits where it did, not behind all
        others. Again: the same decisions. Raises NotFound.
        """
        with self._database.read() as connection:
            rows = waiting.settled_with(connection, decision_id, Kind.REVIEW)
        if not rows:
            raise NotFound("No answer to an uncertain match can be taken back here")
        return [self._database.transact(partial(self._reopen, each, by)) for each in rows]

    def forget(self, memory_id: int, by: str) -> Memory:
        """Let an answer no longer count; again: no change. Raises NotFound.

        Contacts that it put on the account by hand are free again. Nobody is
        decided again by this; a re-match shows whose account would change.
        """
        return self._database.transact(partial(self._forget, memory_id, by))

    def _settle(self, decision_id: str, said: Said, by: str, connection: Connection) -> Decision:
        unsure = decisions.get(connection, decision_id)
        if unsure is None or unsure.match.outcome is not MatchOutcome.REVIEW:
            raise NotFound("No decision with an uncertain match has this id")
        known = locked(connection, decisions.contact_row(connection, decision_id))
        event_key = f"review:{decision_id}"
        if done := decisions.by_event(connection, [event_key]):
            demand_same(connection, decision_id, Kind.REVIEW, said.stored())
            return done[event_key]
        now = self._clock()
        close(connection, decision_id, Kind.REVIEW, by, said.stored(), now)
        _demand_account(connection, said, unsure, now)
        lessons = said.lessons(unsure, by, now)
        company = company_key(unsure.normalized, self._flow.policy(connection))
        if company is not None and memory.holds(connection, company):
            memory.remember(connection, company, lessons, said.answer, decision_id, now)
        if said.chosen is not None:
            known = replace(known, contact=replace(known.contact, account_id=said.chosen))
        return decide_anew(self._flow, connection, anew(known, event_key, {}, lessons), now)

    def _settle_wait(self, wait: Wait, said: Said, by: str, connection: Connection) -> Decision | None:
        known = locked(connection, wait.contact_row)
        if wait not in waiting.open_of(connection, wait.decision_id):
            return None
        before = decisions.get(connection, wait.decision_id)
        assert before is not None, "a matter is always of a stored decision"
        now = self._clock()
        batch = self._flow.decide(connection, [anew(known, f"review:{wait.decision_id}", {})], now)
        match = batch.decisions[0].match
        if (match.outcome, match.account_id) == (before.match.outcome, before.match.account_id):
            return None
        close(connection, wait.decision_id, Kind.REVIEW, by, said.stored(), now)
        write(connection, batch, now)
        return batch.decisions[0]

    def _reopen(self, decision_id: str, by: str, connection: Connection) -> Decision:
        known = locked(connection, decisions.contact_row(connection, decision_id))
        event_key = f"reopen:{decision_id}"
        if done := decisions.by_event(connection, [event_key]):
            return done[event_key]
        now = self._clock()
        for each in memory.of_decision(connection, decision_id):
            memory.undo(connection, each.id, by, now)
        settled = waiting.settled(connection, decision_id, Kind.REVIEW)
        named = settled.answer.get("account_id") if settled is not None else None
        if named is not None and known.contact.account_id == named:
            known = replace(known, contact=replace(known.contact, account_id=None))
            contacts.describe(connection, known.row, known.contact, now)
        decision = decide_anew(self._flow, connection, anew(known, event_key, {}), now)
        waiting.stand_for(connection, decision.id, decision_id, Kind.REVIEW)
        return decision

    def _forget(self, memory_id: int, by: str, connection: Connection) -> Memory:
        found = memory.get(connection, memory_id)
        if found is None:
            raise NotFound("No answer with this id is remembered")
        rows = _put_there(connection, found)
        names = [name for known in contacts.by_rows(connection, rows).values() for name in known.names()]
        contacts.lock(connection, names)
        now = self._clock()
        if memory.undo(connection, memory_id, by, now):
            for known in contacts.by_rows(connection, rows).values():
                if known.contact.account_id == found.account_id:
                    contacts.describe(connection, known.row, replace(known.contact, account_id=None), now)
        undone = memory.get(connection, memory_id)
        assert undone is not None, "answers are never deleted"
        return undone


def _put_there(connection: Connection, found: Memory) -> set[int]:
    """The contacts that a person put on the account with this answer, one by one."""
    if not found.same:
        return set()
    settled = waiting.of_company(connection, found.company, still_open=False)
    rows = {f"review:{wait.decision_id}": wait.contact_row for wait in settled}
    taken = decisions.by_event(connection, rows)
    return {rows[key] for key, each in taken.items() if each.contact.account_id == found.account_id}


def _demand_account(connection: Connection, said: Said, unsure: Decision, now: datetime) -> None:
    """Create the account of the answer, or raise Invalid unless there is one."""
    if said.record is not None:
        _create(connection, said.record, unsure.contact.company, now)
    elif said.account_id is not None and accounts.get(connection, said.account_id) is None:
        shown = {candidate.account_id for candidate in unsure.match.candidates}
        if said.answer is Answer.NEVER and said.account_id in shown:
            return  # it was deleted meanwhile: it never is the one all the same
        field = "never" if said.answer is Answer.NEVER else "account_id"
        error = FieldError(pointer=f"#/{field}", detail="names no account; see /v1/accounts")
        raise Invalid("The match cannot be settled", errors=[error])


def _create(connection: Connection, record: AccountRecord, company: str | None, now: datetime) -> None:
    """Store a new account, under the company name that the contact gave unless it has a name of its own."""
    if accounts.get(connection, record.external_id) is not None:
        taken = "is an account's already; send it as account_id"
        error = FieldError(pointer="#/new_account/external_id", detail=taken)
        raise Invalid("The account cannot be created", errors=[error])
    named = record if record.name else record.model_copy(update={"name": company})
    [stored] = accounts.upsert(connection, [named], now)
    if stored.problem is not None:
        error = FieldError(pointer=f"#/new_account/{stored.field}", detail=stored.problem)
        raise Invalid("The account cannot be created", errors=[error])
