"""What the program brought: measures beside their definitions, compared, over time, down to their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import Connection
from starlette.responses import Response

from service.api.measures import cursor_of, period, place_of
from service.console.charts import Chart, stacked
from service.console.links import listed
from service.console.period import Part, moments
from service.console.rendering import count
from service.console.visit import Visit
from service.console.words import TIER
from service.db import console
from service.db.program import campaigns, placements, plays
from service.db.program import settings as stored
from service.measures import listing, table
from service.measures.answering import answered
from service.measures.asking import DIMENSIONS, Answer, Asked, Figure, Line
from service.measures.core.definitions import MEASURES, Definition, Unit
from service.measures.core.spans import by_month
from service.problems import NotFound
from service.program.core import quarters
from service.program.core.settings import ProgramSettings

PATH = "/program/measures"
GROUPS = ("tier", "account", "segment", "rep", "campaign", "play", "month")
ADDED = ("count", "money")
TONES = ("accent", "good", "info", "quiet")
NONE = "(none)"
"""In an address: rows that have no value of a dimension."""
LINES, ROWS, FILE_ROWS, BACK = 50, 100, 100_000, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A figure as it stands on the page: numbers as texts, an address below the console's base."""

    title: str
    definition: Definition
    value: str
    address: str
    program: str
    before: str
    matched: str
    outside: str


def overview(visit: Visit) -> Response:
    """All measures of a quarter, and one of them in groups and by month."""
    now = visit.services.now()
    chosen = visit.query.get("measure", "pipeline_created")
    measure = MEASURES.get(chosen) or MEASURES["pipeline_created"]
    group = visit.query.get("group", "tier") if visit.query.get("group", "tier") in GROUPS else "tier"
    with visit.services.database.read() as connection:
        settings = stored.current(connection)
        known = _quarters(settings, now)
        quarter = visit.query.get("quarter", "")
        name = quarter if quarter in known else known[0]
        asked = period(settings, {"quarter": name}, None, None, now)
        whole = answered(connection, _with(asked, by=(group,), order=measure.name), now)
        if visit.query.get("format") == "csv":
            return file_of("".join(table.as_csv(whole)), "measures")
        over_time = answered(
            connection, _with(asked, by=("month", "tier"), measures=(measure.name,), compare=False), now
        )
        names = _names(connection, group, whole.lines)
        return visit.show(
            "program_measures.html",
            quarters=known,
            quarter=name,
            groups=GROUPS,
            group=group,
            about=DIMENSIONS[group],
            measures=MEASURES,
            chosen=measure.name,
            answer=whole,
            total=[_shown(whole, whole.total, each) for each in whole.definitions],
            lines=[(_called(line, group, names), *_both(whole, line, measure.name)) for line in whole.lines],
            others=_both(whole, whole.others, measure.name)[0] if whole.others else None,
            chart=_chart(over_time, settings, now),
            file=listed(PATH, quarter=name, group=group, measure=measure.name, format="csv"),
        )


def rows(visit: Visit) -> Response:
    """The rows that a number is made of."""
    now = visit.services.now()
    name = visit.params["counted"]
    if name not in MEASURES:
        raise NotFound("There is no such measure")
    since, until = (_moment(visit.query.get(each)) for each in ("since", "until"))
    with visit.services.database.read() as connection:
        settings = stored.current(connection)
        said = {each: visit.query[each] for each in DIMENSIONS if each in visit.query}
        only = {each: None if value == NONE else value for each, value in said.items()}
        asked = _with(period(settings, only, since, until, now), measures=(name,))
        if visit.query.get("format") == "csv":
            body = "".join(listing.as_csv(listing.every(connection, asked, now, FILE_ROWS)))
            return file_of(body, name)
        found = listing.listed(connection, asked, now, after=place_of(visit.query.get("after")), limit=ROWS)
        answer = answered(connection, _with(asked, measures=(name,), compare=False), now)
        said |= moments(asked.since, asked.until)
        return visit.show(
            "program_measure_rows.html",
            definition=answer.definitions[0],
            total=_value(answer.definitions[0].unit, answer.total.figures[name].value, answer.home_currency),
            asked=asked,
            only=only,
            rows=[(each, _adds(name, each.value, answer.home_currency)) for each in found.rows],
            reps=console.rep_names(connection),
            home=answer.home_currency,
            older=listed(f"{PATH}/{name}", said, after=cursor_of(found.more) or "") if found.more else None,
            file=listed(f"{PATH}/{name}", said, format="csv"),
        )


def file_of(body: str, name: str) -> Response:
    """A CSV file."""
    headers = {"content-disposition": f'attachment; filename="{name}.csv"', "cache-control": "no-store"}
    return Response(body, media_type="text/csv", headers=headers)


def _with(
    asked: Asked,
    *,
    by: tuple[str, ...] = (),
    measures: tuple[str, ...] = tuple(MEASURES),
    compare: bool = True,
    order: str = "pipeline_created",
) -> Asked:
    return Asked(
        since=asked.since,
        until=asked.until,
        only=asked.only,
        by=by,
        measures=measures,
        compare=compare,
        order=order,
        limit=1000 if "month" in by else LINES,
    )


def _moment(said: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(said) if said else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _quarters(settings: ProgramSettings, now: datetime) -> list[str]:
    this = quarters.current(settings, now)
    return [quarters.following(settings, this, -steps).name for steps in range(BACK)]


def _both(answer: Answer, line: Line, name: str) -> tuple[Shown, Line]:
    definition = next(each for each in answer.definitions if each.measure == name)
    return _shown(answer, line, definition), line


def _shown(answer: Answer, line: Line, definition: Definition) -> Shown:
    figure: Figure = line.figures[definition.measure]
    against = figure.against

    def text(value: Decimal | None) -> str:
        return _value(definition.unit, value, answer.home_currency)

    return Shown(
        title=definition.title,
        definition=definition,
        value=text(figure.value),
        address=_address(definition.measure, figure.rows),
        program=text(against.program) if against else "–",
        before=text(against.before) if against else "–",
        matched=text(against.matched) if against else "–",
        outside=text(against.outside) if against else "–",
    )


def _address(name: str, rows: str) -> str:
    """The page with the rows that the API has at an address; a page takes no empty values."""
    said = dict(parse_qsl(urlsplit(rows).query, keep_blank_values=True))
    return listed(f"{PATH}/{name}", {each: value or NONE for each, value in said.items()})


def _value(unit: Unit, value: Decimal | None, home: str) -> str:
    if value is None:
        return "–"
    if unit is Unit.SHARE:
        return f"{value * 100:.1f}\u202f%"
    if unit is Unit.DAYS:
        return f"{value:.1f} days"
    if unit is Unit.COUNT:
        return count(float(value)) if value == value.to_integral_value() else f"{value:.1f}"
    return _money(value, home) + (" a day" if unit is Unit.MONEY_PER_DAY else "")


def _money(value: Decimal, home: str) -> str:
    return f"{value:,.2f}".replace(",", "\u202f") + f"\u202f{home}"


def _adds(name: str, value: Decimal | None, home: str) -> str:
    if value is None:
        return "not known"
    unit = MEASURES[name].unit
    if unit is Unit.SHARE:
        return "yes" if value else "no"
    return _value(Unit.MONEY if unit is Unit.MONEY_PER_DAY else unit, value, home)


def _names(connection: Connection, group: str, lines: Sequence[Line]) -> Mapping[str, str]:
    values = [value for line in lines if (value := line.group[group]) is not None]
    if group == "account":
        return {key: row.name for key, row in placements.about(connection, values).items()}
    if group == "rep":
        return console.rep_names(connection)
    if group == "campaign":
        found = (campaigns.get(connection, each) for each in values)
        return {each.id: each.name for each in found if each is not None}
    if group == "play":
        return {key: play.title for key, play in plays.every(connection).items()}
    return TIER if group == "tier" else {}


def _called(line: Line, group: str, names: Mapping[str, str]) -> str:
    value = line.group[group]
    if value is None:
        return "Outside the program" if group == "tier" else "None"
    return names.get(value, value)


def _chart(answer: Answer, settings: ProgramSettings, now: datetime) -> Chart | None:
    """A measure by month and tier, where it can be added up."""
    [definition] = answer.definitions
    if definition.unit not in ADDED:
        return None
    months = by_month(settings, answer.since, min(answer.until, max(now, answer.since)))
    parts = [
        Part(
            since=each.since,
            until=each.until,
            said={},
            mark=f"{date.fromisoformat(f'{each.name}-01'):%b}",
            label=each.name,
        )
        for each in months
    ]
    values: dict[str, dict[str, float]] = {each.name: {} for each in months}
    for line in answer.lines:
        month, tier = line.group["month"] or "", line.group["tier"] or ""
        if month in values:
            values[month][tier] = max(float(line.figures[definition.measure].value or 0), 0)
    called = {**{tier: (label, tone) for (tier, label), tone in zip(TIER.items(), TONES, strict=False)}}
    called[""] = ("Outside the program", TONES[-1])
    addresses = [listed(f"{PATH}/{definition.measure}", moments(each.since, each.until)) for each in months]
    return stacked(definition.title, parts, list(values.values()), called, addresses)
