"""The rows behind a number: as many as it counts, and in sums of money adding up to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection

from service import spreadsheet
from service.db.measures import rows as db
from service.db.measures.rows import Counted, Place
from service.db.measures.totals import Rows
from service.db.program import placements
from service.db.program import settings as stored
from service.measures.answering import rows_of
from service.measures.asking import Asked
from service.measures.core.components import Component, Source
from service.measures.core.definitions import MEASURES, Measure, Unit
from service.measures.roles import roles_of

_MONEY = (Component.PIPELINE, Component.INFLUENCED, Component.REVENUE, Component.IARR)
_ADDS: Mapping[str, Component] = {
    "contacts": Component.CONTACTS,
    "accepted_contacts": Component.ACCEPTED,
    "meetings": Component.MEETINGS,
    "pipeline_created": Component.PIPELINE,
    "pipeline_influenced": Component.INFLUENCED,
    "revenue": Component.REVENUE,
    "average_deal_size": Component.REVENUE,
    "sales_cycle": Component.CYCLE,
    "velocity": Component.REVENUE,
    "win_rate": Component.WON,
    "iarr_increase": Component.IARR,
    "coverage": Component.COVERED,
    "engagement": Component.ENGAGED,
}
"""What the rows of each measure show: what each adds to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRow:
    """A row that a number is made of.

    ``value`` is what it adds: money in the home currency, 1 or 0 of what is counted, days of a cycle; None
    where that is not known, so that sums leave it out. ``said`` is what the record says.
    """

    source: Source
    id: str
    account: str
    account_name: str | None
    tier: str | None
    rep: str | None
    campaign: str | None
    play: str | None
    at: datetime
    value: Decimal | None
    said: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPage:
    """Rows, the newest first. ``more`` is the place behind which there are others; None: there are none."""

    rows: Sequence[MeasureRow]
    more: Place | None


def listed(
    connection: Connection, asked: Asked, now: datetime, *, after: Place | None = None, limit: int = 100
) -> RowPage:
    """The rows of the one measure that is asked for, from behind a place. Raises Unanswerable."""
    [name] = asked.measures
    measure = MEASURES[name]
    rows = rows_of(stored.current(connection), asked, now)
    if measure.source is Source.ROLES:
        return _roles(connection, measure, rows, after, limit)
    found = db.listed(connection, rows, _ADDS[name], measure.rows, after=after, limit=limit + 1)
    return _page([(_view(measure, each), (each.at, each.id, each.campaign or "")) for each in found], limit)


def every(connection: Connection, asked: Asked, now: datetime, most: int) -> Iterator[MeasureRow]:
    """All rows of the measure, up to ``most``."""
    yield from listed(connection, asked, now, limit=most).rows


def as_csv(rows: Iterator[MeasureRow]) -> Iterator[str]:
    """Rows as lines of CSV, what records say in one column."""
    names = ("source", "id", "account", "account_name", "tier", "rep", "campaign", "play", "at", "value")
    yield spreadsheet.line([*names, "said"])
    for each in rows:
        said = "; ".join(f"{name} {value}" for name, value in each.said.items() if value is not None)
        values = [getattr(each, name) for name in names[:-2]]
        yield spreadsheet.line([*values, each.at.isoformat(), each.value, said])


def _page(found: Sequence[tuple[MeasureRow, Place]], limit: int) -> RowPage:
    more = found[limit - 1][1] if len(found) > limit else None
    return RowPage(rows=[row for row, _ in found[:limit]], more=more)


def _view(measure: Measure, each: Counted) -> MeasureRow:
    adds = each.adds
    value = None if adds is None else Decimal(adds)
    if value is not None and _ADDS[measure.name] in _MONEY:
        value = (value / 100).quantize(Decimal("0.01"))
    elif value is not None and measure.unit is Unit.DAYS:
        value = (value / 86_400).quantize(Decimal("0.000001"))
    elif measure.name == "win_rate":
        value = Decimal(adds or 0)
    return MeasureRow(
        source=each.source,
        id=each.id,
        account=each.account,
        account_name=each.account_name,
        tier=each.tier,
        rep=each.rep,
        campaign=each.campaign,
        play=each.play,
        at=each.at,
        value=value,
        said=each.said,
    )


def _roles(connection: Connection, measure: Measure, rows: Rows, after: Place | None, limit: int) -> RowPage:
    found = sorted(roles_of(connection, rows), key=lambda each: (each[0].at, each[0].id), reverse=True)
    names = placements.about(connection, [role.account for role, _ in found])
    behind = [each for each in found if after is None or (each[0].at, each[0].id) < after[:2]]
    shown = []
    for role, values in behind[: limit + 1]:
        known = names.get(role.account)
        row = MeasureRow(
            source=Source.ROLES,
            id=role.id,
            account=role.account,
            account_name=known.name if known is not None else None,
            tier=values["tier"],
            rep=role.rep,
            campaign=None,
            play=None,
            at=role.at,
            value=Decimal(role.sums.get(_ADDS[measure.name], 0)),  # type: ignore[arg-type]
            said={"role": role.title, "contact": role.contact},
        )
        shown.append((row, (role.at, role.id, "")))
    return _page(shown, limit)
