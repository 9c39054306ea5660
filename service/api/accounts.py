"""Accounts of the CRM: stored by external id, singly and in bulk; listed, read, deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import Connection

from matching.types import AccountDomain, AccountId, Alias, Scalar
from service.api.resource import Resource, routes
from service.db import accounts
from service.db.account_state import OWNER, AccountState, holdings
from service.db.timeline import Span, Timeline, in_force
from service.records.accounts import AccountFields, AccountRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """What held, and from when until when; null is open to that side."""

    value: str
    starts: Annotated[datetime | None, Field(serialization_alias="from")]
    until: datetime | None
    reason: str | None
    decided_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account as it is now, with the terms of its owners, team roles and tiers."""

    external_id: AccountId
    name: str
    aliases: Sequence[str]
    alias_details: Sequence[Alias]
    website: str | None
    domains: Sequence[AccountDomain]
    country: str | None
    state: str | None
    city: str | None
    phone: str | None
    parent_id: AccountId | None
    lifecycle: str | None
    segment: str | None
    employees: int | None
    tier: str | None
    owner: str | None
    team: Mapping[str, str]
    custom: Mapping[str, Scalar]
    roles: Mapping[str, Sequence[Term]]
    tiers: Sequence[Term]
    created_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage:
    """Accounts in the order they were first stored. ``next_cursor`` is None on the last page."""

    accounts: Sequence[AccountView]
    next_cursor: str | None


def view(state: AccountState, now: datetime) -> AccountView:
    """The account as callers see it at ``now``."""
    held = {role: span for role, spans in state.roles.items() if (span := in_force(spans, now))}
    tier = in_force(state.tiers, now)
    return AccountView(
        external_id=state.external_id,
        name=state.name,
        aliases=[alias.name for alias in state.aliases],
        alias_details=state.aliases,
        website=state.website,
        domains=holdings(state),
        country=state.country,
        state=state.state,
        city=state.city,
        phone=state.phone,
        parent_id=state.parent,
        lifecycle=state.lifecycle,
        segment=state.segment,
        employees=state.employees,
        tier=tier.value if tier else None,
        owner=held[OWNER].value if OWNER in held else None,
        team={role: span.value for role, span in held.items() if role != OWNER},
        custom=state.custom,
        roles={role: _terms(spans) for role, spans in state.roles.items()},
        tiers=_terms(state.tiers),
        created_at=state.created_at,
        updated_at=state.updated_at,
    )


def _terms(timeline: Timeline) -> list[Term]:
    return [_term(span) for span in timeline]


def _term(span: Span) -> Term:
    return Term(
        value=span.value,
        starts=span.starts,
        until=span.until,
        reason=span.reason,
        decided_by=span.decided_by,
    )


def _read(connection: Connection, external_id: str, now: datetime) -> AccountView | None:
    state = accounts.get(connection, external_id)
    return view(state, now) if state else None


def _rows(connection: Connection, after: int, limit: int, now: datetime) -> list[tuple[int, AccountView]]:
    return [
        (state.row or 0, view(state, now)) for state in accounts.page(connection, after=after, limit=limit)
    ]


api = routes(
    Resource(
        one="account",
        plural="accounts",
        fields=AccountFields,
        record=AccountRecord,
        key="external_id",
        view=AccountView,
        page=AccountPage,
        upsert=accounts.upsert,
        read=_read,
        rows=_rows,
        remove=accounts.remove,
    )
)
