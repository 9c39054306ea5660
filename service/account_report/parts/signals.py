"""Signals by kind, the buying stage and the topic they tell of, and what they activated."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from service.account_report.parts.asked import LISTED, Asked, moment
from service.account_report.values import Absent, Column, Figure, Section, Table, Unit
from service.db.account_reports import reading
from service.engagement.core.days import day_of

NAME, TITLE = "signals", "Signals"
_KINDS = (Column(label="Kind"), Column(label="Signals", unit=Unit.COUNT))
_STAGES = (Column(label="Source"), Column(label="Buying stage"), Column(label="Said", unit=Unit.MOMENT))
_ACTIVATIONS = (
    Column(label="When", unit=Unit.MOMENT),
    Column(label="By"),
    Column(label="Score", unit=Unit.NUMBER),
    Column(label="People", unit=Unit.COUNT),
    Column(label="Topic"),
    Column(label="Stage"),
)


def part(asked: Asked) -> Section | Absent:
    """Counts of the report's time; stage and topic as they were said last."""
    first, last = day_of(asked.since), day_of(asked.until - timedelta(seconds=1))
    kinds: Counter[str] = Counter()
    for row in reading.signals_by_day(asked.connection, asked.account, first, last):
        kinds[row.kind] += row.signals
    activated = reading.activations(*asked.of, LISTED)
    if not kinds and not activated:
        return Absent(name=NAME, title=TITLE, why="No signal of the account was taken in for this time.")
    stages = reading.stages(asked.connection, asked.account)
    about = reading.topic(asked.connection, asked.account)
    figures = [
        Figure(name="kinds", label="Kinds of signals", value=len(kinds)),
        Figure(name="activations", label="Activations", value=len(activated)),
    ]
    if about is not None and about.topic:
        figures.append(Figure(name="topic", label="Newest topic", value=about.topic, unit=Unit.TEXT))
    tables = [Table(title="By kind", columns=_KINDS, rows=tuple(kinds.most_common(LISTED)))]
    if stages:
        rows = tuple((row.source, row.stage, moment(row.at)) for row in stages)
        tables.append(Table(title="Buying stage", columns=_STAGES, rows=rows))
    if activated:
        shown = tuple(
            (moment(row.at), row.kind, round(row.score, 1), row.people, row.topic, row.stage)
            for row in activated
        )
        tables.append(Table(title="Activations", columns=_ACTIVATIONS, rows=shown))
    return Section(name=NAME, title=TITLE, figures=tuple(figures), tables=tuple(tables))
