"""The buying groups that plans list: who is named for each role, and whether she engaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select

from service.db.measures.engaged import Among, moments
from service.db.measures.sources import Counting
from service.db.tables import program_plan
from service.measures.core.components import Component, Sums
from service.measures.core.spans import Span
from service.program.core.plans import Plan
from service.records.known_by import by_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role of an account's buying group at the end of a part of the period.

    ``id`` is that of its row: the plan's, and its place in it. ``rep`` is the AE who agreed to the plan.
    """

    id: str
    account: str
    rep: str | None
    at: datetime
    part: str
    title: str
    contact: str | None
    engaged: bool

    @property
    def sums(self) -> Sums:
        """What it adds."""
        found = {Component.ROLES: 1, Component.COVERED: int(self.contact is not None)}
        return found | {Component.ENGAGED: int(self.engaged)}


def roles(
    connection: Connection, parts: Sequence[Span], counting: Counting, account: str | None = None
) -> list[Role]:
    """The roles of the plans that stand at the end of each part, by account. ``parts`` are in order."""
    if not parts:
        return []
    query = select(program_plan).where(
        program_plan.c.made_at < parts[-1].until,
        or_(program_plan.c.ended_at.is_(None), program_plan.c.ended_at >= parts[0].until),
    )
    if account is not None:
        query = query.where(program_plan.c.account == account)
    plans = connection.execute(query.order_by(program_plan.c.account, program_plan.c.made_at)).all()
    read = [(row, Plan.model_validate(row.document).buying_group) for row in plans]
    named = {each.contact for _, group in read for each in group if each.contact is not None}
    among = Among(contacts=sorted(named))
    engaged = moments(connection, among, parts[0].since, parts[-1].until, counting) if named else {}
    return [
        _role(row, place, each, part, engaged)
        for part in parts
        for row, group in read
        if row.made_at < part.until and (row.ended_at is None or row.ended_at >= part.until)
        for place, each in enumerate(group)
    ]


def _role(row: Any, place: int, each: Any, part: Span, engaged: Mapping[str, Sequence[datetime]]) -> Role:
    when = engaged.get(by_id(each.contact or ""), ())
    return Role(
        id=f"{row.id}/{place}",
        account=row.account,
        rep=row.ae,
        at=part.until - timedelta(microseconds=1),
        part=part.name,
        title=each.role,
        contact=each.contact,
        engaged=any(part.since <= moment < part.until for moment in when),
    )
