"""The facts that reports count, one row for each: a statement for each kind of fact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Float,
    Row,
    Select,
    and_,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement

from routing.types import RoutingOutcome
from service.db.moments import epoch
from service.db.tables import assignment, decision, dispute, waiting
from service.db.tables import decision_figure as figure
from service.db.waiting import Kind

_TOUCHED = assignment.c.touched_at
"""The assignee's first touch."""


def assignments(connection: Connection, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    """The assignments that began in a span of time, with when their contacts came in and were touched."""
    began = and_(assignment.c.assigned_at >= since, assignment.c.assigned_at < until)
    return connection.execute(_assignments().where(began)).all()


def promised(connection: Connection, since: datetime, until: datetime, now: datetime) -> Sequence[Row[Any]]:
    """The assignments that were to be acted on in a span of time."""
    due = and_(assignment.c.due_at >= since, assignment.c.due_at < until)
    return connection.execute(_assignments().add_columns(_seconds(now)).where(due)).all()


def carried(connection: Connection, since: datetime, until: datetime, now: datetime) -> Sequence[Row[Any]]:
    """The assignments that began in a span of time, and those that are open at its end."""
    began = and_(assignment.c.assigned_at >= since, assignment.c.assigned_at < until)
    query = _assignments().add_columns(
        and_(assignment.c.ended_at.is_(None), assignment.c.due_at < now).label("overdue"),
        began.label("given"),
    )
    return connection.execute(query.where(or_(began, assignment.c.ended_at.is_(None)))).all()


def _seconds(now: datetime) -> ColumnElement[float]:
    return literal(now.timestamp(), Float()).label("now")


def _assignments() -> Select[Any]:
    return select(
        assignment.c.id.label("assignment_id"),
        assignment.c.decision_id,
        assignment.c.rep,
        assignment.c.pool,
        assignment.c.status,
        figure.c.tier,
        figure.c.source,
        figure.c.rule,
        epoch(figure.c.received_at).label("received"),
        epoch(assignment.c.assigned_at).label("assigned"),
        epoch(_TOUCHED).label("touched"),
        epoch(assignment.c.accepted_at).label("accepted"),
        epoch(assignment.c.due_at).label("due"),
        epoch(assignment.c.ended_at).label("ended"),
    ).join(figure, figure.c.decision_id == assignment.c.decision_id)


def decided(connection: Connection, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    """The decisions of a span of time on events from outside, not what people or clocks had decided."""
    query = select(
        figure.c.decision_id,
        figure.c.started.label("assignment_id"),
        figure.c.rep,
        figure.c.pool,
        figure.c.tier,
        figure.c.source,
        figure.c.rule,
        figure.c.match_outcome,
        figure.c.routing_outcome,
        epoch(figure.c.received_at).label("received"),
    ).where(*_events(since, until))
    return connection.execute(query).all()


def _events(since: datetime, until: datetime) -> tuple[Any, ...]:
    superseded = figure.c.routing_outcome == RoutingOutcome.SUPERSEDED
    return figure.c.at >= since, figure.c.at < until, ~figure.c.again, ~superseded


def contested(connection: Connection, since: datetime, until: datetime) -> Sequence[Row[Any]]:
    """Where claims met: contested decisions, questions asked, disputes; with when each was settled."""
    met = select(
        literal("claims").label("kind"),
        figure.c.decision_id,
        figure.c.started.label("assignment_id"),
        figure.c.rule,
        figure.c.rep,
        figure.c.pool,
        figure.c.source,
        figure.c.conflict,
        epoch(figure.c.at).label("received"),
        epoch(figure.c.at).label("settled"),
    ).where(*_events(since, until), or_(figure.c.contested, figure.c.conflict.is_not(None)))
    asked = (
        select(
            literal("question"),
            figure.c.decision_id,
            null(),
            figure.c.rule,
            null(),
            null(),
            figure.c.source,
            figure.c.conflict,
            epoch(figure.c.at),
            epoch(waiting.c.settled_at),
        )
        .join(waiting, waiting.c.decision_id == figure.c.decision_id)
        .where(figure.c.at >= since, figure.c.at < until, waiting.c.kind == Kind.ASKED)
    )
    disputes = (
        select(
            literal("dispute"),
            dispute.c.decision_id,
            dispute.c.assignment_id,
            figure.c.rule,
            dispute.c.holder,
            figure.c.pool,
            figure.c.source,
            figure.c.conflict,
            epoch(dispute.c.opened_at),
            epoch(dispute.c.resolved_at),
        )
        .join(figure, figure.c.decision_id == dispute.c.decision_id)
        .where(dispute.c.opened_at >= since, dispute.c.opened_at < until)
    )
    return connection.execute(union_all(met, asked, disputes)).all()


def waits(connection: Connection, since: datetime, until: datetime, now: datetime) -> Sequence[Row[Any]]:
    """What waits at this moment, and what was settled in a span of time."""
    settled = and_(waiting.c.settled_at >= since, waiting.c.settled_at < until)
    unsettled = waiting.c.settled_at.is_(None)
    query = (
        select(
            waiting.c.decision_id,
            literal(None).label("assignment_id"),
            waiting.c.kind,
            decision.c.rule,
            decision.c.source,
            decision.c.account,
            epoch(decision.c.at).label("received"),
            epoch(waiting.c.settled_at).label("settled"),
            func.coalesce(and_(unsettled, waiting.c.due_at < now), false()).label("overdue"),
            func.coalesce(waiting.c.settled_by == "decision", false()).label("replaced"),
            _seconds(now),
        )
        .join(decision, decision.c.id == waiting.c.decision_id)
        .where(or_(settled, unsettled))
    )
    return connection.execute(query).all()
