"""What the program brought: measures beside their definitions, compared, over time, down to their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from service.api.measures import cursor_of, period, place_of
from service.console.links import listed
from service.console.measured import NONE, PATH, Shown, adds, chart, shown, value_of
from service.console.period import moments
from service.console.visit import Visit
from service.console.words import TIER
from service.db.program import settings as stored
from service.measures import listing, naming, table
from service.measures.answering import answered
from service.measures.asking import DIMENSIONS, ORDER, Answer, Asked, Line
from service.measures.core.definitions import MEASURES, Measure, definition
from service.problems import NotFound
from service.program.core import quarters
from service.program.core.settings import ProgramSettings

NUMBERS = f"{PATH}/numbers"
GROUPS = ("tier", "account", "segment", "rep", "campaign", "play", "month")
LINES, ROWS, FILE_ROWS, BACK = 50, 100, 100_000, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """What the page shows: one measure in groups, of a quarter; ``quarters`` are those to choose from."""

    quarters: Sequence[str]
    quarter: str
    measure: Measure
    group: str

    @property
    def said(self) -> dict[str, str]:
        """The same in an address."""
        return {"quarter": self.quarter, "group": self.group, "measure": self.measure.name}


def overview(visit: Visit) -> Response:
    """The frame of the page at once; its numbers are loaded by themselves."""
    with visit.services.database.read() as connection:
        settings = stored.current(connection)
    chosen = _chosen(visit, settings)
    return visit.show("program_measures.html", **_frame(visit, settings, chosen), answer=None)


def numbers(visit: Visit) -> Response:
    """All measures of a quarter, and one of them in groups and by month."""
    now = visit.services.now()
    with visit.services.database.read() as connection:
        settings = stored.current(connection)
        chosen = _chosen(visit, settings)
        asked, name, group = _quarter(settings, chosen, now), chosen.measure.name, chosen.group
        whole = answered(connection, _with(asked, by=(group,), order=name), now)
        if visit.query.get("format") == "csv":
            return visit.file("".join(table.as_csv(whole, naming.called(connection, whole))), "measures")
        over_time = answered(
            connection, _with(asked, by=("month", "tier"), measures=(name,), compare=False), now
        )
        names = _names(connection, group, [line.group[group] for line in whole.lines])
    return visit.show(
        "program_measures_numbers.html" if visit.fragment else "program_measures.html",
        **_frame(visit, settings, chosen),
        about=DIMENSIONS[group],
        answer=whole,
        total=[shown(whole, whole.total, each) for each in whole.definitions],
        lines=[(_name(group, line.group[group], names), *_both(whole, line, name)) for line in whole.lines],
        others=_both(whole, whole.others, name)[0] if whole.others else None,
        chart=chart(over_time, settings, now),
    )


def _chosen(visit: Visit, settings: ProgramSettings) -> _Chosen:
    query, known = visit.query, _quarters(settings, visit.services.now())
    measure = MEASURES.get(query.get("measure", ""), MEASURES[ORDER])
    return _Chosen(
        quarters=known,
        quarter=query["quarter"] if query.get("quarter") in known else known[0],
        measure=measure,
        group=query["group"] if query.get("group") in GROUPS else GROUPS[0],
    )


def _frame(visit: Visit, settings: ProgramSettings, chosen: _Chosen) -> dict[str, Any]:
    """What stands around the numbers."""
    return {
        "asked": _quarter(settings, chosen, visit.services.now()),
        "home": settings.measures.home_currency,
        "chosen": chosen,
        "measures": [definition(each, settings.measures.attribution_days) for each in MEASURES.values()],
        "groups": GROUPS,
        "numbers": listed(NUMBERS, chosen.said),
        "file": listed(NUMBERS, chosen.said, format="csv"),
    }


def _quarter(settings: ProgramSettings, chosen: _Chosen, now: datetime) -> Asked:
    return period(settings, {"quarter": chosen.quarter}, None, None, now)


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
            return visit.file(body, name)
        found = listing.listed(connection, asked, now, after=place_of(visit.query.get("after")), limit=ROWS)
        answer = answered(connection, _with(asked, measures=(name,), compare=False), now)
        said |= moments(asked.since, asked.until)
        return visit.show(
            "program_measure_rows.html",
            definition=answer.definitions[0],
            total=value_of(
                answer.definitions[0].unit, answer.total.figures[name].value, answer.home_currency
            ),
            asked=asked,
            only=[
                (each, _name(each, value, _names(connection, each, [value]))) for each, value in only.items()
            ],
            rows=[(each, adds(name, each.value, answer.home_currency)) for each in found.rows],
            reps=_names(connection, "rep", [each.rep for each in found.rows]),
            campaigns=_names(connection, "campaign", [each.campaign for each in found.rows]),
            home=answer.home_currency,
            older=listed(f"{PATH}/{name}", said, after=cursor_of(found.more) or "") if found.more else None,
            file=listed(f"{PATH}/{name}", said, format="csv"),
        )


def _with(
    asked: Asked,
    *,
    by: tuple[str, ...] = (),
    measures: tuple[str, ...] = tuple(MEASURES),
    compare: bool = True,
    order: str = ORDER,
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
    meant = next(each for each in answer.definitions if each.measure == name)
    return shown(answer, line, meant), line


def _names(connection: Connection, group: str, values: Sequence[str | None]) -> Mapping[str, str]:
    return TIER if group == "tier" else naming.names(connection, group, values)


def _name(group: str, value: str | None, names: Mapping[str, str]) -> str:
    if value is None:
        return "Outside the program" if group == "tier" else "None"
    return names.get(value, value)
