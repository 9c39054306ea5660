"""The 360 report of an account: as of now or as it was kept, as a page, a PDF and a CSV."""

from __future__ import annotations

from starlette.responses import Response

from service.account_report import cells
from service.account_report.making import AccountReports, Wish
from service.account_report.values import Report, Series
from service.api.program_actor import parts_of
from service.api.program_reports import Form, in_form
from service.api.views import cursor, position
from service.console.charts import Chart, stacked
from service.console.links import listed
from service.console.period import Part, Span, asked, moments
from service.console.visit import Visit
from service.db.account_reports import stored
from service.problems import Invalid, Malformed

PAGE = 20
WHOLE = "whole"
"""In the address of a report that is to be there at once, where no script loads it."""
TONES = ("accent", "warn")


def now(visit: Visit) -> Response:
    """The report as of now, of the time that the address asks for: its head at once, the rest by itself."""
    span = asked(visit.query, visit.zone, visit.services.now())
    wish, reports = _wish(visit, span), AccountReports(parts_of(visit.services))
    later = not (visit.fragment or visit.query.keys() & {WHOLE, "format"})
    try:
        report = (reports.head if later else reports.now)(wish, visit.caller.name)
    except Invalid as problem:
        raise Malformed(problem.errors[0].detail if problem.errors else str(problem)) from None
    return _shown(visit, report, f"/program/360/{wish.account}", span, later=later)


def make(visit: Visit) -> Response:
    """Make one and keep it: the next says what changed since."""
    kept = AccountReports(parts_of(visit.services)).make(_wish(visit, None), visit.caller.name)
    return visit.go(f"/program/reports/{kept.id}")


def kept(visit: Visit) -> Response:
    """A report as it was kept."""
    report = AccountReports(parts_of(visit.services)).read(visit.params["report_id"])
    return _shown(visit, report, f"/program/reports/{visit.params['report_id']}", None)


def _wish(visit: Visit, span: Span | None) -> Wish:
    account = visit.params["account"]
    if span is None:
        return Wish(account=account)
    return Wish(account=account, since=span.since, until=span.until)


def _shown(visit: Visit, report: Report, path: str, span: Span | None, *, later: bool = False) -> Response:
    form = visit.query.get("format")
    if form in (Form.PDF, Form.CSV):
        return in_form(report, Form(form))
    charts = {section.name: _chart(section.series, report) for section in report.sections if section.series}
    if visit.fragment:
        return visit.show("program_report_parts.html", report=report, charts=charts, cells=cells)
    with visit.services.database.read() as connection:
        found = stored.newest(
            connection, report.account, after=position(visit.query.get("after")), limit=PAGE + 1
        )
    older = listed(path, after=cursor(found[PAGE - 1].place)) if len(found) > PAGE else None
    said = dict(span.said) if span else {}
    return visit.show(
        "program_report.html",
        report=report,
        whole=listed(path, said, **{WHOLE: "yes"}) if later else None,
        charts=charts,
        files=[(form.value.upper(), listed(path, said, format=form)) for form in (Form.PDF, Form.CSV)],
        reports=found[:PAGE],
        older=older,
        here=path,
        cells=cells,
    )


def _chart(series: Series, report: Report) -> Chart:
    """Columns week by week; each leads to the decisions about the account in its time."""
    parts = [
        Part(
            since=point.since,
            until=point.until,
            said=moments(point.since, point.until),
            mark=f"{point.since.day}",
            label=f"{point.since:%d %b} to {point.until:%d %b %Y}",
        )
        for point in series.points
    ]
    values = [dict(zip(series.labels, point.values, strict=True)) for point in series.points]
    called = {label: (label, tone) for label, tone in zip(series.labels, TONES, strict=False)}
    addresses = [listed("/decisions", part.said, account=report.account) for part in parts]
    return stacked(series.title, parts, values, called, addresses)
