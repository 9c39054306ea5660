"""service/account_report/changes.py: which figures are others than in the report before."""

from __future__ import annotations

from dataclasses import replace

from service.account_report.changes import since_last
from service.account_report.values import Absent, Figure, Report, Section, Unit
from tests.service.account_report.made import NOW, report


def of(*figures: Figure) -> Report:
    return report(sections=(Section(name="deals", title="Opportunities", figures=figures),))


def test_figures_that_both_have_and_that_are_others() -> None:
    money = Figure(name="amount", label="Open amount", value="10.10", unit=Unit.MONEY, currency="EUR")
    before = of(
        Figure(name="open", label="Open", value=3),
        Figure(name="same", label="Same", value=7),
        money,
        replace(money, currency="USD", value="5.00"),
        Figure(name="topic", label="Topic", value="ERP", unit=Unit.TEXT),
        Figure(name="gone", label="Gone", value=1),
    )
    now = of(
        Figure(name="open", label="Open", value=5),
        Figure(name="same", label="Same", value=7),
        replace(money, value="10.40"),
        replace(money, currency="USD", value=None),
        Figure(name="topic", label="Topic", value="CRM", unit=Unit.TEXT),
        Figure(name="new", label="New", value=1),
    )
    found = since_last(now, before)
    assert isinstance(found, Section)
    assert found.figures[0].value == NOW.isoformat()
    assert found.tables[0].rows == (
        ("Opportunities", "Open", 3, 5, 2.0),
        ("Opportunities", "Open amount, EUR", "10.10", "10.40", "0.30"),
        ("Opportunities", "Open amount, USD", "5.00", None, None),
    )
    assert found.tables[0].units == (Unit.COUNT, Unit.MONEY, Unit.MONEY)


def test_a_first_report_and_one_in_which_nothing_changed() -> None:
    first, same = since_last(of(), None), since_last(of(), of())
    assert isinstance(first, Absent) and "first report" in first.why
    assert isinstance(same, Absent) and "No figure is another" in same.why
