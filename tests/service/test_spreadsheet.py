"""Lines for spreadsheets: texts are never formulas, and everything else is as it was."""

from __future__ import annotations

from decimal import Decimal

import pytest

from service.spreadsheet import inert, line

CASES: list[tuple[object, object]] = [
    ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
    ("+49 30 1234", "'+49 30 1234"),
    ("-1", "'-1"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\tx", "'\tx"),
    ("\rx", "'\rx"),
    ("Acme = Bolt", "Acme = Bolt"),
    ("", ""),
    (None, ""),
    (0, 0),
    (-1, -1),
    (Decimal("-5.00"), Decimal("-5.00")),
]


@pytest.mark.parametrize(("cell", "shown"), CASES)
def test_a_cell_is_shown_as_a_text_or_as_its_number(cell: object, shown: object) -> None:
    assert inert(cell) == shown


def test_a_line_is_quoted_as_the_standard_says_and_ends() -> None:
    said = line(['Acme, "the" firm', "two\nlines", None, Decimal("-5.00"), "-5.00"])
    assert said == '"Acme, ""the"" firm","two\nlines",,-5.00,\'-5.00\r\n'
