"""Engagement over time: signals and replies week by week, and how the account stands."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.account_report.parts.asked import Asked
from service.account_report.values import Absent, Figure, Point, Section, Series, Unit
from service.db.account_reports import reading
from service.db.engagement import standing
from service.engagement.core.days import day_of, start_of

NAME, TITLE = "engagement", "Engagement"
REPLIES = "Replies and talks"
_REPLIES = "E-mails of theirs, calls, meetings and the like. A response to a campaign counts as a signal."
_WEEK = timedelta(days=7)


def part(asked: Asked) -> Section | Absent:
    """Signals by the day they were of (UTC), and replies; weeks are counted back from the report's end."""
    days = reading.signals_by_day(
        asked.connection, asked.account, day_of(asked.since), day_of(asked.until - timedelta(seconds=1))
    )
    answers = reading.answers(*asked.of)
    if not days and not answers:
        return Absent(
            name=NAME,
            title=TITLE,
            why="No signal, reply or talk of the account is known for this time.",
        )
    weeks = _weeks(asked.since, asked.until)
    found = standing.of_accounts(asked.connection, [asked.account], asked.settings.engagement, asked.now).get(
        asked.account
    )
    points = []
    for since, until in weeks:
        signals = sum(row.signals for row in days if since <= _within(row.day, asked.since) < until)
        points.append(
            Point(since=since, until=until, values=(signals, sum(since <= at < until for at in answers)))
        )
    figures = [
        Figure(name="signals", label="Signals", value=sum(row.signals for row in days)),
        Figure(name="answers", label=REPLIES, value=len(answers), about=_REPLIES),
    ]
    if found is not None:
        about = f"Points of the signals, each counting less with time, as of {asked.now:%Y-%m-%d}."
        score = round(found.score, 1)
        figures.append(Figure(name="score", label="Score now", value=score, unit=Unit.NUMBER, about=about))
        figures.append(
            Figure(
                name="people",
                label=f"People who engaged in the last {asked.settings.engagement.people_days} days",
                value=found.people,
            )
        )
    series = Series(title="Week by week", labels=("Signals", REPLIES), points=tuple(points))
    return Section(name=NAME, title=TITLE, figures=tuple(figures), series=series)


def _weeks(since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """The time in weeks, the last one whole, the first one cut."""
    found = []
    end = until
    while end > since:
        found.append((max(since, end - _WEEK), end))
        end -= _WEEK
    return found[::-1]


def _within(day: int, since: datetime) -> datetime:
    """Where a day counts: at its start, that of the first day where the report begins."""
    return max(start_of(day), since)
