"""The campaigns that ran in the report's time: made for the account, or with people of it."""

from __future__ import annotations

from service.account_report.parts.asked import LISTED, Asked, moment
from service.account_report.values import Absent, Column, Figure, Section, Table, Unit
from service.db.account_reports import reading
from service.db.program import members, plays

NAME, TITLE = "campaigns", "Campaigns"
_COLUMNS = (
    Column(label="Campaign"),
    Column(label="Play"),
    Column(label="Made for it"),
    Column(label="State"),
    Column(label="Began", unit=Unit.MOMENT),
    Column(label="Ended", unit=Unit.MOMENT),
    Column(label="People", unit=Unit.COUNT),
    Column(label="Responded", unit=Unit.COUNT),
)


def part(asked: Asked) -> Section | Absent:
    """Of each: the play, when it ran, its people (of one for many: the account's), and who responded."""
    rows = reading.campaigns(*asked.of, LISTED)
    if not rows:
        return Absent(
            name=NAME, title=TITLE, why="No campaign ran for the account or with people of it in this time."
        )
    catalogue = plays.every(asked.connection)
    whole = members.counts(asked.connection, [row.id for row in rows if row.personalised])
    counts = [whole.get(row.id, (0, 0)) if row.personalised else (row[7], row[8]) for row in rows]
    shown = []
    for (_, name, play, state, personalised, began, ended, *_), (people, responded) in zip(
        rows, counts, strict=True
    ):
        title = catalogue[play].title if play in catalogue else play
        own = "yes" if personalised else "no"
        shown.append((name, title, own, state, moment(began), moment(ended), people, responded))
    figures = (
        Figure(name="campaigns", label="Campaigns", value=len(rows)),
        Figure(name="running", label="Running", value=sum(row.state == "active" for row in rows)),
        Figure(name="people", label="People in them", value=sum(people for people, _ in counts)),
        Figure(name="responded", label="Responded", value=sum(responded for _, responded in counts)),
    )
    table = Table(title="Campaigns", columns=_COLUMNS, rows=tuple(shown))
    return Section(name=NAME, title=TITLE, figures=figures, tables=(table,))
