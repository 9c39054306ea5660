"""Rates of currencies: what one unit is in the home currency, from a day until the next one given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal

from sqlalchemy import Connection, delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from service.db import changes
from service.db.tables import currency_rate as table

NOTED = "currency rate"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """From the first moment of ``day`` (UTC) one unit of ``currency`` is ``rate`` units of ``home``."""

    home: str
    currency: str
    day: date
    rate: Decimal

    @property
    def starts(self) -> datetime:
        """The moment from which it holds."""
        return datetime.combine(self.day, time(), UTC)


def put(connection: Connection, rates: Sequence[Rate]) -> int:
    """Store rates, those of the same day anew; how many were not so before. Changes are on record."""
    wanted = {(each.home, each.currency, each.starts): each for each in rates}
    known = _known(connection, list(wanted))
    differing = {key: each for key, each in sorted(wanted.items()) if known.get(key) != _text(each.rate)}
    for key, each in differing.items():
        before = {"rate": known[key]} if key in known else None
        changes.note(connection, NOTED, _name(each), before, {"rate": _text(each.rate)})
    if differing:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        fresh = dialect.insert(table)
        again = fresh.on_conflict_do_update(
            index_elements=["home", "currency", "starts"], set_={"rate": fresh.excluded.rate}
        )
        rows = [dict(zip(("home", "currency", "starts"), key, strict=True)) for key in differing]
        rated = [row | {"rate": _text(each.rate)} for row, each in zip(rows, differing.values(), strict=True)]
        connection.execute(again, rated)
    return len(differing)


def remove(connection: Connection, home: str, currency: str, day: date) -> bool:
    """Take the rate of a day back; whether there was one."""
    key = (home, currency, datetime.combine(day, time(), UTC))
    before = _known(connection, [key]).get(key)
    if before is None:
        return False
    gone = Rate(home=home, currency=currency, day=day, rate=Decimal(before))
    changes.note(connection, NOTED, _name(gone), {"rate": before}, None)
    connection.execute(delete(table).where(tuple_(table.c.home, table.c.currency, table.c.starts) == key))
    return True


def page(
    connection: Connection,
    home: str,
    *,
    currency: str | None = None,
    after: tuple[str, date] | None = None,
    limit: int = 100,
) -> list[Rate]:
    """Rates into a home currency by currency and day, from behind a currency and day."""
    query = select(table).where(table.c.home == home)
    if currency is not None:
        query = query.where(table.c.currency == currency)
    if after is not None:
        moment = datetime.combine(after[1], time(), UTC)
        query = query.where(
            (table.c.currency > after[0]) | ((table.c.currency == after[0]) & (table.c.starts > moment))
        )
    rows = connection.execute(query.order_by(table.c.currency, table.c.starts).limit(limit))
    return [
        Rate(home=row.home, currency=row.currency, day=row.starts.date(), rate=Decimal(row.rate))
        for row in rows
    ]


def by_day(connection: Connection, home: str, since: datetime, until: datetime) -> list[tuple[str, int, str]]:
    """The rate of each currency on each day of a time (`expressions.day`), where there is one."""
    query = select(table).where(table.c.home == home, table.c.starts < until)
    given: dict[str, list[tuple[int, str]]] = {}
    for row in connection.execute(query.order_by(table.c.currency, table.c.starts)):
        given.setdefault(row.currency, []).append(((row.starts - _EPOCH).days, row.rate))
    first, last = (since - _EPOCH).days, (until - _EPOCH).days
    found: list[tuple[str, int, str]] = []
    for currency, rates in given.items():
        ends = [start for start, _ in rates[1:]] + [last + 1]
        for (start, rate), end in zip(rates, ends, strict=True):
            found += [(currency, day, rate) for day in range(max(start, first), end)]
    return found


def _known(
    connection: Connection, keys: Sequence[tuple[str, str, datetime]]
) -> dict[tuple[str, str, datetime], str]:
    """The rates of days that there are, as stored."""
    if not keys:
        return {}
    homes, currencies, moments = ({key[place] for key in keys} for place in range(3))
    query = select(table).where(
        table.c.home.in_(sorted(homes)),
        table.c.currency.in_(sorted(currencies)),
        table.c.starts.between(min(moments), max(moments)),
    )
    return {(row.home, row.currency, row.starts): row.rate for row in connection.execute(query)}


def _name(each: Rate) -> str:
    return f"{each.currency} in {each.home} on {each.day}"


def _text(rate: Decimal) -> str:
    """A rate without zeros that say nothing, and without an exponent."""
    return f"{rate.normalize():f}"
