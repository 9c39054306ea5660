"""How many decisions each rule took in a time, and with which outcomes. One narrow index answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from routing.types.decision import RoutingOutcome
from service.db.tables import decision as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A time from ``since`` up to, not including, ``until``."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """So many decisions by this rule, with these outcomes."""

    rule: str
    routing: str
    match: str
    decisions: int


def counts(
    connection: Connection, stretches: Iterable[Stretch], *, version: str | None = None
) -> list[Counted]:
    """What rules decided in these stretches, under one version or any; what people decided is left out."""
    columns = (table.c.rule, table.c.routing_outcome, table.c.match_outcome)
    found = []
    for stretch in stretches:
        query = (
            select(*columns, func.count().label("decisions"))
            .where(
                table.c.at >= stretch.since,
                table.c.at < stretch.until,
                table.c.rule.is_not(None),
                table.c.routing_outcome != RoutingOutcome.SUPERSEDED,
            )
            .group_by(*columns)
        )
        if version is not None:
            query = query.where(table.c.rulebook_version == version)
        found += [
            Counted(
                rule=row.rule, routing=row.routing_outcome, match=row.match_outcome, decisions=row.decisions
            )
            for row in connection.execute(query)
        ]
    return found


def last_decided(connection: Connection, rules: Sequence[str]) -> dict[str, datetime]:
    """When each of these rules decided last, of those that ever did; one look into an index for each."""
    found = {}
    for rule in rules:
        at = connection.execute(select(func.max(table.c.at)).where(table.c.rule == rule)).scalar()
        if at is not None:
            found[rule] = at
    return found


def claims(connection: Connection, stretch: Stretch, limit: int) -> list[str]:
    """The claims of the newest decisions of a stretch, as JSON texts; at most ``limit`` of them."""
    query = (
        select(table.c.body[("routing", "claims")].as_string())
        .where(table.c.at >= stretch.since, table.c.at < stretch.until, table.c.rule.is_not(None))
        .order_by(table.c.at.desc(), table.c.id.desc())
        .limit(limit)
    )
    return [text for text in connection.execute(query).scalars() if text]
