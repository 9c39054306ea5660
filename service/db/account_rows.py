"""Accounts between rows and `AccountState`: read whole, written where they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from matching.types import AccountDomain, AccountId, Alias, AliasKind, DomainSource
from service.db import account_keys
from service.db.account_state import AccountState, as_matching
from service.db.tables import account, account_alias, account_domain, account_role, account_tier
from service.db.timeline import Span

_PLAIN = ("website", "country", "state", "city", "phone", "parent", "lifecycle", "segment", "employees")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An account before (None: new) and after."""

    before: AccountState | None
    after: AccountState


def load(connection: Connection, query: Select[Any]) -> list[AccountState]:
    """The accounts of a query over the account table, in its order."""
    rows = connection.execute(query).all()
    ids = [row.id for row in rows]
    aliases = _by_account(connection, account_alias, ids)
    domains = _by_account(connection, account_domain, ids)
    roles = _by_account(connection, account_role, ids)
    tiers = _by_account(connection, account_tier, ids)
    return [
        _state(
            row,
            aliases.get(row.id, []),
            domains.get(row.id, []),
            roles.get(row.id, []),
            tiers.get(row.id, []),
        )
        for row in rows
    ]


def create(connection: Connection, states: Sequence[AccountState], now: datetime) -> dict[str, int]:
    """Make a row for each new account; the rows made, by external id.

    One that another transaction makes at this moment is waited for, and is not
    among them. The order is fixed, so two batches cannot wait for each other.
    """
    if not states:
        return {}
    insert_into = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = [
        {"external_id": state.external_id, **_columns(state), "created_at": now, "updated_at": now}
        for state in sorted(states, key=lambda state: state.external_id)
    ]
    made = insert_into(account).on_conflict_do_nothing(index_elements=["external_id"])
    rows = connection.execute(made.returning(account.c.external_id, account.c.id), values)
    return {row.external_id: row.id for row in rows}


def save(connection: Connection, changes: Sequence[Change], now: datetime) -> None:
    """Write what differs between the states before and after. New accounts have their rows already."""
    changed = [change for change in changes if change.before != change.after]
    _write_columns(connection, changed, now)
    _write_parts(connection, account_alias, changed, _alias_rows)
    _write_parts(connection, account_domain, changed, _domain_rows)
    _write_parts(connection, account_role, changed, _role_rows)
    _write_parts(connection, account_tier, changed, _tier_rows)
    _write_keys(connection, changed, now)


def _by_account(connection: Connection, table: Table, ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    if ids:
        for row in connection.execute(select(table).where(table.c.account_id.in_(ids))):
            found.setdefault(row.account_id, []).append(row)
    return found


def _state(
    row: Row[Any], aliases: Iterable[Any], domains: Iterable[Any], roles: Iterable[Any], tiers: Iterable[Any]
) -> AccountState:
    timelines: dict[str, list[Span]] = {}
    for role in roles:
        timelines.setdefault(role.role, []).append(Span(value=role.rep, starts=role.starts, until=role.until))
    return AccountState(
        row=row.id,
        external_id=AccountId(row.external_id),
        name=row.name,
        **{name: getattr(row, name) for name in _PLAIN},
        custom=row.custom,
        aliases=tuple(sorted(map(_alias, aliases), key=lambda alias: alias.name)),
        domains=tuple(sorted((_domain(each) for each in domains), key=lambda d: (d.source, d.domain))),
        roles={name: tuple(sorted(spans, key=_start)) for name, spans in sorted(timelines.items())},
        tiers=tuple(sorted((_tier(tier) for tier in tiers), key=_start)),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _alias(row: Any) -> Alias:
    return Alias(name=row.name, kind=AliasKind(row.kind), source=row.source)


def _domain(row: Any) -> AccountDomain:
    return AccountDomain(
        domain=row.domain,
        source=DomainSource(row.source),
        support=row.support,
        quarantined=row.quarantined,
        part=row.part,
    )


def _tier(row: Any) -> Span:
    return Span(
        value=row.tier, starts=row.starts, until=row.until, reason=row.reason, decided_by=row.decided_by
    )


def _start(span: Span) -> tuple[bool, datetime | None]:
    return (span.starts is not None, span.starts)


def _columns(state: AccountState) -> dict[str, Any]:
    return {
        "name": state.name,
        "name_key": account_keys.name_key(state.name),
        **{name: getattr(state, name) for name in _PLAIN},
        "custom": dict(state.custom),
    }


def _write_columns(connection: Connection, changed: Sequence[Change], now: datetime) -> None:
    known = [change.after for change in changed if change.before is not None]
    if known:
        connection.execute(
            update(account).where(account.c.id == bindparam("known_id")),
            [{"known_id": state.row, **_columns(state), "updated_at": now} for state in known],
        )


def _write_parts(
    connection: Connection,
    table: Table,
    changed: Sequence[Change],
    rows_of: Callable[[AccountState], list[dict[str, Any]]],
) -> None:
    """Replace an account's rows in a table of parts, where they differ."""
    differing = [
        (change.after.row, rows_of(change.before) if change.before else [], rows_of(change.after))
        for change in changed
    ]
    gone = [row for row, before, after in differing if before and before != after]
    if gone:
        connection.execute(delete(table).where(table.c.account_id.in_(gone)))
    fresh = [
        {"account_id": row} | part for row, before, after in differing if before != after for part in after
    ]
    if fresh:
        connection.execute(insert(table), fresh)


def _write_keys(connection: Connection, changed: Sequence[Change], now: datetime) -> None:
    renamed = [
        change
        for change in changed
        if change.before is None or _what_keys_are_of(change.before) != _what_keys_are_of(change.after)
    ]
    found = account_keys.hashes([as_matching(change.after, now) for change in renamed])
    wanted = {_row(change.after): keys for change, keys in zip(renamed, found, strict=True)}
    new = frozenset(_row(change.after) for change in renamed if change.before is None)
    account_keys.rewrite(connection, wanted, new=new)
    account_keys.grow(connection, len(new))


def _what_keys_are_of(state: AccountState) -> tuple[Any, ...]:
    return state.name, {alias.name for alias in state.aliases}, {each.domain for each in state.domains}


def _row(state: AccountState) -> int:
    assert state.row is not None
    return state.row


def _alias_rows(state: AccountState) -> list[dict[str, Any]]:
    return [{"name": alias.name, "source": alias.source, "kind": alias.kind.value} for alias in state.aliases]


def _domain_rows(state: AccountState) -> list[dict[str, Any]]:
    name_key = account_keys.name_key(state.name) if state.domains else None
    return [
        {
            "domain": each.domain,
            "source": each.source.value,
            "support": each.support,
            "quarantined": each.quarantined,
            "part": each.part,
            "name_key": name_key,
        }
        for each in state.domains
    ]


def _role_rows(state: AccountState) -> list[dict[str, Any]]:
    return [
        {"role": role, "rep": span.value, "starts": span.starts, "until": span.until}
        for role, spans in state.roles.items()
        for span in spans
    ]


def _tier_rows(state: AccountState) -> list[dict[str, Any]]:
    return [
        {
            "tier": span.value,
            "starts": span.starts,
            "until": span.until,
            "reason": span.reason,
            "decided_by": span.decided_by,
        }
        for span in state.tiers
    ]
