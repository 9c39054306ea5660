"""The campaigns that ran in the report's time: made for the account, or with people of it."""

from __future__ import annotations

from collections.abc import Sequence

from service.account_report.parts.asked import LISTED, Asked, moment, same_people
from service.account_report.values import Absent, Column, Figure, Section, Table, Unit
from service.db.account_reports import reading
from service.db.program import plays
from service.records.known_by import ways

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
_ONCE = "Each once, in however many campaigns."
_RESPONDED = "Each once, in the report's time. A response to a campaign is a signal as well."
_ByCampaign = dict[str, set[str]]


def part(asked: Asked) -> Section | Absent:
    """Of each: the play, when it ran, its people (of one for many: the account's), and who responded."""
    rows = reading.campaigns(*asked.of, LISTED)
    if not rows:
        return Absent(
            name=NAME, title=TITLE, why="No campaign ran for the account or with people of it in this time."
        )
    catalogue = plays.every(asked.connection)
    people, responded = _people(asked, [row.id for row in rows])
    shown = []
    for row in rows:
        title = catalogue[row.play].title if row.play in catalogue else row.play
        own = "yes" if row.personalised else "no"
        ran = (moment(row.began_at), moment(row.ended_at))
        state = "running" if row.state == "active" else row.state
        shown.append((row.name, title, own, state, *ran, len(people[row.id]), len(responded[row.id])))
    figures = (
        Figure(name="campaigns", label="Campaigns", value=len(rows)),
        Figure(name="running", label="Running", value=sum(row.state == "active" for row in rows)),
        Figure(name="people", label="People in them", value=len(set().union(*people.values())), about=_ONCE),
        Figure(
            name="responded",
            label="People who responded",
            value=len(set().union(*responded.values())),
            about=_RESPONDED,
        ),
    )
    table = Table(title="Campaigns", columns=_COLUMNS, rows=tuple(shown))
    return Section(name=NAME, title=TITLE, figures=figures, tables=(table,))


def _people(asked: Asked, wanted: Sequence[str]) -> tuple[_ByCampaign, _ByCampaign]:
    """Who is in each campaign, and who of them responded in the report's time; each person once."""
    same = same_people(asked)
    people: _ByCampaign = {each: set() for each in wanted}
    responded: _ByCampaign = {each: set() for each in wanted}
    for campaign, external_id, email, at in reading.campaign_people(
        asked.connection, asked.account, wanted, asked.until
    ):
        known = ways(external_id, email)[0]
        who = same.get(known, known)
        people[campaign].add(who)
        if at is not None and asked.since <= at < asked.until:
            responded[campaign].add(who)
    return people, responded
