"""What people say of the domains that an account's contacts came with: it is the account's, or it is not.

A confirmed domain counts at once, whatever backs it; a refused one is gone, and is not learned again.
Either can be taken back, and the domain then stands where its contacts had put it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from matching.types import AccountDomain, DomainSource
from service.db import account_rows, changes
from service.db.account_rows import Change
from service.db.account_state import AccountState
from service.db.tables import account as accounts
from service.db.tables import domain_refusal as table

SUPPORT_NEEDED = 2
"""Contacts that must back a learned domain before it counts as evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A domain that is not the account's. ``support``: contacts that had come with it."""

    domain: str
    support: int
    by: str
    at: datetime


def confirm(connection: Connection, account_id: str, domain: str, now: datetime) -> bool:
    """Let a learned domain count from now on; False when the account has none such."""
    return _moved(connection, account_id, domain, _Move(DomainSource.CONTACT, _confirmed, "confirmed"), now)


def take_back(connection: Connection, account_id: str, domain: str, now: datetime) -> bool:
    """Let a confirmed domain be a learned one again; False when the account has none such."""
    return _moved(connection, account_id, domain, _Move(DomainSource.PERSON, _learned, "learned"), now)


def refuse(connection: Connection, account_id: str, domain: str, by: str, now: datetime) -> bool:
    """Take a learned domain away for good; False when the account has none such."""
    state = _locked(connection, account_id)
    found = _held(state, domain, DomainSource.CONTACT)
    if state is None or found is None:
        return False
    others = tuple(each for each in state.domains if each is not found)
    account_rows.save(connection, [Change(before=state, after=replace(state, domains=others))], now)
    row = {"account_id": state.row, "domain": domain, "support": found.support}
    connection.execute(insert(table).values(**row, refused_by=by, refused_at=now))
    _note(connection, account_id, domain, "learned", "refused")
    return True


def allow(connection: Connection, account_id: str, domain: str, now: datetime) -> bool:
    """Let a refused domain be a learned one again; False when it is not refused."""
    state = _locked(connection, account_id)
    refused = next((each for each in refusals(connection, account_id) if each.domain == domain), None)
    if state is None or refused is None:
        return False
    connection.execute(delete(table).where(table.c.account_id == state.row, table.c.domain == domain))
    back = AccountDomain(domain=domain, source=DomainSource.CONTACT, support=refused.support)
    if not any(each.domain == domain for each in state.domains):
        after = _with(state, state.domains, _learned(back))
        account_rows.save(connection, [Change(before=state, after=after)], now)
    _note(connection, account_id, domain, "refused", "learned")
    return True


def refusals(connection: Connection, account_id: str) -> list[Refusal]:
    """The domains that were refused of an account, by name."""
    query = (
        select(table)
        .join(accounts, accounts.c.id == table.c.account_id)
        .where(accounts.c.external_id == account_id)
        .order_by(table.c.domain)
    )
    return [
        Refusal(domain=row.domain, support=row.support, by=row.refused_by, at=row.refused_at)
        for row in connection.execute(query)
    ]


def is_refused(connection: Connection, account_row: int, domain: str) -> bool:
    """Whether a domain was refused of an account."""
    query = select(table.c.domain).where(table.c.account_id == account_row, table.c.domain == domain)
    return connection.execute(query).first() is not None


@dataclass(frozen=True, slots=True)
class _Move:
    """Of which source a domain must be, what becomes of it, and what that is called."""

    source: DomainSource
    change: Callable[[AccountDomain], AccountDomain]
    called: str


def _moved(connection: Connection, account_id: str, domain: str, move: _Move, now: datetime) -> bool:
    state = _locked(connection, account_id)
    found = _held(state, domain, move.source)
    if state is None or found is None:
        return False
    others = [each for each in state.domains if each is not found]
    after = _with(state, others, move.change(found))
    account_rows.save(connection, [Change(before=state, after=after)], now)
    was = "learned" if move.source is DomainSource.CONTACT else "confirmed"
    _note(connection, account_id, domain, was, move.called)
    return True


def _note(connection: Connection, account_id: str, domain: str, before: str, after: str) -> None:
    """Put a person's word on record."""
    changes.note(connection, "account", account_id, {domain: before}, {domain: after})


def _locked(connection: Connection, account_id: str) -> AccountState | None:
    query = select(accounts).where(accounts.c.external_id == account_id).with_for_update()
    return next(iter(account_rows.load(connection, query)), None)


def _held(state: AccountState | None, domain: str, source: DomainSource) -> AccountDomain | None:
    held = state.domains if state is not None else ()
    return next((each for each in held if each.domain == domain and each.source is source), None)


def _with(state: AccountState, others: Sequence[AccountDomain], domain: AccountDomain) -> AccountState:
    in_order = sorted((*others, domain), key=lambda each: (each.source, each.domain))
    return replace(state, domains=tuple(in_order))


def _confirmed(domain: AccountDomain) -> AccountDomain:
    return replace(domain, source=DomainSource.PERSON, quarantined=False)


def _learned(domain: AccountDomain) -> AccountDomain:
    return replace(domain, source=DomainSource.CONTACT, quarantined=domain.support < SUPPORT_NEEDED)
