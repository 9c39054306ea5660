"""What the overview counts: what came in, by outcome and by parts of a period. Read-only.

Each number is a range of a narrow index, so counting a quarter costs some milliseconds.
The definitions are those of the report `service.reports.fallback`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from matching.types import MatchOutcome
from routing.types.decision import FALLBACK, RoutingOutcome
from service.db.statements import Statement
from service.db.tables import decision

MATCHES = tuple(each.value for each in MatchOutcome)
ROUTES = tuple(each.value for each in RoutingOutcome if each is not RoutingOutcome.SUPERSEDED)
_TABLES = {
    "buckets": {"place": "bigint", "since": "timestamptz", "until": "timestamptz"},
    "names": {"name": "text"},
}


def _counting(column: str) -> Statement:
    return Statement(
        f"""
        SELECT buckets.place, names.name, (
            SELECT count(*) FROM decision_figure f WHERE f.{column} = names.name
            AND f.at >= buckets.since AND f.at < buckets.until
            AND NOT f.again AND f.routing_outcome <> 'superseded'
        ) FROM {{buckets}} CROSS JOIN {{names}}
        """,  # noqa: S608 - names of ours only
        **_TABLES,
    )


_BY_MATCH, _BY_ROUTE, _BY_RULE = map(_counting, ("match_outcome", "routing_outcome", "rule"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CameIn:
    """The events from outside of a time: all, by what they matched, by where they went, by the fallback."""

    total: int
    matched: Mapping[str, int]
    routed: Mapping[str, int]
    fallback: int


def came_in(connection: Connection, spans: Sequence[tuple[datetime, datetime]]) -> list[CameIn]:
    """What came in during each of these times, half-open."""
    buckets = [(place, _text(since), _text(until)) for place, (since, until) in enumerate(spans)]

    def counted(statement: Statement, names: Sequence[str]) -> list[dict[str, int]]:
        found: list[dict[str, int]] = [{} for _ in spans]
        for place, name, number in statement.run(connection, buckets=buckets, names=list(names)):
            found[place][name] = number
        return found

    matched, routed = counted(_BY_MATCH, MATCHES), counted(_BY_ROUTE, ROUTES)
    rules = counted(_BY_RULE, [FALLBACK])
    return [
        CameIn(total=sum(matches.values()), matched=matches, routed=routes, fallback=rule[FALLBACK])
        for matches, routes, rule in zip(matched, routed, rules, strict=True)
    ]


def together(parts: Sequence[CameIn]) -> CameIn:
    """The parts of a period added up."""
    return CameIn(
        total=sum(each.total for each in parts),
        matched={name: sum(each.matched[name] for each in parts) for name in MATCHES},
        routed={name: sum(each.routed[name] for each in parts) for name in ROUTES},
        fallback=sum(each.fallback for each in parts),
    )


def _text(moment: datetime) -> str:
    """A moment as both databases read it, and as SQLite keeps it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def ever(connection: Connection) -> bool:
    """Whether there is any decision."""
    return connection.execute(select(decision.c.id).limit(1)).first() is not None
