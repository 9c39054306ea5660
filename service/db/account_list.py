"""Accounts as the console shows them: found, counted, with families, contacts and deals. Read-only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, or_, select

from routing.types.facts import Activity, Opportunity
from service.db import activities, opportunities
from service.db.account_state import OWNER
from service.db.engagement.activations import of_person
from service.db.likeness import containing
from service.db.tables import account, account_domain, account_role, account_tier, contact
from service.db.tables import activity as activity_table
from service.db.tables import opportunity as opportunity_table

DEEPEST = 8
"""Levels of a family that are followed, up and down."""
LARGEST = 200
"""Accounts of a family that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which accounts a reader wants; None leaves a field open. ``owner``, ``tier``: of now; "": none."""

    search: str | None = None
    owner: str | None = None
    tier: str | None = None
    country: str | None = None
    lifecycle: str | None = None
    no_domain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of the list of accounts."""

    external_id: str
    name: str
    place: str
    lifecycle: str | None
    segment: str | None
    owner: str | None
    tier: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """An account of a family. ``depth`` is 0 for the one at the top."""

    external_id: str
    name: str
    country: str | None
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A contact of an account, as its latest decision left it."""

    name: str
    email: str | None
    title: str | None
    last_seen: datetime
    external_id: str | None = None


def page(connection: Connection, wanted: Wanted, now: datetime, *, after: int, limit: int) -> list[Listed]:
    """Up to ``limit`` accounts by name, behind the first ``after``."""
    columns = ("id", "external_id", "name", "country", "city", "lifecycle", "segment")
    query = _which(select(*(account.c[name] for name in columns)), wanted, now)
    rows = connection.execute(query.order_by(account.c.name, account.c.id).offset(after).limit(limit)).all()
    ids = [row.id for row in rows]
    owners = _values(connection, account_role, account_role.c.rep, ids, now, account_role.c.role == OWNER)
    tiers = _values(connection, account_tier, account_tier.c.tier, ids, now)
    return [
        Listed(
            external_id=row.external_id,
            name=row.name,
            place=", ".join(part for part in (row.city, row.country) if part),
            lifecycle=row.lifecycle,
            segment=row.segment,
            owner=owners.get(row.id),
            tier=tiers.get(row.id),
        )
        for row in rows
    ]


def count(connection: Connection, wanted: Wanted, now: datetime) -> int:
    """How many accounts are wanted."""
    query = _which(select(func.count()).select_from(account), wanted, now)
    number: int = connection.execute(query).scalar_one()
    return number


def choices(connection: Connection) -> dict[str, list[str]]:
    """The tiers, countries and lifecycles there are."""
    columns = {"tier": account_tier.c.tier, "country": account.c.country, "lifecycle": account.c.lifecycle}
    return {
        name: sorted(value for value in connection.execute(select(column).distinct()).scalars() if value)
        for name, column in columns.items()
    }


def family(connection: Connection, external_id: str) -> list[Relative]:
    """The family of an account from its top down, each account behind the one above it, by name."""
    below: dict[str, list[Any]] = {}
    columns = (account.c.external_id, account.c.name, account.c.country, account.c.parent)
    root = connection.execute(
        select(*columns).where(account.c.external_id == _top(connection, external_id))
    ).first()
    if root is None:
        return []
    found, level = {root.external_id}, [root.external_id]
    for _ in range(DEEPEST):
        query = select(*columns).where(account.c.parent.in_(level), account.c.external_id.not_in(found))
        rows = connection.execute(
            query.order_by(account.c.name, account.c.id).limit(LARGEST - len(found))
        ).all()
        for row in rows:
            below.setdefault(row.parent, []).append(row)
        level = [row.external_id for row in rows]
        found |= set(level)
        if not level or len(found) >= LARGEST:
            break
    return list(_in_order(root, below, 0))


def _in_order(row: Any, below: Mapping[str, Sequence[Any]], depth: int) -> list[Relative]:
    here = Relative(external_id=row.external_id, name=row.name, country=row.country, depth=depth)
    return [
        here,
        *(each for child in below.get(row.external_id, ()) for each in _in_order(child, below, depth + 1)),
    ]


def _top(connection: Connection, external_id: str) -> str:
    """The account at the top of a family; where it goes in a circle, one of it."""
    seen = [external_id]
    for _ in range(DEEPEST):
        above = connection.execute(select(account.c.parent).where(account.c.external_id == seen[-1])).scalar()
        if above is None or above in seen:
            break
        known = connection.execute(select(account.c.id).where(account.c.external_id == above)).first()
        if known is None:
            break
        seen.append(above)
    return seen[-1]


def people(connection: Connection, external_id: str, *, limit: int) -> tuple[list[Person], int]:
    """The people of an account who were heard of last, and how many it has."""
    of_it = and_(contact.c.account == external_id, of_person(contact.c.external_id))
    number = connection.execute(select(func.count()).select_from(contact).where(of_it)).scalar_one()
    columns = (contact.c.data, contact.c.email, contact.c.occurred_at, contact.c.external_id)
    query = select(*columns).where(of_it)
    rows = connection.execute(query.order_by(contact.c.id.desc()).limit(limit)).all()
    return [_person(row) for row in rows], number


def _person(row: Any) -> Person:
    name = " ".join(row.data[part] for part in ("first_name", "last_name") if row.data.get(part))
    return Person(
        name=name or row.email or "no name",
        email=row.email,
        title=row.data.get("title"),
        last_seen=row.occurred_at,
        external_id=row.external_id,
    )


def deals(connection: Connection, external_id: str, *, limit: int) -> list[Opportunity]:
    """The opportunities of an account: the open ones first, then the newest."""
    table = opportunity_table
    query = select(table).where(table.c.account == external_id)
    ordered = query.order_by(table.c.closed_at.is_not(None), table.c.opened_at.desc(), table.c.id).limit(
        limit
    )
    return [opportunities.value(row) for row in connection.execute(ordered)]


def touches(connection: Connection, external_id: str, *, limit: int) -> list[Activity]:
    """The newest activities on an account."""
    table = activity_table
    query = select(table).where(table.c.account == external_id)
    return [
        activities.value(row)
        for row in connection.execute(query.order_by(table.c.at.desc(), table.c.id).limit(limit))
    ]


def _values(
    connection: Connection, table: Any, column: Any, ids: Sequence[int], now: datetime, *conditions: Any
) -> dict[int, str]:
    """What is in force of each account, by its row."""
    query = select(table.c.account_id, column).where(
        table.c.account_id.in_(ids), _in_force(table, now), *conditions
    )
    return dict(connection.execute(query.order_by(table.c.starts, table.c.id)).all())


def _in_force(table: Any, now: datetime) -> Any:
    return and_(
        or_(table.c.starts.is_(None), table.c.starts <= now),
        or_(table.c.until.is_(None), table.c.until > now),
    )


def _which(query: Select[Any], wanted: Wanted, now: datetime) -> Select[Any]:
    for name in ("country", "lifecycle"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(account.c[name] == value)
    owned = and_(account_role.c.role == OWNER, _in_force(account_role, now))
    for value, table, column, condition in (
        (wanted.owner, account_role, account_role.c.rep, owned),
        (wanted.tier, account_tier, account_tier.c.tier, _in_force(account_tier, now)),
    ):
        if value:
            query = query.where(
                account.c.id.in_(select(table.c.account_id).where(column == value, condition))
            )
        elif value is not None:
            query = query.where(account.c.id.not_in(select(table.c.account_id).where(condition)))
    if wanted.no_domain:
        counts = and_(account_domain.c.account_id == account.c.id, ~account_domain.c.quarantined)
        query = query.where(~exists().where(counts))
    return _searched(query, wanted.search) if wanted.search else query


def _searched(query: Select[Any], typed: str) -> Select[Any]:
    """A part of the name, a domain, or an external id."""
    text = typed.strip()
    with_domain = select(account_domain.c.account_id).where(account_domain.c.domain == text.lower())
    return query.where(
        or_(containing(account.c.name, text), account.c.external_id == text, account.c.id.in_(with_domain))
    )
