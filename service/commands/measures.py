"""`muster program measures` and `muster program rates`."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from service.api.measures import period
from service.api.program_rates import RateIn, RatesIn, stored_rates
from service.commands.common import USAGE, DatabaseOption, fail, services_for, start_of
from service.commands.files import run, take_rows
from service.commands.zoned import Zoned, of_program
from service.db.measures import rates as rates_db
from service.db.program import settings as stored
from service.measures import listing, naming, table
from service.measures.answering import answered
from service.measures.asking import Answer, Asked, Line, Unanswerable
from service.measures.core.definitions import MEASURES, Unit
from service.measures.listing import MeasureRow
from service.measures.naming import Called

MOST_ROWS = 100_000


def measures(
    measure: Annotated[str | None, typer.Argument(help="One measure: its rows, as CSV.")] = None,
    by: Annotated[
        list[str] | None, typer.Option(help="What to group by; repeat it for several: tier.")
    ] = None,
    quarter: Annotated[
        str | None, typer.Option(help="Such as FY2027-Q1; the current one unless said.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="From when: `90d`, or a date; up to now.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only rows with a value: tier=strategic.")] = None,
    as_text: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Show what the program brought, each number with its definition, or the rows of one number."""
    if measure and measure not in MEASURES:
        fail(f"There is no measure {measure}; there are {', '.join(MEASURES)}", USAGE)
    narrow = dict(_pair(each) for each in only or ())
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        now = services.now()
        settings = stored.current(connection)
        if quarter:
            narrow["quarter"] = quarter
        zoned = of_program(settings)
        start = start_of(since, now, zoned.zone) if since else None
        span = run(lambda: period(settings, narrow, start, None, now))
        names = (measure,) if measure else tuple(MEASURES)
        asked = Asked(since=span.since, until=span.until, only=span.only, by=tuple(by or ()), measures=names)
        try:
            if measure:
                rows: list[MeasureRow] = list(listing.every(connection, asked, now, MOST_ROWS))
                sys.stdout.writelines(listing.as_csv(iter(rows)))
                return
            found = answered(connection, asked, now)
        except Unanswerable as wrong:
            fail(f"--{wrong.parameter}: {wrong}", USAGE)
        called = naming.called(connection, found)
    if as_text:
        sys.stdout.writelines(table.as_csv(found, called))
    else:
        _show(found, called, zoned)


def rates(
    file: Annotated[
        Path | None, typer.Argument(help="A CSV file with the columns currency, on, rate (and home).")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Print the rates into the home currency; with a file store others. Safe to repeat."""
    with services_for(database, set_up=file is not None) as services:
        if file is not None:

            def take(row: dict[str, str]) -> None:
                said = {name: row[name] for name in ("currency", "on", "rate") if name in row}
                one = RatesIn(rates=[RateIn.model_validate(said)], home=row.get("home"))
                services.database.transact(lambda connection: stored_rates(connection, one))

            take_rows(file, take)
        with services.database.read() as connection:
            home = stored.current(connection).measures.home_currency
            after: tuple[str, date] | None = None
            while found := rates_db.page(connection, home, after=after, limit=1000):
                for each in found:
                    typer.echo(f"{each.day}  1 {each.currency} = {each.rate} {home}")
                after = (found[-1].currency, found[-1].day)


def _pair(said: str) -> tuple[str, str | None]:
    name, mark, value = said.partition("=")
    if not mark:
        fail(f"--only takes a dimension and a value, such as tier=strategic, not {said}", USAGE)
    return name, value or None


def _show(found: Answer, called: Called, zoned: Zoned) -> None:
    """A paragraph for each measure: what it means, of all, then of each group."""
    since, until = zoned.time(found.since), zoned.time(found.until)
    typer.echo(f"From {since} to {until} ({zoned.zone}), sums in {found.home_currency}")
    lines = [("all", found.total), *((_title(line, called), line) for line in found.lines)]
    lines += [("others", found.others)] if found.others else []
    for each in found.definitions:
        typer.echo(f"\n{each.title}: {each.counts}")
        for title, line in lines:
            figure = line.figures[each.measure]
            against = ""
            if figure.against is not None:
                before, outside = (
                    _number(each.unit, value) for value in (figure.against.before, figure.against.outside)
                )
                program = _number(each.unit, figure.against.program)
                against = f"   in the program {program}, before {before}, outside {outside}"
            typer.echo(f"  {_number(each.unit, figure.value):>16}  {title}{against}")
    for missing in found.left_out.without_rate:
        typer.echo(
            f"\n{_opportunities(missing.opportunities)} in {missing.currency} without a rate", err=True
        )
    if found.left_out.without_amount:
        typer.echo(f"{_opportunities(found.left_out.without_amount)} without an amount", err=True)


def _opportunities(count: int) -> str:
    return "1 opportunity" if count == 1 else f"{count:,} opportunities"


def _title(line: Line, called: Called) -> str:
    """The values of a group: by name where there is one, with the id that other calls take."""

    def value(name: str, said: str | None) -> str:
        known = called.get(name, {}).get(said or "")
        return f"{known} ({said})" if known is not None else said or "(none)"

    return ", ".join(f"{name} {value(name, said)}" for name, said in line.group.items())


def _number(unit: Unit, value: Decimal | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1%}" if unit is Unit.SHARE else f"{value:,.1f}" if unit is Unit.DAYS else f"{value:,}"
