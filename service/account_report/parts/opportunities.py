"""The opportunities that were open in the report's time, and what they come to, currency by currency."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from service.account_report.parts.asked import LISTED, Asked, moment
from service.account_report.values import Absent, Cell, Column, Figure, Section, Table, Unit
from service.db.account_reports import reading

NAME, TITLE = "opportunities", "Opportunities"
MOST = 2000
_COLUMNS = (
    Column(label="Opportunity"),
    Column(label="State"),
    Column(label="Stage"),
    Column(label="Kind"),
    Column(label="Owner", unit=Unit.REP),
    Column(label="Amount", unit=Unit.MONEY),
    Column(label="Currency"),
    Column(label="Opened", unit=Unit.MOMENT),
    Column(label="Closed or expected", unit=Unit.MOMENT),
)


def part(asked: Asked) -> Section | Absent:
    """Amounts are added up for each currency by itself: no rate is taken."""
    home = asked.settings.measures.home_currency
    rows = reading.opportunities(*asked.of, MOST)
    if not rows:
        return Absent(name=NAME, title=TITLE, why="No opportunity of the account was open in this time.")
    open_ones = [row for row in rows if _state(row, asked) == "open"]
    won = [row for row in rows if _state(row, asked) == "won"]
    opened = [row for row in rows if row.opened_at is not None and row.opened_at >= asked.since]
    figures = [
        Figure(name="open", label="Open", value=len(open_ones)),
        Figure(name="opened", label="Opened", value=len(opened)),
        Figure(name="won", label="Won", value=len(won)),
        Figure(name="lost", label="Lost", value=sum(_state(row, asked) == "lost" for row in rows)),
        *_sums("open_amount", "Open amount", open_ones, home),
        *_sums("won_amount", "Won amount", won, home),
    ]
    shown = tuple(_shown(row, asked, home) for row in rows[:LISTED])
    table = Table(title="Opportunities", columns=_COLUMNS, rows=shown, left_out=max(len(rows) - LISTED, 0))
    return Section(name=NAME, title=TITLE, figures=tuple(figures), tables=(table,))


def _shown(row: Any, asked: Asked, home: str) -> tuple[Cell, ...]:
    """One that closed after the report's end has no stage here: which it had then is not kept."""
    since_closed = row.closed_at is not None and row.closed_at >= asked.until
    return (
        row.external_id,
        _state(row, asked),
        None if since_closed else row.stage,
        row.kind,
        row.owner,
        None if row.amount is None else f"{row.amount:f}",
        (row.currency or home) if row.amount is not None else None,
        moment(row.opened_at),
        moment(row.expected_close_at if since_closed else row.closed_at or row.expected_close_at),
    )


def _state(row: Any, asked: Asked) -> str:
    """How it stood at the report's end."""
    if row.closed_at is None or row.closed_at >= asked.until:
        return "open"
    return "won" if row.won else "lost" if row.won is False else "closed"


def _sums(name: str, label: str, rows: Sequence[Any], home: str) -> list[Figure]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.amount is not None:
            sums[row.currency or home] += row.amount
    return [
        Figure(name=name, label=label, value=f"{value:f}", unit=Unit.MONEY, currency=currency)
        for currency, value in sorted(sums.items())
    ]
