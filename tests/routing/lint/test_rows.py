"""Rows of tables that never count, in tables larger than are looked at whole."""

from __future__ import annotations

from datetime import UTC, datetime

from routing.lint import lint
from routing.lint.rows import MAX_ROWS
from routing.rulebook import parse

NOW = datetime(2026, 6, 15, tzinfo=UTC)


def found(*rows: str) -> list[tuple[str, str, int]]:
    lines = "".join(f"    {row}\n" for row in ("contact.country,contact.city,pool", *rows))
    text = f"""version: 1
tables: {{t: {{from: t.csv, results: {{pool: pool}}}}}}
rules:
  - {{id: a, because: x, then: {{pool in: table.t.pool}}}}
fallback: {{then: {{queue: review}}}}
files:
  t.csv: |
{lines}"""
    return [(p.code, p.file, p.line) for p in lint(parse(text), NOW) if p.file == "t.csv"]


def test_of_a_large_table_the_rows_that_may_meet_one_above_are_looked_at() -> None:
    apart = [f"C{number},,p" for number in range(MAX_ROWS + 200)]
    meeting = [f"C{number},Bonn,q" for number in range(3)]
    last = len(apart) + 1
    assert found(*apart, *meeting) == [("shadowed_row", "t.csv", last + number) for number in (1, 2, 3)]


def test_what_is_left_of_a_large_table_is_said() -> None:
    cities = [f"DE,B{number:03},p" for number in range(MAX_ROWS)]
    rows = [*cities, *(f"DE,B{number:03}*,q" for number in range(MAX_ROWS + 1))]
    assert found(*rows) == [("undecided", "t.csv", len(rows) + 1)]
