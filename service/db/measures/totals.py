"""What the rows of measures add up to, in groups. All of it is added up in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from service.db.measures import rates
from service.db.measures.expressions import Window, daily, names, planned, windows
from service.db.measures.reach import joined_last
from service.db.measures.sources import CAMPAIGN, REP, Counting, Within, facts
from service.db.tables import account as accounts
from service.db.tables import program_campaign
from service.db.tables import program_placement as placements
from service.measures.core.components import GIVES, Component, Source, Sums
from service.measures.core.spans import Placed, Span

PROGRAM = "program"
"""As a tier: any of the program."""

_LOT = "lot"
"""A further column of rows: the placement that holds, else, less than 0, the kind of an account outside."""

Key = tuple[str | None, ...]
Only = Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Which rows: of which sources, within which time, limited to values of dimensions.

    ``parts`` are what the dimension "part" tells apart, ``bands`` the bounds of accounts' sizes.
    """

    sources: frozenset[Source]
    counting: Counting
    since: datetime
    until: datetime
    parts: Sequence[Span] = ()
    bands: Sequence[int] = ()
    only: Only


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """The rows with what they can be grouped by: a FROM, the columns by dimension, and the conditions."""

    facts: FromClause
    source: FromClause
    columns: Mapping[str, ColumnElement[Any]]
    conditions: Sequence[ColumnElement[bool]]


def laid(
    connection: Connection, rows: Rows, by: Iterable[str], spans: Sequence[Window] | None = None
) -> Laid:
    """Lay rows out for the dimensions that are grouped by or limited to."""
    named = frozenset(by) | rows.only.keys()
    return _laid(facts(rows.sources, rows.counting, _within(connection, rows, named, spans)), rows, named)


def _within(
    connection: Connection, rows: Rows, named: frozenset[str], spans: Sequence[Window] | None
) -> Within:
    """Which rows are looked for, with the rates of their days."""
    planned(connection)
    needs = frozenset({REP} & named) | (
        frozenset({CAMPAIGN}) if named & {"campaign", "play"} else frozenset()
    )
    sqlite = connection.dialect.name == "sqlite"
    known = rates.by_day(connection, rows.counting.home, rows.since, rows.until)
    return Within(
        since=rows.since,
        until=rows.until,
        daily=daily(known, sqlite=sqlite),
        windows=None if spans is None else windows(spans, sqlite=sqlite),
        needs=needs,
        joined=joined_last() if CAMPAIGN in needs else None,
    )


def _laid(found: FromClause, rows: Rows, named: frozenset[str], kinds: FromClause | None = None) -> Laid:
    """Rows with what they are grouped by and limited to, and the lots that are told apart by kinds."""
    source: FromClause = found
    columns: dict[str, ColumnElement[Any]] = {name: found.c[name] for name in ("account", "rep", "campaign")}
    if named & {"tier", _LOT}:
        held = and_(
            placements.c.account == found.c.account,
            placements.c.starts <= found.c.at,
            or_(placements.c.until.is_(None), placements.c.until > found.c.at),
        )
        source = source.outerjoin(placements, held)
        columns["tier"] = placements.c.tier
    if "segment" in named:
        source = source.outerjoin(accounts, accounts.c.external_id == found.c.account)
        columns["segment"] = accounts.c.segment
    if kinds is not None:
        source = source.outerjoin(kinds, kinds.c.external_id == found.c.account)
        columns[_LOT] = func.coalesce(placements.c.id, -kinds.c.number)
    if "play" in named:
        source = source.outerjoin(program_campaign, program_campaign.c.id == found.c.campaign)
        columns["play"] = program_campaign.c.play
    if "part" in named:
        columns["part"] = _part(found.c.at, rows.parts)
    conditions = [_is(columns[name], name, value) for name, value in rows.only.items()]
    return Laid(facts=found, source=source, columns=columns, conditions=conditions)


def grouped(connection: Connection, rows: Rows, by: Sequence[str]) -> dict[Key, Sums]:
    """The sums of each group that occurs, by its values of the dimensions."""
    lots = _lots(connection, rows, by)
    return _sums(
        connection, _summed(lots, rows.sources, [lots.c[name] for name in by]), rows.sources, len(by)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The sums of rows that have a group in common, and an account of the program or a kind of others.

    ``account`` and ``tier`` are those of rows in the account's time in the program; ``kind`` is the segment,
    country and size band of rows of accounts that are never in it meanwhile.
    """

    key: Key
    account: str | None
    tier: str | None
    part: str | None
    kind: Key | None
    sums: Sums


def cut(connection: Connection, rows: Rows, by: Sequence[str], *, by_part: bool) -> list[Cut]:
    """Rows in groups: those of the program by account, others by what accounts are alike in."""
    part = ("part",) if by_part else ()
    known = _kinds(rows)
    lots = _lots(connection, rows, tuple(dict.fromkeys((*by, _LOT, *part))), kinds=known)
    _, *values = known.c
    kinds = select(*values).distinct().subquery("kind")
    held, number, *alike = placements.c, *kinds.c
    more = [held.account, held.tier, number, *alike, *(lots.c[name] for name in part)]
    columns = [*(lots.c[name] for name in by), *more]
    source = lots.outerjoin(placements, held.id == lots.c[_LOT]).outerjoin(kinds, number == -lots.c[_LOT])
    query = _summed(lots, rows.sources, columns).select_from(source)
    found = _sums(connection, query, rows.sources, len(columns))
    return [_cut(key[: len(by)], key[len(by) :], sums) for key, sums in found.items()]


def _cut(key: Key, more: Key, sums: Sums) -> Cut:
    account, tier, number, *kind = more
    return Cut(
        key=key,
        account=account,
        tier=tier,
        part=kind[3] if len(kind) > 3 else None,
        kind=None if number is None else tuple(kind[:3]),
        sums=sums,
    )


def in_windows(connection: Connection, rows: Rows, spans: Sequence[Window]) -> dict[int, Sums]:
    """The sums of spans of accounts, by their numbers; ``rows.since`` and ``until`` bound them all."""
    if not spans:
        return {}
    lots = _lots(connection, rows, ("unit",), spans)
    query = _summed(lots, rows.sources, [lots.c.unit])
    return {key[0]: sums for key, sums in _sums(connection, query, rows.sources, 1).items()}  # type: ignore[misc]


def _kinds(rows: Rows) -> FromClause:
    """The accounts that are never in the program within the period: a number for each kind, and its values.

    The number is the first row of the kind's accounts.
    """
    alike = _alike(rows.bands)
    number = func.min(accounts.c.id).over(partition_by=alike).label("number")
    named = (each.label(name) for each, name in zip(alike, ("segment", "country", "band"), strict=True))
    kinds = select(accounts.c.external_id, number, *named).where(_never(rows))
    return kinds.cte("kinds").prefix_with("MATERIALIZED")


def counts_outside(connection: Connection, rows: Rows) -> dict[Key, int]:
    """How many accounts are never in the program meanwhile, by segment, country and size band."""
    columns = _alike(rows.bands)
    query = select(*_labelled(columns), func.count()).where(_never(rows)).group_by(*_labels(columns))
    return {tuple(row[:-1]): row[-1] for row in connection.execute(query)}


def alike(connection: Connection, wanted: Sequence[str], bands: Sequence[int]) -> dict[str, Key]:
    """The segment, country and size band of accounts."""
    asked = names(wanted, sqlite=connection.dialect.name == "sqlite")
    query = select(accounts.c.external_id, *_alike(bands)).join(asked, asked.c.name == accounts.c.external_id)
    return {row[0]: row[1:] for row in connection.execute(query).all()}


def placed(connection: Connection, since: datetime, until: datetime, only: Only) -> list[Placed]:
    """All placements of the accounts that are in the program at some moment between two others."""
    meets = [placements.c.starts < until, or_(placements.c.until.is_(None), placements.c.until > since)]
    if "account" in only:
        meets.append(_is(placements.c.account, "account", only["account"]))
    who = select(placements.c.account).where(*meets)
    if "segment" in only:
        who = who.join(accounts, accounts.c.external_id == placements.c.account)
        who = who.where(_is(accounts.c.segment, "segment", only["segment"]))
    query = select(placements.c.account, placements.c.tier, placements.c.starts, placements.c.until)
    rows = connection.execute(query.where(placements.c.account.in_(who)))
    return [Placed(account=row.account, tier=row.tier, starts=row.starts, until=row.until) for row in rows]


def _lots(
    connection: Connection,
    rows: Rows,
    by: Sequence[str],
    spans: Sequence[Window] | None = None,
    kinds: FromClause | None = None,
) -> FromClause:
    """The sums of each source by itself, by the values of dimensions or by the unit of a window.

    Whatever else has to be looked up is then looked up once for many rows, and PostgreSQL adds up
    what its workers read where they read it.
    """
    named = (frozenset(by) | rows.only.keys()) - {"unit"}
    within = _within(connection, rows, named, spans)
    found = {
        each: _laid(facts({each}, rows.counting, within), rows, named, kinds)
        for each in Source
        if each in rows.sources
    }
    lots = (_lot(laid, each, rows.sources, by) for each, laid in found.items())
    return union_all(*lots).subquery("lots")


def _lot(found: Laid, source: Source, sources: frozenset[Source], by: Sequence[str]) -> Select[Any]:
    named = [(found.facts.c.unit if name == "unit" else found.columns[name]).label(name) for name in by]
    sums = (
        func.sum(found.facts.c[name.value]) if name in GIVES[source] else null()
        for name in components(sources)
    )
    valued = [
        cast(each, BigInteger).label(name.value) for name, each in zip(components(sources), sums, strict=True)
    ]
    query = select(*named, *valued).select_from(found.source).where(*found.conditions)
    return query.group_by(*(literal_column(str(place + 1)) for place in range(len(by))))


def _summed(
    lots: FromClause, sources: frozenset[Source], columns: Sequence[ColumnElement[Any]]
) -> Select[Any]:
    sums = [cast(func.sum(lots.c[name.value]), BigInteger) for name in components(sources)]
    return select(*_labelled(columns), *sums).group_by(*_labels(columns))


def _labelled(columns: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    return [each.label(f"by_{place}") for place, each in enumerate(columns)]


def _labels(columns: Sequence[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """What GROUP BY names: to PostgreSQL, two expressions with parameters are never the same."""
    return [literal_column(f"by_{place}") for place in range(len(columns))]


def components(sources: Iterable[Source]) -> list[Component]:
    """What sources add to, in a fixed order."""
    wanted = {name for each in sources for name in GIVES[each]}
    return [name for name in Component if name in wanted]


def _sums(
    connection: Connection, query: Select[Any], sources: frozenset[Source], keys: int
) -> dict[Key, Sums]:
    names = components(sources)
    found: dict[Key, Sums] = {}
    for row in connection.execute(query).all():
        found[row[:keys]] = {name: value for name, value in zip(names, row[keys:], strict=True) if value}
    return found


def _part(at: ColumnElement[Any], parts: Sequence[Span]) -> ColumnElement[Any]:
    """The name of the part that a moment is in; they follow each other."""
    *firsts, last = parts
    if not firsts:
        return literal(last.name)
    return case(*((at < each.until, literal(each.name)) for each in firsts), else_=literal(last.name))


def _is(column: ColumnElement[Any], name: str, value: str | None) -> ColumnElement[bool]:
    if name == "tier" and value == PROGRAM:
        return column.is_not(None)
    return column.is_(None) if value is None else column == value


def _alike(bands: Sequence[int]) -> list[ColumnElement[Any]]:
    staff = accounts.c.employees
    steps = [(staff < bound, literal(place)) for place, bound in enumerate(bands)]
    band: ColumnElement[Any] = case((staff.is_(None), null()), *steps, else_=literal(len(bands)))
    return [accounts.c.segment, accounts.c.country, band]


def _meets(rows: Rows) -> tuple[ColumnElement[bool], ...]:
    """Whether a placement holds at some moment of the period."""
    goes_on = or_(placements.c.until.is_(None), placements.c.until > rows.since)
    return (placements.c.starts < rows.until, goes_on)


def _never(rows: Rows) -> ColumnElement[bool]:
    """Whether an account is in no tier at any moment of the period."""
    return accounts.c.external_id.not_in(select(placements.c.account).where(*_meets(rows)))
