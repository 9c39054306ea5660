"""What people say of the domains that an account's contacts came with: it is the account's, or it is not.

A confirmed domain counts at once, whatever backs it; a refused one is gone, and is not learned again.
Either can be taken back, and the domain then stands where its contacts had put it. One of which the account
has a part (ng.acme.com of acme.com) can be confirmed as well: all of it is then the account's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, insert, select

from matching.types import AccountDomain, DomainSource
from service.db import account_rows, changes
from service.db.account_rows import Change
from service.db.account_state import AccountState, holdings
from service.db.tables import account as accounts
from service.db.tables import domain_refusal as table

SUPPORT_NEEDED = 2
"""Contacts that must back a learned domain before it counts as evidence."""


class Verdict(StrEnum):
    """What is said of a domain that an account's contacts came with, or of which it has a part."""

    TRUST = "trust"  # it is the account's, and counts at once
    NEVER = "never"  # it is not, and is not learned again
    QUARANTINE = "quarantine"  # nothing: it counts once enough contacts back it


_VERDICTS = {DomainSource.PERSON: Verdict.TRUST, DomainSource.CONTACT: Verdict.QUARANTINE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Who says it, and why."""

    by: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A domain and what was said of it: ``verdict`` is None for one that the CRM or another system gave.

    ``counts``: it is evidence for a match; ``support``: contacts that came with it; ``source`` is None when
    it was taken away; ``part``: the host below it that is the account's, where it is no more than that.
    """

    domain: str
    verdict: Verdict | None
    source: DomainSource | None
    support: int
    counts: bool
    part: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A domain that is not the account's. ``support``: contacts that had come with it."""

    domain: str
    support: int
    by: str
    at: datetime


def judge(
    connection: Connection, account_id: str, domain: str, verdict: Verdict, word: Word, now: datetime
) -> Verdict | None:
    """Have a domain that contacts came with stand as a person says; what stands so already stays as it is.

    What was said of it before; None when the account has no such domain, or nothing can be said of it.
    """
    state = _locked(connection, account_id)
    standing = _standing(connection, state, domain)
    if state is None or standing is None or standing is verdict:
        return standing
    if verdict is Verdict.NEVER and _is_given(state, domain):
        return None  # its website or the CRM says otherwise
    if standing is Verdict.NEVER:
        state = _allowed(connection, state, domain, now)
    else:
        state = _become(connection, state, domain, _learned, now)
    if verdict is Verdict.TRUST:
        _become(connection, state, domain, _confirmed, now)
    elif verdict is Verdict.NEVER:
        _refuse(connection, state, domain, word.by, now)
    before, after = {domain: standing, "reason": None}, {domain: verdict, "reason": word.reason}
    changes.note(connection, "account", account_id, before, after)
    return standing


def standings(connection: Connection, state: AccountState) -> list[Standing]:
    """Every domain of an account and every one that is not its own, by name, and what people said of it."""
    refused = {each.domain: each for each in refusals(connection, state.external_id)}
    held = [
        Standing(
            domain=each.domain,
            verdict=_VERDICTS.get(each.source),
            source=each.source,
            support=each.support,
            counts=not each.quarantined,
            part=part(state, each.domain),
        )
        for each in state.domains
    ]
    never = [
        Standing(domain=name, verdict=Verdict.NEVER, source=None, support=each.support, counts=False)
        for name, each in refused.items()
    ]
    return sorted((*held, *never), key=lambda each: (each.domain, each.source or ""))


def part(state: AccountState, domain: str) -> str | None:
    """The host below a domain that is all that an account has of it, unless a person said it has it all."""
    return next((each.part for each in holdings(state) if each.domain == domain), None)


def _is_given(state: AccountState, domain: str) -> bool:
    """Whether an account has a domain by more than what contacts and people said."""
    return any(each.domain == domain and each.source not in _VERDICTS for each in state.domains)


def _allowed(connection: Connection, state: AccountState, domain: str, now: datetime) -> AccountState:
    """Let a refused domain be a learned one again."""
    [refused] = [each for each in refusals(connection, state.external_id) if each.domain == domain]
    connection.execute(delete(table).where(table.c.account_id == state.row, table.c.domain == domain))
    if any(each.domain == domain for each in state.domains):
        return state
    back = AccountDomain(domain=domain, source=DomainSource.CONTACT, support=refused.support)
    return _saved(connection, state, state.domains, _learned(back), now)


def _refuse(connection: Connection, state: AccountState, domain: str, by: str, now: datetime) -> None:
    """Take a learned domain away for good."""
    found = _judged(state, domain)
    support = found.support if found is not None else 0
    if found is not None:
        _saved(connection, state, [each for each in state.domains if each is not found], None, now)
    row = {"account_id": state.row, "domain": domain, "support": support}
    connection.execute(insert(table).values(**row, refused_by=by, refused_at=now))


def _become(
    connection: Connection,
    state: AccountState,
    domain: str,
    change: Callable[[AccountDomain], AccountDomain],
    now: datetime,
) -> AccountState:
    found = _judged(state, domain)
    others = [each for each in state.domains if each is not found]
    after = change(found or AccountDomain(domain=domain, source=DomainSource.CONTACT))
    if after == found:
        return state
    backed = after.support or after.source is DomainSource.PERSON
    return _saved(connection, state, others, after if backed else None, now)


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


def _locked(connection: Connection, account_id: str) -> AccountState | None:
    query = select(accounts).where(accounts.c.external_id == account_id).with_for_update()
    return next(iter(account_rows.load(connection, query)), None)


def _standing(connection: Connection, state: AccountState | None, domain: str) -> Verdict | None:
    """What was said of a domain; None when there is nothing to be said of it."""
    if state is None:
        return None
    if is_refused(connection, state.row or 0, domain):
        return Verdict.NEVER
    found = _judged(state, domain)
    if found is None:
        return Verdict.QUARANTINE if part(state, domain) else None
    return _VERDICTS[found.source]


def _judged(state: AccountState, domain: str) -> AccountDomain | None:
    """The domain as contacts came with it, or as a person confirmed it."""
    return next((each for each in state.domains if each.domain == domain and each.source in _VERDICTS), None)


def _saved(
    connection: Connection,
    state: AccountState,
    others: Sequence[AccountDomain],
    more: AccountDomain | None,
    now: datetime,
) -> AccountState:
    domains = (*others, *((more,) if more is not None else ()))
    after = replace(state, domains=tuple(sorted(domains, key=lambda each: (each.source, each.domain))))
    account_rows.save(connection, [Change(before=state, after=after)], now)
    return after


def _confirmed(domain: AccountDomain) -> AccountDomain:
    return replace(domain, source=DomainSource.PERSON, quarantined=False)


def _learned(domain: AccountDomain) -> AccountDomain:
    return replace(domain, source=DomainSource.CONTACT, quarantined=domain.support < SUPPORT_NEEDED)
