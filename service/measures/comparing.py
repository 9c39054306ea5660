"""Reads what accounts are compared with: themselves before the program, and accounts like them outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from service.db.measures import totals
from service.db.measures.expressions import Window
from service.db.measures.people import Role
from service.db.measures.totals import PROGRAM, Cut, Key, Rows
from service.measures.asking import OF_ROWS
from service.measures.core.comparison import Cell, Compared, Lot, Outside, compared
from service.measures.core.components import NOTHING, Sums, added
from service.measures.core.spans import Stay, Unit, stays
from service.measures.roles import Values, key_of
from service.program.core.settings import ProgramSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All that the groups of one answer are compared with. ``groups``: the stays of each, by its values."""

    stays: Sequence[Stay]
    groups: Mapping[Key, Sequence[Stay]]
    inside: Mapping[Unit, Sums]
    before: Mapping[Unit, Sums]
    cells: Mapping[str, Cell]
    outside: Mapping[Lot, Outside]
    seconds: Mapping[str | None, int]
    least: int

    def of(self, units: Iterable[Stay]) -> Compared:
        """Some stays, compared."""
        return compared(
            units, self.inside, self.before, self.cells, self.outside, seconds=self.seconds, least=self.least
        )


def read(
    connection: Connection,
    rows: Rows,
    by: Sequence[str],
    settings: ProgramSettings,
    roles: Sequence[tuple[Role, Values]],
) -> tuple[dict[Key, Sums], Comparison]:
    """What each group of rows adds up to, and the comparison of the groups."""
    reading = _Reading(connection, rows, by, settings)
    found = reading.stays()
    cells = reading.cells(found)
    groups = reading.groups(found, cells, roles)
    kept = {each.unit: each for some in groups.values() for each in some}
    comparison = Comparison(
        stays=list(kept.values()),
        groups=groups,
        inside=reading.inside(roles),
        before=reading.before(list(kept.values())),
        cells=cells,
        outside=reading.outside() if kept else {},
        seconds=reading.seconds(),
        least=settings.measures.cohort_least,
    )
    return reading.sums(), comparison


class _Reading:
    """What the parts of a comparison are read by."""

    def __init__(
        self, connection: Connection, rows: Rows, by: Sequence[str], settings: ProgramSettings
    ) -> None:
        named = {*by, *rows.only}
        self._connection, self._rows, self._by, self._settings = connection, rows, tuple(by), settings
        self._by_tier, self._by_part = "tier" in named, "part" in named
        self._of_rows = bool(named & set(OF_ROWS))
        self._cells: dict[Key, Cell] = {}
        self._read: dict[tuple[tuple[str, str | None], ...], list[Cut]] = {}

    def _cuts(self, only: Mapping[str, str | None]) -> list[Cut]:
        """Rows limited to some values: read once for the same values."""
        if not self._rows.sources:
            return []
        name = tuple(sorted(only.items()))
        if name not in self._read:
            rows = replace(self._rows, only=only)
            by = self._by if only == self._rows.only else ()
            self._read[name] = totals.cut(self._connection, rows, by, by_part=self._by_part)
        return self._read[name]

    def sums(self) -> dict[Key, Sums]:
        """What each group of rows adds up to."""
        found: dict[Key, list[Sums]] = defaultdict(list)
        for each in self._cuts(self._rows.only):
            found[each.key].append(each.sums)
        return {key: added(parts) for key, parts in found.items()}

    def stays(self) -> dict[Unit, Stay]:
        """Who was in the program, as far as it is asked for."""
        rows = self._rows
        placed = totals.placed(self._connection, rows.since, rows.until, rows.only)
        found = stays(placed, rows.parts, by_tier=self._by_tier, by_part=self._by_part)
        return {unit: each for unit, each in found.items() if self._asked_for(unit)}

    def _asked_for(self, unit: Unit) -> bool:
        _, tier, part = unit
        only = self._rows.only
        in_tier = "tier" not in only or only["tier"] in (tier, PROGRAM)
        return in_tier and ("part" not in only or only["part"] == part)

    def cells(self, found: Mapping[Unit, Stay]) -> dict[str, Cell]:
        """What accounts are alike in."""
        wanted = sorted({unit[0] for unit in found})
        known = totals.alike(self._connection, wanted, self._rows.bands)
        return {account: self._cell(key) for account, key in known.items()}

    def groups(
        self, found: Mapping[Unit, Stay], cells: Mapping[str, Cell], roles: Sequence[tuple[Role, Values]]
    ) -> dict[Key, list[Stay]]:
        """The stays of each group: those of accounts with a row of it, where rows make the difference."""
        if not self._of_rows:
            keys = [(self._key(unit, cells), unit) for unit in found]
        else:
            cuts = [each for each in self._cuts(self._rows.only) if each.account is not None]
            keys = [(each.key, self._unit(each.account or "", each.tier, each.part)) for each in cuts]
            keys += [
                (key_of(values, self._by), self._unit(role.account, values["tier"], values["part"]))
                for role, values in roles
                if values["tier"] is not None
            ]
        groups: dict[Key, list[Stay]] = defaultdict(list)
        for key, unit in dict.fromkeys(keys):
            if unit in found:
                groups[key].append(found[unit])
        return groups

    def _key(self, unit: Unit, cells: Mapping[str, Cell]) -> Key:
        account, tier, part = unit
        segment = cells[account].segment if account in cells else None
        values = {"account": account, "tier": tier, "part": part, "segment": segment}
        return tuple(values[name] for name in self._by)

    def _unit(self, account: str, tier: str | None, part: str | None) -> Unit:
        return (account, tier if self._by_tier else None, part if self._by_part else None)

    def inside(self, roles: Sequence[tuple[Role, Values]]) -> dict[Unit, Sums]:
        """What each brought while in the program."""
        only = {name: value for name, value in self._rows.only.items() if name not in OF_ROWS}
        found: dict[Unit, list[Sums]] = defaultdict(list)
        for each in self._cuts(only):
            if each.account is not None:
                found[self._unit(each.account, each.tier, each.part)].append(each.sums)
        for role, values in roles:
            if values["tier"] is not None:
                found[self._unit(role.account, values["tier"], values["part"])].append(role.sums)
        return {unit: added(parts) for unit, parts in found.items()}

    def before(self, found: Sequence[Stay]) -> dict[Unit, Sums]:
        """What each brought in the equal span before it came in."""
        if not found or not self._rows.sources:
            return {}
        windows = [
            Window(unit=place, account=each.account, since=each.before.since, until=each.before.until)
            for place, each in enumerate(found)
        ]
        since, until = min(each.since for each in windows), max(each.until for each in windows)
        rows = replace(self._rows, only={}, since=since, until=until)
        sums = totals.in_windows(self._connection, rows, windows)
        return {each.unit: sums.get(place, NOTHING) for place, each in enumerate(found)}

    def outside(self) -> dict[Lot, Outside]:
        """What accounts outside brought, by what they are alike in."""
        rows = self._rows
        parts = [each.name for each in rows.parts] if self._by_part else [None]
        accounts: dict[Cell, int] = defaultdict(int)
        for key, number in totals.counts_outside(self._connection, rows).items():
            accounts[self._cell(key)] += number
        sums: dict[Lot, list[Sums]] = defaultdict(list)
        for each in self._cuts({}):
            if each.kind is not None:
                sums[self._cell(each.kind), each.part].append(each.sums)
        return {
            (cell, part): Outside(accounts=number, sums=added(sums[cell, part]))
            for cell, number in accounts.items()
            for part in parts
        }

    def seconds(self) -> dict[str | None, int]:
        """How long the period is, and each part of it."""
        rows = self._rows
        lengths: dict[str | None, int] = {None: round((rows.until - rows.since).total_seconds())}
        return lengths | {part.name: round((part.until - part.since).total_seconds()) for part in rows.parts}

    def _cell(self, key: Key) -> Cell:
        if key not in self._cells:
            segment, country, band = key
            regions = self._settings.grouping.regions
            region = next((name for name, values in regions.items() if country in values), country)
            self._cells[key] = Cell(segment, band, region)  # type: ignore[arg-type]
        return self._cells[key]
