"""Answers what is asked of measures: adds up in the database, compares, gives numbers addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import Connection

from service.db.measures import rows, totals
from service.db.measures.people import Role
from service.db.measures.sources import Counting
from service.db.measures.totals import Key, Rows
from service.db.program import settings as stored
from service.measures import comparing
from service.measures.asking import (
    DIMENSIONS,
    TIMES,
    Against,
    Answer,
    Asked,
    Figure,
    LeftOut,
    Likened,
    Line,
    Unanswerable,
)
from service.measures.comparing import Comparison
from service.measures.core.comparison import Compared
from service.measures.core.components import NOTHING, Component, Source, Sums, added
from service.measures.core.definitions import MEASURES, Measure, definition, figure
from service.measures.core.spans import Span, TooManyParts, by_month, by_quarter, cut
from service.measures.roles import Values, key_of, roles_of
from service.program.core.settings import ProgramSettings

PATH = "/v1/program/measures"
_PARTS = {"quarter": by_quarter, "month": by_month}


def answered(connection: Connection, asked: Asked, now: datetime) -> Answer:
    """The whole answer. Raises Unanswerable."""
    return _Answering(connection, asked, stored.current(connection), now).answer()


def counting_of(settings: ProgramSettings, now: datetime) -> Counting:
    """How the settings count."""
    kinds = tuple(sorted({kind.lower() for kind in settings.criteria.meeting_kinds}))
    return Counting(
        home=settings.measures.home_currency,
        window=settings.measures.attribution_days,
        meetings=kinds,
        now=now,
    )


def parts_of(settings: ProgramSettings, asked: Asked) -> tuple[Span, ...]:
    """The quarters or months that are told apart; the whole period where neither is. Raises Unanswerable."""
    named = [name for name in TIMES if name in asked.by or name in asked.only]
    if len(named) > 1:
        raise Unanswerable("group_by", "takes quarter or month, not both")
    if not named:
        return (Span(since=asked.since, until=asked.until),)
    try:
        return _PARTS[named[0]](settings, asked.since, asked.until)
    except TooManyParts as many:
        raise Unanswerable("since", str(many)) from None


def checked(asked: Asked) -> Asked:
    """What is asked, if there is such. Raises Unanswerable."""
    for name in asked.measures:
        if name not in MEASURES:
            raise Unanswerable("measures", f"has a name that is not there; there are {', '.join(MEASURES)}")
    for parameter, names in (("group_by", asked.by), ("group_by", tuple(asked.only))):
        if unknown := [name for name in names if name not in DIMENSIONS]:
            raise Unanswerable(parameter, f"knows no {unknown[0]}; there are {', '.join(DIMENSIONS)}")
    if len(asked.by) > 3:
        raise Unanswerable("group_by", "takes three dimensions at most")
    if asked.order not in MEASURES:
        raise Unanswerable("order", f"is a measure: one of {', '.join(MEASURES)}")
    return asked


def rows_of(settings: ProgramSettings, asked: Asked, now: datetime) -> Rows:
    """The rows that are asked for, as far as they have been. Raises Unanswerable."""
    measures = [MEASURES[name] for name in checked(asked).measures]
    parts = cut(parts_of(settings, asked), now) or (Span(since=asked.since, until=asked.since),)
    return Rows(
        sources=frozenset(each.source for each in measures if each.source is not Source.ROLES),
        counting=counting_of(settings, now),
        since=parts[0].since,
        until=parts[-1].until,
        parts=parts,
        bands=settings.measures.size_bands,
        only={inner(name): value for name, value in asked.only.items()},
    )


def inner(name: str) -> str:
    """What the database calls a dimension."""
    return "part" if name in TIMES else name


class _Answering:
    """One answer, in the making."""

    def __init__(
        self, connection: Connection, asked: Asked, settings: ProgramSettings, now: datetime
    ) -> None:
        self._connection, self._asked, self._settings = connection, checked(asked), settings
        self._measures = [MEASURES[name] for name in asked.measures]
        self._by = tuple(inner(name) for name in asked.by)
        self._rows = rows_of(settings, asked, now)

    def answer(self) -> Answer:
        """All of it."""
        roles = self._roles()
        groups, comparison = self._read(roles)
        sums_of = self._with_roles(groups, roles)
        whole = added(sums_of.values())
        if comparison is not None:
            sums_of = {**dict.fromkeys(comparison.groups, NOTHING), **sums_of}
        shown, rest = self._ordered(sums_of)
        total = self._line({}, whole, comparison.of(comparison.stays) if comparison else None)
        return Answer(
            since=self._asked.since,
            until=self._asked.until,
            home_currency=self._settings.measures.home_currency,
            attribution_days=self._settings.measures.attribution_days,
            group_by=self._asked.by,
            definitions=[definition(each, self._rows.counting.window) for each in self._measures],
            lines=[self._named(key, sums_of[key], comparison) for key in shown] if self._by else (),
            others=self._line({}, added([sums_of[key] for key in rest]), None) if rest and self._by else None,
            total=total,
            left_out=self._left_out(whole),
            cohort_least=self._settings.measures.cohort_least,
        )

    def _ordered(self, sums_of: Mapping[Key, Sums]) -> tuple[list[Key], list[Key]]:
        """The groups that are shown, the largest first (of time: the earliest), and the others."""
        order = MEASURES[self._asked.order]
        places = {part.name: place for place, part in enumerate(self._rows.parts)}
        time = self._by.index("part") if "part" in self._by else None

        def rank(key: Key) -> tuple[object, ...]:
            value = order.formula(sums_of[key])
            place = places[key[time] or ""] if time is not None else 0
            names = tuple((name is None, name or "") for name in key)
            return (place, value is None, -float(value or 0), names)

        ranked = sorted(sums_of, key=rank)
        return ranked[: self._asked.limit], ranked[self._asked.limit :]

    def _read(self, roles: Sequence[tuple[Role, Values]]) -> tuple[Mapping[Key, Sums], Comparison | None]:
        """What each group of rows adds up to, and with what it is compared."""
        if self._asked.compare:
            return comparing.read(self._connection, self._rows, self._by, self._settings, roles)
        sources = self._rows.sources
        return totals.grouped(self._connection, self._rows, self._by) if sources else {}, None

    def _with_roles(
        self, groups: Mapping[Key, Sums], roles: Sequence[tuple[Role, Values]]
    ) -> dict[Key, Sums]:
        """What each group adds up to, with its roles of buying groups."""
        if not roles:
            return dict(groups)
        found: dict[Key, list[Sums]] = defaultdict(list, {key: [sums] for key, sums in groups.items()})
        for role, values in roles:
            found[key_of(values, self._by)].append(role.sums)
        return {key: added(parts) for key, parts in found.items()}

    def _named(self, key: Key, sums: Sums, comparison: Comparison | None) -> Line:
        group = dict(zip(self._asked.by, key, strict=True))
        found = comparison.of(comparison.groups.get(key, ())) if comparison else None
        return self._line(group, sums, found)

    def _line(self, group: Mapping[str, str | None], sums: Sums, found: Compared | None) -> Line:
        against = None
        if found is not None:
            against = Likened(accounts=found.accounts, likened=found.likened, others=found.others)
        said = {**self._asked.only, **group}
        period = {"since": self._asked.since.isoformat(), "until": self._asked.until.isoformat()}
        rows = f"rows?{urlencode(period | {name: value or '' for name, value in said.items()})}"
        return Line(
            group=group,
            figures={each.name: self._figure(each, rows, sums, found) for each in self._measures},
            compared=against,
        )

    def _figure(self, measure: Measure, rows: str, sums: Sums, found: Compared | None) -> Figure:
        against = None
        if found is not None and found.accounts:
            against = Against(
                program=figure(measure, found.inside),
                before=figure(measure, found.before),
                matched=None if found.matched is None else figure(measure, found.matched),
                outside=None if found.outside is None else figure(measure, found.outside),
            )
        return Figure(value=figure(measure, sums), rows=f"{PATH}/{measure.name}/{rows}", against=against)

    def _roles(self) -> list[tuple[Role, Values]]:
        """The roles of buying groups, where a measure is made of them."""
        asked = any(each.source is Source.ROLES for each in self._measures)
        return roles_of(self._connection, self._rows) if asked else []

    def _left_out(self, whole: Sums) -> LeftOut:
        rateless = rows.without_rate(self._connection, self._rows) if whole.get(Component.NO_RATE) else ()
        silent = rows.without_amount(self._connection, self._rows) if whole.get(Component.NO_AMOUNT) else 0
        return LeftOut(without_amount=silent, without_rate=rateless)
