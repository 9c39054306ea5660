"""A database filled with made accounts in one go, as if each had been stored by itself."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, insert

from bench.speed.made import Made, Maker
from matching.chunks import CHUNK, Chunk
from matching.types import Account, AccountDomain, AccountId, DomainSource
from service.db import account_keys, migrate
from service.db.engine import Database
from service.db.tables import account, account_domain

Longs = NDArray[np.int64]

_INDEX = "ix_account_key_account_id"
_ROWS = 1_000_000
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def fill(database: Database, count: int) -> None:
    """Store the first ``count`` accounts of `Maker` in an empty database; leave one that has them alone."""
    migrate.upgrade(database)
    with database.read() as connection:
        stored = account_keys.total(connection)
    if stored == count:
        return
    if stored:
        raise SystemExit(f"{database.url}: has {stored} accounts already; name an empty database")
    began = time.monotonic()
    with database.engine.connect() as connection:
        _load(connection, database.sqlite, count)
    print(f"stored {count:,} accounts in {time.monotonic() - began:.0f} s", flush=True)


def _load(connection: Connection, sqlite: bool, count: int) -> None:
    if sqlite:
        connection.exec_driver_sql("PRAGMA synchronous=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("SET statement_timeout = 0")
    pairs: list[Longs] = []
    made = enumerate(Maker().accounts(count))
    while some := list(islice(made, CHUNK)):
        chunk = Chunk.of([_account(number, each) for number, each in some])
        names = chunk.names.tolist()
        rows = [_row(number, each, name) for (number, each), name in zip(some, names, strict=True)]
        connection.execute(insert(account), rows)
        domains = [
            _domain_row(row["id"], each, row["name_key"])
            for row, (_, each) in zip(rows, some, strict=True)
            if each.domain
        ]
        connection.execute(insert(account_domain), domains)
        pairs.append(chunk.keys.pairs(some[0][0] + 1))
    connection.exec_driver_sql(f"DROP INDEX {_INDEX}")
    _store_keys(connection, sqlite, pairs)
    connection.exec_driver_sql(f"CREATE INDEX {_INDEX} ON account_key (account_id)")
    account_keys.grow(connection, count)
    account_keys.recount(connection)
    if sqlite:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA synchronous=FULL")
        return
    connection.exec_driver_sql("SELECT setval(pg_get_serial_sequence('account', 'id'), %s)", (count,))
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")


def _store_keys(connection: Connection, sqlite: bool, pairs: list[Longs]) -> None:
    """Store key rows in the order of the table's primary key, which fills its pages one after another."""
    keys, rows = np.concatenate(pairs).T
    order = np.lexsort((rows, keys))
    keys, rows = keys[order], rows[order]
    first = np.append(True, (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1]))
    keys, rows = keys[first], rows[first]
    for start in range(0, len(keys), _ROWS):
        values = zip(keys[start : start + _ROWS].tolist(), rows[start : start + _ROWS].tolist(), strict=True)
        if sqlite:
            statement = "INSERT INTO account_key (key, account_id) VALUES (?, ?)"
            connection.exec_driver_sql(statement, list(values))
        else:
            _copy(connection, values)


def _copy(connection: Connection, values: Iterable[tuple[int, int]]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy("COPY account_key (key, account_id) FROM STDIN") as copy:
        for value in values:
            copy.write_row(value)


def _account(number: int, made: Made) -> Account:
    domain = AccountDomain(domain=made.domain, source=DomainSource.WEBSITE)
    return Account(
        id=AccountId(f"a{number}"),
        name=made.name,
        domains=(domain,) if made.domain else (),
        country=made.country,
        city=made.city or None,
        phone=made.phone or None,
        parent_id=AccountId(made.parent) if made.parent else None,
    )


def _row(number: int, made: Made, name_key: int) -> dict[str, Any]:
    return {
        "id": number + 1,
        "external_id": f"a{number}",
        "name": made.name,
        "name_key": name_key,
        "country": made.country,
        "city": made.city or None,
        "phone": made.phone or None,
        "parent": made.parent or None,
        "custom": {},
        "created_at": _NOW,
        "updated_at": _NOW,
    }


def _domain_row(account_id: int, made: Made, name_key: int) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "domain": made.domain,
        "source": DomainSource.WEBSITE,
        "support": 0,
        "quarantined": False,
        "name_key": name_key,
    }
