"""service/account_report/pdf.py: what the file says, in every script, and that it says nothing else."""

from __future__ import annotations

import pytest

from service.account_report.pdf import printed
from service.account_report.values import Column, Section, Table, Unit, named
from tests.service.account_report.made import report
from tests.service.account_report.printed import text_of


def test_everything_of_the_values_is_in_the_file() -> None:
    text = text_of(printed(report(("id:c-1", "dan", "1234.5"), ("email:x@y.example", None, None))))
    for part in (
        "Northwind & Söhne <b>GmbH</b>",
        "360 report, FY2026-Q2, strategic, made on demand.",
        "From 2026-03-18 09:30 to 2026-04-01 09:30 UTC. Account A-1.",
        "1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567.50 EUR".replace(
            "\N{NARROW NO-BREAK SPACE}", " "
        ),
        "25.0 %",
        "Win rate: Won of closed.",
        "18 Mar",
        "And 2 more.",
        "Left out, as there are no valid data",
        "Signals: No signal was taken in.",
        "Made 2026-04-01 09:30 UTC",
        "Page 1",
    ):
        assert part in text, part


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Zażółć Gęślą", "Zażółć Gęślą"),
        ("Ελένη Παππά", "Ελένη Παππά"),
        ("Юлія Ґудзь", "Юлія Ґудзь"),
        ("Անի Գրիգորյան", "Անի Գրիգորյան"),
        ("山田 太郎", "山田 太郎"),
        ("やまだ カンパニー", "やまだ カンパニー"),
        ("김민준", "김민준"),
        ("אורי לוי", "'vry lvy"),
        ("अमित", "amit"),
        ("สมชาย", "smchay"),
        ("Ann 🚀 Lee", "Ann :rocket: Lee"),
        ("a\x00b\u202ec", "a b c"),
        ("</para><font size=99>&amp;", "</para><font size=99>&amp;"),
    ],
)
def test_names_in_every_script_show_or_are_written_in_latin_letters(name: str, shown: str) -> None:
    text = text_of(printed(named(report(("id:c-1", None, None)), {"id:c-1": name}, {})))
    assert shown.casefold() in text.casefold(), text[:600]


def test_no_day_and_no_heading_is_broken_and_each_row_has_its_unit() -> None:
    texts = tuple(Column(label=label) for label in ("Opportunity", "State", "Stage", "Kind", "Currency"))
    days = (Column(label="Opened", unit=Unit.MOMENT), Column(label="Closed", unit=Unit.MOMENT))
    number = Column(label="Responded", unit=Unit.NUMBER)
    row = ("OPP-5005", "open", "Renewal open", "renewal" * 20, "EUR", *["2026-10-19T18:51:00+00:00"] * 2)
    rows = ((*row, 0.5), (*row, "240000.00"))
    table = Table(title="All", columns=(*texts, *days, number), rows=rows, units=(Unit.SHARE, Unit.MONEY))
    text = text_of(printed(report(sections=(Section(name="deals", title="Deals", tables=(table,)),))))
    assert [text.count(each) for each in ("2026-10-19", "Currency", "Responded")] == [4, 1, 1]
    assert "50.0 %" in text and "240 000.00" in text


def test_the_same_report_is_the_same_file() -> None:
    assert printed(report(("id:c-1", "dan", "1"))) == printed(report(("id:c-1", "dan", "1")))
