"""Money and time in SQL, with the same result on both databases, to the cent and to the second.

SQLite has no decimals: an amount becomes whole cents before anything is added, and a
currency is converted by a function of this process (`on_sqlite`), which rounds as
PostgreSQL does, halves away from zero.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    DateTime,
    FromClause,
    Integer,
    Numeric,
    String,
    cast,
    column,
    func,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

MOST, TAME = 10**15, 9
"""Units of the home currency: what comes out beyond, nobody meant; a rate at which nothing comes near."""

_FUNCTION = "muster_cents"


class cents(GenericFunction[int]):
    """``cents(amount)``: an amount of money as whole cents."""

    type = BigInteger()
    inherit_cache = True


class convertible(GenericFunction[bool]):
    """``convertible(amount, rate)``: whether there is a rate (of `daily`) and somebody can mean the sum."""

    type = Boolean()
    inherit_cache = True


class converted(GenericFunction[int]):
    """``converted(amount, rate)``: a convertible amount at a rate (of `daily`), as whole cents."""

    type = BigInteger()
    inherit_cache = True


class lasting(GenericFunction[int]):
    """``lasting(since, until)``: whole seconds between two moments."""

    type = BigInteger()
    inherit_cache = True


class earlier(GenericFunction[datetime]):
    """``earlier(moment, days)``: the moment so many days before."""

    type = DateTime(timezone=True)
    inherit_cache = True


class day(GenericFunction[int]):
    """``day(moment)``: whole days in UTC since 1970-01-01."""

    type = Integer()
    inherit_cache = True


def _parts(element: Any, compiler: Any) -> list[str]:
    return [str(compiler.process(each)) for each in element.clauses]


@compiles(cents, "sqlite")
def _cents_on_sqlite(element: Any, compiler: Any, **_: Any) -> str:
    [amount] = _parts(element, compiler)
    return f"CAST(ROUND({amount} * 100) AS INTEGER)"


@compiles(cents, "postgresql")
def _cents_on_postgres(element: Any, compiler: Any, **_: Any) -> str:
    [amount] = _parts(element, compiler)
    return f"CAST({amount} * 100 AS bigint)"


@compiles(converted, "sqlite")
def _converted_on_sqlite(element: Any, compiler: Any, **_: Any) -> str:
    amount, rate = _parts(element, compiler)
    return f"{_FUNCTION}({amount}, {rate})"


@compiles(converted, "postgresql")
def _converted_on_postgres(element: Any, compiler: Any, **_: Any) -> str:
    amount, rate = _parts(element, compiler)
    return f"CAST(ROUND({amount} * {rate} * 100) AS bigint)"


@compiles(convertible)
def _convertible(element: Any, compiler: Any, **_: Any) -> str:
    amount, rate = _parts(element, compiler)
    if compiler.dialect.name == "sqlite":  # which knows the rate as a text
        rate = f"CAST({rate} AS REAL)"
    return f"({rate} <= {TAME} OR ABS({amount}) * {rate} <= {MOST})"


@compiles(lasting, "sqlite")
def _lasting_on_sqlite(element: Any, compiler: Any, **_: Any) -> str:
    since, until = (
        f"CAST(strftime('%s', substr({each}, 1, 19)) AS INTEGER)" for each in _parts(element, compiler)
    )
    return f"({until} - {since})"


@compiles(lasting, "postgresql")
def _lasting_on_postgres(element: Any, compiler: Any, **_: Any) -> str:
    since, until = (f"FLOOR(date_part('epoch', {each}))" for each in _parts(element, compiler))
    return f"CAST({until} - {since} AS bigint)"


@compiles(earlier, "sqlite")
def _earlier_on_sqlite(element: Any, compiler: Any, **_: Any) -> str:
    moment, days = _parts(element, compiler)
    whole = f"strftime('%Y-%m-%d %H:%M:%S', substr({moment}, 1, 19), '-' || {days} || ' days')"
    return f"({whole} || substr({moment}, 20))"


@compiles(earlier, "postgresql")
def _earlier_on_postgres(element: Any, compiler: Any, **_: Any) -> str:
    moment, days = _parts(element, compiler)
    return f"({moment} - make_interval(days => CAST({days} AS integer)))"


@compiles(day, "sqlite")
def _day_on_sqlite(element: Any, compiler: Any, **_: Any) -> str:
    [moment] = _parts(element, compiler)
    return f"(CAST(strftime('%s', substr({moment}, 1, 10)) AS INTEGER) / 86400)"


@compiles(day, "postgresql")
def _day_on_postgres(element: Any, compiler: Any, **_: Any) -> str:
    [moment] = _parts(element, compiler)
    return f"(CAST({moment} AT TIME ZONE 'UTC' AS date) - DATE '1970-01-01')"


def planned(connection: Connection) -> None:
    """Tell PostgreSQL how to plan what follows in this transaction; SQLite needs no telling.

    A plan that is made for any parameters takes windows and rates for a handful of rows, and their joins
    for nothing: minutes instead of a second. Sorting all rows for a join of rates takes longer than hashing
    the rates; the pages of accounts are mostly in memory. To compile
    such a statement takes longer than it does.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(*(func.set_config(name, value, True) for name, value in _PLANNED.items())))


_PLANNED = {
    "plan_cache_mode": "force_custom_plan",
    "work_mem": "64MB",
    "enable_mergejoin": "off",
    "random_page_cost": "2",
    "jit": "off",
}


def on_sqlite(connection: Any) -> None:
    """Give a connection of SQLite's driver the function that converts amounts."""
    connection.create_function(_FUNCTION, 2, _converted, deterministic=True)


def _converted(amount: float | None, rate: str | None) -> int | None:
    if amount is None or rate is None:
        return None
    times, unit = _exact(rate)
    whole = abs(round(amount * 100)) * times
    found = (whole + unit // 2) // unit  # halves away from zero
    return found if amount >= 0 else -found


@lru_cache(maxsize=10_000)
def _exact(rate: str) -> tuple[int, int]:
    """A rate as a fraction of whole numbers."""
    return Decimal(rate).as_integer_ratio()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span of an account; ``unit`` is its place in a list."""

    unit: int
    account: str
    since: datetime
    until: datetime


def windows(rows: Sequence[Window], *, sqlite: bool) -> FromClause:
    """Spans of accounts as a table with the columns unit, account, since, until."""
    moment: Any = String() if sqlite else DateTime(timezone=True)
    columns = (("unit", Integer()), ("account", String()), ("since", moment), ("until", moment))
    as_given = _text if sqlite else datetime.isoformat
    given = [(each.unit, each.account, as_given(each.since), as_given(each.until)) for each in rows]
    return _given("windows", columns, given, sqlite=sqlite)


def names(wanted: Sequence[str], *, sqlite: bool) -> FromClause:
    """Texts as a table with the column name."""
    return _given("names", (("name", String()),), [(each,) for each in wanted], sqlite=sqlite)


def daily(rows: Sequence[tuple[str, int, str]], *, sqlite: bool) -> FromClause:
    """Rates as a table with the columns currency, day, rate: a text on SQLite, which has no decimals."""
    exact: Any = String() if sqlite else Numeric()
    columns = (("currency", String()), ("day", Integer()), ("rate", exact))
    return _given("daily", columns, rows, sqlite=sqlite)


def _given(
    name: str, columns: Sequence[tuple[str, Any]], rows: Sequence[tuple[Any, ...]], *, sqlite: bool
) -> FromClause:
    """Rows as a table: a few parameters, however many rows there are."""
    if sqlite:
        each = func.json_each(literal(json.dumps(rows))).table_valued("value")
        picked: list[ColumnElement[Any]] = [
            type_coerce(func.json_extract(each.c.value, f"$[{place}]"), kind).label(called)
            for place, (called, kind) in enumerate(columns)
        ]
        return select(*picked).subquery(name)
    arrays = [
        cast(literal(_array([row[place] for row in rows]), String()), ARRAY(kind))
        for place, (_, kind) in enumerate(columns)
    ]
    named = (column(called, kind) for called, kind in columns)
    return func.unnest(*arrays).table_valued(*named).render_derived(name=name)


def _array(values: Sequence[object]) -> str:
    """Values as PostgreSQL reads an array, which takes the driver ten times as long to write."""
    texts = (str(each).replace("\\", "\\\\").replace('"', '\\"') for each in values)
    return "{" + ",".join(f'"{text}"' for text in texts) + "}"


def _text(moment: datetime) -> str:
    """A moment as SQLAlchemy writes it, so that texts compare as moments do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
