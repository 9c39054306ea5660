"""Accounts: upserted by external id, listed, found, deleted; domains learned from contacts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, func, select, update

from matching.domains import account_domain as domain_of
from matching.domains import kind_of, registrable
from matching.sites import common, mail_part
from matching.types import Account, AccountDomain, AccountId, Alias, DomainKind, DomainSource, Scalar
from service.db import account_keys, account_rows, domain_verdicts
from service.db.account_rows import Change
from service.db.account_state import AccountState, apply, as_matching
from service.db.domain_verdicts import SUPPORT_NEEDED
from service.db.tables import account as table
from service.db.tables import account_domain
from service.db.upserts import Outcome, Refused, Stored, in_waves, refusal
from service.records.accounts import AccountRecord


def upsert(connection: Connection, records: Sequence[AccountRecord], now: datetime) -> list[Stored]:
    """Store accounts by external id; what became of each, in the order given.

    Only what a record names is changed, and nothing is written for a record
    that says nothing new. A record that is refused leaves the others alone.
    """
    return in_waves(records, lambda wave: _upsert_wave(connection, wave, now))


def _upsert_wave(connection: Connection, wave: Sequence[AccountRecord], now: datetime) -> list[Stored]:
    """Store records of different accounts."""
    known = _lock(connection, [record.external_id for record in wave])
    refused: dict[str, Stored] = {}
    changes: dict[str, Change] = {}
    for record in wave:
        try:
            before = known.get(record.external_id)
            changes[record.external_id] = Change(before=before, after=apply(before, record, now))
        except Refused as problem:
            refused[record.external_id] = refusal(record.external_id, problem)
    _create(connection, changes, {record.external_id: record for record in wave}, now)
    account_rows.save(connection, list(changes.values()), now)
    return [
        refused.get(record.external_id)
        or Stored(external_id=record.external_id, outcome=_outcome(changes[record.external_id]))
        for record in wave
    ]


def _lock(connection: Connection, ids: Sequence[str]) -> dict[str, AccountState]:
    """The accounts of these ids that exist, kept to this transaction in one order."""
    query = select(table).where(table.c.external_id.in_(ids)).order_by(table.c.id).with_for_update()
    return {state.external_id: state for state in account_rows.load(connection, query)}


def _create(
    connection: Connection, changes: dict[str, Change], records: Mapping[str, AccountRecord], now: datetime
) -> None:
    """Give the new accounts among ``changes`` their rows; one that just came from elsewhere is changed."""
    new = [change.after for change in changes.values() if change.before is None]
    made = account_rows.create(connection, new, now)
    taken = [state.external_id for state in new if state.external_id not in made]
    others = _lock(connection, taken) if taken else {}
    for state in new:
        external_id = state.external_id
        if external_id in made:
            after = replace(state, row=made[external_id], created_at=now, updated_at=now)
            changes[external_id] = Change(before=None, after=after)
        else:
            before = others[external_id]
            changes[external_id] = Change(before=before, after=apply(before, records[external_id], now))


def _outcome(change: Change) -> Outcome:
    if change.before is None:
        return Outcome.CREATED
    return Outcome.UNCHANGED if change.before == change.after else Outcome.UPDATED


def get(connection: Connection, external_id: str) -> AccountState | None:
    """One account, or None."""
    found = account_rows.load(connection, select(table).where(table.c.external_id == external_id))
    return found[0] if found else None


def page(connection: Connection, *, after: int = 0, limit: int = 100) -> list[AccountState]:
    """Accounts in the order they were first stored, from behind the row ``after``."""
    return account_rows.load(connection, _behind(after, limit))


def _behind(after: int, limit: int) -> Select[Any]:
    return select(table).where(table.c.id > after).order_by(table.c.id).limit(limit)


def every(connection: Connection, now: datetime, *, chunk: int = 2000) -> Iterator[Account]:
    """Every account as matching sees it at ``now``, read a chunk at a time."""
    after = 0
    while states := page(connection, after=after, limit=chunk):
        yield from (as_matching(state, now) for state in states)
        after = states[-1].row or 0


def last_change(connection: Connection) -> datetime | None:
    """When an account changed last; None where there is none."""
    return connection.execute(select(func.max(table.c.updated_at))).scalar()


def remove(connection: Connection, external_id: str) -> bool:
    """Delete an account with all that hangs on it; whether there was one. Decisions about it stay."""
    row = connection.execute(select(table.c.id).where(table.c.external_id == external_id)).scalar()
    if row is None:
        return False
    account_keys.remove(connection, [row])
    connection.execute(delete(table).where(table.c.id == row))
    account_keys.grow(connection, -1)
    return True


def add_support(connection: Connection, contacts: Mapping[tuple[AccountId, str], int]) -> None:
    """Note that so many more contacts of an account came with a domain it has by better knowledge."""
    if not contacts:
        return
    named = select(table.c.id).where(table.c.external_id == bindparam("of")).scalar_subquery()
    connection.execute(
        update(account_domain)
        .where(
            account_domain.c.account_id == named,
            account_domain.c.domain == bindparam("host"),
            account_domain.c.source != DomainSource.CONTACT,
        )
        .values(support=account_domain.c.support + bindparam("more")),
        [{"of": of, "host": host, "more": more} for (of, host), more in sorted(contacts.items())],
    )


def learn_domain(connection: Connection, account_id: AccountId, host: str, now: datetime) -> bool:
    """Note that a contact of the account wrote from a host; whether it was worth a note.

    Call it once for each contact. A domain that the account has by better
    knowledge, that a person refused, or that cannot belong to one company, is left alone. A learned
    one is in quarantine until `SUPPORT_NEEDED` contacts back it, and reaches as far up as they wrote from.
    """
    domain = registrable(host)
    if kind_of(domain, domain, "email") is not DomainKind.COMPANY or domain_of(domain) != domain:
        return False
    query = select(table).where(table.c.external_id == account_id).with_for_update()
    for state in account_rows.load(connection, query):
        if any(each.domain == domain and each.source is not DomainSource.CONTACT for each in state.domains):
            return False
        if domain_verdicts.is_refused(connection, state.row or 0, domain):
            return False
        account_rows.save(
            connection, [Change(before=state, after=_learned(state, domain, mail_part(host)))], now
        )
        return True
    return False


def _learned(state: AccountState, domain: str, part: str | None) -> AccountState:
    others = tuple(e for e in state.domains if (e.domain, e.source) != (domain, DomainSource.CONTACT))
    before = [each for each in state.domains if each not in others]
    support = 1 + sum(each.support for each in before)
    learned = AccountDomain(
        domain=domain,
        source=DomainSource.CONTACT,
        support=support,
        quarantined=support < SUPPORT_NEEDED,
        part=common(part, before[0].part) if before else part,
    )
    return replace(
        state, domains=tuple(sorted((*others, learned), key=lambda each: (each.source, each.domain)))
    )


_PROVIDER = "enriched"  # the source of an alias that a data provider told


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """What a data provider knows of an account: nothing of it replaces what the CRM says."""

    domains: tuple[str, ...]
    aliases: tuple[str, ...]
    employees: int | None
    custom: Mapping[str, Scalar]


def with_domains(connection: Connection, domains: Sequence[str]) -> list[str]:
    """The accounts that have one of these domains by better knowledge than contacts, by id; at most two."""
    held = account_domain.c.domain.in_(domains) & (account_domain.c.source != DomainSource.CONTACT)
    query = select(table.c.external_id).join(account_domain, account_domain.c.account_id == table.c.id)
    found = query.where(held).distinct().order_by(table.c.external_id).limit(2)
    return list(connection.execute(found).scalars()) if domains else []


def enrich(connection: Connection, account_id: str, knowledge: Knowledge, now: datetime) -> None:
    """Add what a provider knows to an account. A domain that another account has stays there alone."""
    query = select(table).where(table.c.external_id == account_id).with_for_update()
    for state in account_rows.load(connection, query):
        elsewhere = select(account_domain.c.domain).where(
            account_domain.c.domain.in_(knowledge.domains), account_domain.c.account_id != state.row
        )
        taken = set(connection.execute(elsewhere).scalars())
        known = {each.domain for each in state.domains if each.source is not DomainSource.CONTACT}
        new = [domain for domain in knowledge.domains if domain not in taken | known]
        added = (AccountDomain(domain=domain, source=DomainSource.ENRICHED) for domain in new)
        names = {name: Alias(name=name, source=_PROVIDER) for name in knowledge.aliases if name != state.name}
        names |= {alias.name: alias for alias in state.aliases}
        after = replace(
            state,
            domains=tuple(sorted((*state.domains, *added), key=lambda each: (each.source, each.domain))),
            aliases=tuple(names[name] for name in sorted(names)),
            employees=state.employees if state.employees is not None else knowledge.employees,
            custom={**state.custom, **knowledge.custom},
        )
        account_rows.save(connection, [Change(before=state, after=after)], now)


def rebuild_keys(
    connection: Connection, now: datetime, *, after: int = 0, limit: int = 1000
) -> tuple[int, int | None]:
    """Write the keys of ``limit`` accounts anew, for when names are read, or keys made, in another way.

    How many there were, and the row to go on behind: None when all are done.
    """
    states = account_rows.load(connection, _behind(after, limit).with_for_update())
    found = account_keys.hashes([as_matching(state, now) for state in states])
    wanted = {state.row or 0: keys for state, keys in zip(states, found, strict=True)}
    account_keys.rewrite(connection, wanted, new=frozenset())
    account_keys.rename(connection, {state.row or 0: state.name for state in states})
    return len(states), states[-1].row if len(states) == limit else None
