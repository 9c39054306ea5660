"""service/account_report/sheet.py: a line for each value, and no formula for a spreadsheet."""

from __future__ import annotations

import csv
import io

from service.account_report.sheet import HEADER, lines
from tests.service.account_report.made import report


def test_every_value_has_a_line() -> None:
    rows = list(csv.reader(io.StringIO(lines(report(("id:c-1", "dan", "1234.5"))))))
    assert tuple(rows[0]) == HEADER
    assert ["report", "head", "", "account", "A-1", "", ""] in rows
    assert ["deals", "figure", "", "Open amount", "1234567.50", "EUR", ""] in rows
    assert ["deals", "figure", "", "Win rate", "0.25", "share", "Won of closed."] in rows
    weeks = [row for row in rows if row[1] == "Week by week"]
    assert [(row[3], row[4]) for row in weeks] == [
        ("Signals", "3"),
        ("Answers", "1"),
        ("Signals", "0"),
        ("Answers", "0"),
    ]
    assert weeks[0][6] == "2026-03-18T09:30:00+00:00 to 2026-03-25T09:30:00+00:00"
    assert ["deals", "All", "1", "Amount", "1234.5", "money", ""] in rows
    assert ["deals", "All", "", "left out", "2", "count", "more rows there are"] in rows
    assert ["signals", "left out", "", "Signals", "", "", "No signal was taken in."] in rows


def test_formulas_are_defused_and_nothing_else_is_changed() -> None:
    texts = ["=1+1", "+1", "-1", "@x", "\tx", "a,b", 'a"b', "a\nb"]
    out = lines(report(*((text, None, None) for text in texts), account_name="=cmd()"))
    cells = [row[4] for row in csv.reader(io.StringIO(out)) if row[3] in ("Person", "account_name")]
    assert cells == ["'=cmd()", "'=1+1", "'+1", "'-1", "'@x", "'\tx", "a,b", 'a"b', "a\nb"]
