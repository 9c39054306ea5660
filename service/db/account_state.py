"""What is stored about an account, and what a record changes about it. Pure.

An upsert reads the states of the accounts it names, changes them here, and
writes what differs: a record that says nothing new writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from matching.normalize import domain_in_name, own_domain
from matching.sites import held_as, part_of, site_of
from matching.types import Account, AccountDomain, AccountId, Alias, AliasKind, DomainSource, Scalar
from service.db.timeline import Span, Timeline, clear, in_force, put
from service.db.upserts import Refused
from service.records.accounts import AccountRecord, Held

OWNER = "OWNER"
"""The role under which an account's owner stands beside the team's roles."""

_TEXTS = ("website", "country", "state", "city", "phone", "lifecycle", "segment", "employees")
_SOURCES = ("person", "website", "given", "enriched", "name", "contact")
_TRUST = tuple(map(DomainSource, _SOURCES))


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """An account with everything that hangs on it. ``row`` is None until it is stored.

    ``domains`` has an entry for each source of a domain, so that each source's
    list can be replaced by itself. ``roles`` has the owner and the team.
    """

    row: int | None
    external_id: AccountId
    name: str
    website: str | None = None
    country: str | None = None
    state: str | None = None
    city: str | None = None
    phone: str | None = None
    parent: AccountId | None = None
    lifecycle: str | None = None
    segment: str | None = None
    employees: int | None = None
    custom: Mapping[str, Scalar] = field(default_factory=dict)
    aliases: tuple[Alias, ...] = ()
    domains: tuple[AccountDomain, ...] = ()
    roles: Mapping[str, Timeline] = field(default_factory=dict)
    tiers: Timeline = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None


def apply(state: AccountState | None, record: AccountRecord, now: datetime) -> AccountState:
    """The account after the record: what the record does not name stays as it was.

    Raises Refused when the account would have no name.
    """
    named = record.model_fields_set
    if "name" in named and record.name is None:
        raise Refused("name", "an account needs a name")
    if state is None and record.name is None:
        raise Refused("name", "a new account needs a name")
    before = state or AccountState(
        row=None, external_id=AccountId(record.external_id), name=record.name or ""
    )
    changed: dict[str, object] = {text: getattr(record, text) for text in _TEXTS if text in named}
    if record.name is not None:
        changed["name"] = record.name
    if "parent_id" in named:
        changed["parent"] = record.parent_id
    if "custom" in named:
        merged = {**before.custom, **(record.custom or {})}
        kept = {name: value for name, value in merged.items() if value is not None}
        changed["custom"] = {} if record.custom is None else kept
    if "aliases" in named:
        changed["aliases"] = _aliases(before.aliases, record)
    if "tier" in named:
        changed["tiers"] = _tiers(before.tiers, record, now)
    after: AccountState = replace(before, **changed)  # type: ignore[arg-type]
    after = replace(after, domains=_domains(after, record))
    return replace(after, roles=_roles(before.roles, record, now))


def as_matching(state: AccountState, now: datetime) -> Account:
    """The account as matching sees it at ``now``: each domain once, by the source most to be trusted."""
    return Account(
        id=state.external_id,
        name=state.name,
        aliases=tuple(alias.name for alias in state.aliases),
        alias_kinds=alias_kinds([alias.kind for alias in state.aliases]),
        domains=one_each(state.domains),
        site=site_of(state.website) if state.website else None,
        country=state.country,
        state=state.state,
        city=state.city,
        phone=state.phone,
        parent_id=state.parent,
        lifecycle=state.lifecycle,
        tier=tier_in_force(state, now),
    )


def alias_kinds(kinds: Sequence[AliasKind]) -> tuple[AliasKind, ...]:
    """What matching keeps of the kinds of an account's aliases: none where nothing is said of any."""
    return () if all(kind is AliasKind.OTHER for kind in kinds) else tuple(kinds)


def one_each(domains: Iterable[AccountDomain]) -> tuple[AccountDomain, ...]:
    """Each domain once: the most trusted source, the support of all. In the order of the domains."""
    found: dict[str, AccountDomain] = {}
    for each in sorted(domains, key=lambda d: (d.domain, _TRUST.index(d.source))):
        first = found.get(each.domain)
        found[each.domain] = each if first is None else replace(first, support=first.support + each.support)
    return tuple(found.values())


def holdings(state: AccountState) -> tuple[AccountDomain, ...]:
    """The account's domains, each once, with the part of it by its website, its list or its contacts."""
    site = site_of(state.website) if state.website else None
    return tuple(replace(each, part=part_of(each, site)) for each in one_each(state.domains))


def _aliases(before: Sequence[Alias], record: AccountRecord) -> tuple[Alias, ...]:
    """The names of a record, by name; what it does not say of one stays as it was."""
    known = {alias.name: alias for alias in before}
    for said in record.aliases or ():
        alias = known.get(said.name, Alias(name=said.name))
        kind, source = said.kind or alias.kind, said.source or alias.source
        known[said.name] = Alias(name=said.name, kind=kind, source=source)
    return tuple(known[name] for name in sorted({said.name for said in record.aliases or ()}))


def _domains(state: AccountState, record: AccountRecord) -> tuple[AccountDomain, ...]:
    domains = {(each.source, each.domain): each for each in state.domains}
    if not record.model_fields_set.isdisjoint(("website", "name", "aliases")):
        called = (state.name, *(alias.name for alias in state.aliases))
        found = own_domain(state.website, called) if state.website else None
        domains = _replaced(domains, DomainSource.WEBSITE, [found] if found else [])
    if "domains" in record.model_fields_set:
        domains = _replaced(domains, DomainSource.GIVEN, record.domains or [])
    named = domain_in_name(state.name)
    domains = _replaced(domains, DomainSource.NAME, [named] if named else [])
    return tuple(domains[key] for key in sorted(domains))


def _replaced(
    domains: Mapping[tuple[DomainSource, str], AccountDomain], source: DomainSource, hosts: Iterable[str]
) -> dict[tuple[DomainSource, str], AccountDomain]:
    others = {key: each for key, each in domains.items() if key[0] is not source}
    new = {(source, each.domain): each for each in held_as(hosts, source)}
    kept = {key: replace(domains[key], part=each.part) for key, each in new.items() if key in domains}
    return {**others, **new, **kept}


def _roles(roles: Mapping[str, Timeline], record: AccountRecord, now: datetime) -> dict[str, Timeline]:
    said: dict[str, Held | None] = dict(record.team or {})
    if "owner" in record.model_fields_set:
        said[OWNER] = record.owner
    changed = {role: _held(roles.get(role, ()), held, now) for role, held in said.items()}
    return {role: spans for role, spans in {**roles, **changed}.items() if spans}


def _held(timeline: Timeline, held: Held | None, now: datetime) -> Timeline:
    if held is None:
        return clear(timeline, now)
    return put(timeline, Span(value=held.rep, starts=held.starts, until=held.until), now)


def _tiers(timeline: Timeline, record: AccountRecord, now: datetime) -> Timeline:
    tier = record.tier
    if tier is None:
        return clear(timeline, now)
    span = Span(
        value=tier.tier,
        starts=tier.starts,
        until=tier.until,
        reason=tier.reason,
        decided_by=tier.decided_by,
    )
    return put(timeline, span, now)


def tier_in_force(state: AccountState, now: datetime) -> str | None:
    """The account's tier at ``now``."""
    span = in_force(state.tiers, now)
    return span.value if span else None
