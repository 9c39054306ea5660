"""A report as PDF, A4. The same report gives the same file: no time but the report's own is in it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from reportlab.graphics.shapes import Drawing, Rect, String
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import CondPageBreak, Flowable, KeepTogether, Paragraph, SimpleDocTemplate
from reportlab.platypus import Table as Grid

from service.account_report.cells import REASONS, figure, written
from service.account_report.lettering import SANS, markup, ready
from service.account_report.values import Cell, Report, Section, Series, Table, Unit

INK, MUTED, LINE = HexColor(0x1B2320), HexColor(0x56605B), HexColor(0xDCD9CE)
TONES: tuple[Color, ...] = (HexColor(0x0D5F56), HexColor(0xC98A2B))
MARGIN, WIDTH = 18 * mm, A4[0] - 36 * mm
PADDING = 6  # points, by which a frame of platypus holds its text in
HEIGHT = 42 * mm
_NUMBERS = (Unit.COUNT, Unit.NUMBER, Unit.MONEY, Unit.SHARE, Unit.DAYS)
_TEXT = ParagraphStyle("text", fontName=SANS, fontSize=8.5, leading=11.5, textColor=INK, splitLongWords=1)
_SMALL = ParagraphStyle("small", parent=_TEXT, fontSize=7, leading=9, textColor=MUTED)
_RIGHT = ParagraphStyle("right", parent=_TEXT, alignment=TA_RIGHT)
_SMALL_RIGHT = ParagraphStyle("small right", parent=_SMALL, alignment=TA_RIGHT)
_VALUE = ParagraphStyle("value", parent=_TEXT, fontSize=13, leading=16)
_TITLE = ParagraphStyle("title", parent=_TEXT, fontSize=19, leading=24)
_PART = ParagraphStyle("part", parent=_TEXT, fontSize=13, leading=17, spaceBefore=12, spaceAfter=5)
_HEAD = ParagraphStyle("head", parent=_TEXT, fontSize=9.5, leading=13, spaceBefore=6, spaceAfter=3)


def printed(report: Report) -> bytes:
    """The file."""
    ready()
    out = io.BytesIO()
    title = f"360 report: {report.account_name or report.account}"
    page = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=MARGIN - PADDING,
        rightMargin=MARGIN - PADDING,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=title,
        author="Muster",
        invariant=1,
    )

    def foot(canvas: Canvas, _: SimpleDocTemplate) -> None:
        canvas.setFont(SANS, 7)
        canvas.setFillColor(MUTED)
        canvas.drawString(MARGIN, 10 * mm, f"Made {report.made_at:%Y-%m-%d %H:%M} UTC")
        canvas.drawRightString(A4[0] - MARGIN, 10 * mm, f"Page {canvas.getPageNumber()}")

    page.build(list(_story(report)), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _story(report: Report) -> Iterator[Flowable]:
    yield Paragraph(markup(report.account_name or report.account), _TITLE)
    tier = f", {report.tier.replace('_', ' ')}" if report.tier else ""
    about = f"360 report, {report.quarter}{tier}, made {REASONS[report.reason]}."
    yield Paragraph(markup(about), _TEXT)
    span = f"From {report.since:%Y-%m-%d %H:%M} to {report.until:%Y-%m-%d %H:%M} UTC."
    yield Paragraph(markup(f"{span} Account {report.account}."), _SMALL)
    for section in report.sections:
        yield from _section(section)
    if report.absent:
        yield Paragraph("Left out, as there are no valid data", _PART)
        for absent in report.absent:
            yield Paragraph(markup(f"{absent.title}: {absent.why}"), _TEXT)


def _section(section: Section) -> Iterator[Flowable]:
    head: list[Flowable] = [Paragraph(markup(section.title), _PART)]
    if section.figures:
        head.append(_figures(section))
    yield KeepTogether(head)
    for about in (each for each in section.figures if each.about):
        yield Paragraph(markup(f"{about.label}: {about.about}"), _SMALL)
    if section.series is not None:
        yield KeepTogether([Paragraph(markup(section.series.title), _HEAD), _chart(section.series)])
    for table in section.tables:
        yield CondPageBreak(25 * mm)  # what a table is called stands over its first rows
        yield Paragraph(markup(table.title), _HEAD)
        yield _table(table)
        if table.left_out:
            yield Paragraph(f"And {table.left_out} more.", _SMALL)


def _figures(section: Section) -> Flowable:
    """Four in a row: what each is called, and its value below it."""
    cells = [
        [Paragraph(markup(each.label), _SMALL), Paragraph(markup(figure(each)), _VALUE)]
        for each in section.figures
    ]
    rows = [cells[start : start + 4] for start in range(0, len(cells), 4)]
    rows[-1] += [[]] * (4 - len(rows[-1]))
    style = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
    return Grid(rows, colWidths=[WIDTH / 4] * 4, style=style)


def _table(table: Table) -> Flowable:
    right = [column.unit in _NUMBERS for column in table.columns]
    texts = [
        [_cell(cell, table.unit(place, column)) for column, cell in zip(table.columns, row, strict=True)]
        for place, row in enumerate(table.rows)
    ]
    heads = [
        Paragraph(markup(each.label), _SMALL_RIGHT if number else _SMALL)
        for each, number in zip(table.columns, right, strict=True)
    ]
    rows = [
        [
            Paragraph(markup(text), _RIGHT if number else _TEXT)
            for text, number in zip(row, right, strict=True)
        ]
        for row in texts
    ]
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    return Grid([heads, *rows], colWidths=_widths(table, texts), repeatRows=1, style=style)


def _cell(value: Cell, unit: Unit) -> str:
    """As the page has it: of a moment the day. Spaces are those that the font is set with."""
    text = written(value, unit).replace("\N{NARROW NO-BREAK SPACE}", " ")
    return text[:10] if unit is Unit.MOMENT else text


def _widths(table: Table, texts: Sequence[Sequence[str]]) -> list[float]:
    """No number, day or heading is broken; beyond that texts and people are wider than numbers and days."""
    least = []
    for place, column in enumerate(table.columns):
        whole = column.unit in (*_NUMBERS, Unit.MOMENT)
        parts = [part for row in texts for part in ((row[place],) if whole else row[place].split())]
        widest = max((stringWidth(part, SANS, _TEXT.fontSize) for part in parts), default=0.0)
        head = max(stringWidth(word, SANS, _SMALL.fontSize) for word in column.label.split())
        least.append(
            max(head, widest if whole else min(widest, WIDTH / 6)) + 7
        )  # the cell's padding, and one
    shares = [2.0 if each.unit in (Unit.TEXT, Unit.PERSON) else 1.4 for each in table.columns]
    spare = WIDTH - sum(least)
    if spare < 0:
        return [WIDTH * each / sum(least) for each in least]
    return [each + spare * share / sum(shares) for each, share in zip(least, shares, strict=True)]


def _chart(series: Series) -> Flowable:
    """Columns, one upon the other, with the day that each begins below it."""
    drawing = Drawing(WIDTH, HEIGHT + 12 * mm)
    highest = max((sum(point.values) for point in series.points), default=0) or 1
    step = WIDTH / max(len(series.points), 1)
    base = 8 * mm
    for place, point in enumerate(series.points):
        left, low = place * step, base
        for value, tone in zip(point.values, TONES, strict=False):
            height = (HEIGHT - 10 * mm) * value / highest
            drawing.add(Rect(left + step * 0.12, low, step * 0.76, height, fillColor=tone, strokeColor=None))
            low += height
        total = sum(point.values)
        if total:
            drawing.add(_word(left + step / 2, low + 2, f"{total:,.0f}"))
        drawing.add(_word(left + step / 2, base - 9, f"{point.since:%d %b}"))
    drawing.add(Rect(0, base, WIDTH, 0.4, fillColor=LINE, strokeColor=None))
    for place, (label, tone) in enumerate(zip(series.labels, TONES, strict=False)):
        across = place * 30 * mm
        drawing.add(Rect(across, HEIGHT + 3 * mm, 6, 6, fillColor=tone, strokeColor=None))
        drawing.add(_word(across + 9, HEIGHT + 3 * mm, label, anchor="start"))
    return drawing


def _word(across: float, up: float, text: str, anchor: str = "middle") -> String:
    return String(across, up, text, fontName=SANS, fontSize=6.5, fillColor=MUTED, textAnchor=anchor)
