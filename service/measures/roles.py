"""The roles of buying groups as rows of measures: which of them are asked for, and in which groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from service.db.measures import people, totals
from service.db.measures.people import Role
from service.db.measures.totals import PROGRAM, Key, Rows
from service.measures.core.spans import Placed

Values = Mapping[str, str | None]


def roles_of(connection: Connection, rows: Rows) -> list[tuple[Role, Values]]:
    """The roles that rows are limited to, each with its values of all dimensions."""
    found = people.roles(connection, rows.parts, rows.counting, rows.only.get("account"))
    accounts = sorted({each.account for each in found})
    segments = totals.alike(connection, accounts, ())
    placed: dict[str, list[Placed]] = defaultdict(list)
    for each in totals.placed(connection, rows.since, rows.until, {}) if found else ():
        placed[each.account].append(each)
    valued = [(each, _values(each, placed[each.account], segments)) for each in found]
    return [(each, values) for each, values in valued if _wanted(values, rows.only)]


def key_of(values: Values, by: Sequence[str]) -> Key:
    """The group of a role."""
    return tuple(values[name] for name in by)


def _values(role: Role, placed: Sequence[Placed], segments: Mapping[str, Key]) -> Values:
    return {
        "account": role.account,
        "rep": role.rep,
        "tier": _tier(placed, role.at),
        "segment": segments[role.account][0] if role.account in segments else None,
        "part": role.part,
        "campaign": None,
        "play": None,
    }


def _tier(placed: Sequence[Placed], at: datetime) -> str | None:
    return next(
        (each.tier for each in placed if each.starts <= at and (each.until is None or at < each.until)), None
    )


def _wanted(values: Values, only: Values) -> bool:
    return all(
        values[name] is not None if (name, value) == ("tier", PROGRAM) else values[name] == value
        for name, value in only.items()
    )
