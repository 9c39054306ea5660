"""The queue of open matters as a list to work through, the oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, select

from service.db.decision_list import name_of, who_columns
from service.db.tables import decision, review_claim, waiting
from service.db.waiting import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One open matter. ``held_by`` is who works on it in another session, ``account`` the likeliest."""

    place: int
    decision_id: str
    kind: Kind
    since: datetime
    due_at: datetime | None
    who: str
    company: str | None
    account: str | None
    score: float
    held_by: str | None


def listed(
    connection: Connection,
    kinds: Sequence[Kind],
    holder: str,
    now: datetime,
    *,
    limit: int,
    after: int | None = None,
) -> list[Item]:
    """Up to ``limit`` open matters of these kinds behind the place ``after``."""
    theirs = _theirs(holder, now)
    query = (
        select(
            waiting.c.id,
            waiting.c.decision_id,
            waiting.c.kind,
            waiting.c.due_at,
            decision.c.at,
            decision.c.account,
            decision.c.score,
            review_claim.c.who.label("held_by"),
            *who_columns(),
        )
        .join(decision, decision.c.id == waiting.c.decision_id)
        .outerjoin(review_claim, theirs)
        .where(waiting.c.kind.in_(kinds), waiting.c.settled_at.is_(None), waiting.c.id > (after or 0))
        .order_by(waiting.c.id)
        .limit(limit)
    )
    return [
        Item(
            place=row.id,
            decision_id=row.decision_id,
            kind=Kind(row.kind),
            since=row.at,
            due_at=row.due_at,
            who=name_of(row),
            company=row.company,
            account=row.account,
            score=row.score,
            held_by=row.held_by,
        )
        for row in connection.execute(query)
    ]


def beside(
    connection: Connection,
    kinds: Sequence[Kind],
    decision_id: str,
    holder: str,
    now: datetime,
    *,
    before: bool = False,
) -> str | None:
    """The decision of the next matter that nobody else works on, or of the last ``before`` it, or None."""
    here = select(waiting.c.id).where(waiting.c.decision_id == decision_id)
    here = here.order_by(waiting.c.id).limit(1)
    place = connection.execute(here).scalar() or 0
    beyond = waiting.c.id < place if before else waiting.c.id > place
    query = (
        select(waiting.c.decision_id)
        .outerjoin(review_claim, _theirs(holder, now))
        .where(
            waiting.c.kind.in_(kinds),
            waiting.c.settled_at.is_(None),
            waiting.c.decision_id != decision_id,
            review_claim.c.holder.is_(None),
            beyond,
        )
        .order_by(waiting.c.id.desc() if before else waiting.c.id)
        .limit(1)
    )
    return connection.execute(query).scalar()


def _theirs(holder: str, now: datetime) -> ColumnElement[bool]:
    return and_(
        review_claim.c.decision_id == waiting.c.decision_id,
        review_claim.c.holder != holder,
        review_claim.c.until > now,
    )
