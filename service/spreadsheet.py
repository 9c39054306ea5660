"""Lines of CSV for people: no spreadsheet takes what somebody wrote for a formula.

OWASP, "CSV Injection": a cell that begins with one of `=`, `+`, `-`, `@`, a tab or
a carriage return is run by spreadsheets; an apostrophe before it makes it a text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def inert(cell: object) -> object:
    """A text that a spreadsheet would run gets an apostrophe before it; None is empty, numbers are kept."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell


def line(cells: Iterable[object]) -> str:
    """One line of CSV (RFC 4180), its end included."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([inert(cell) for cell in cells])
    return out.getvalue()
