"""The facts that reports count, one row for each: a statement for each kind of fact."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Select,
    and_,
    literal,
    null,
    or_,
    select,
    union_all,
)

from routing.types.decision import RoutingOutcome
from service.db.moments import bare
from service.db.tables import assignment, assignment_clock, decision, dispute, waiting
from service.db.tables import decision_figure as figure
from service.db.waiting import Kind

Columns = Mapping[str, Sequence[Any]]
"""By name; moments are `service.db.moments.bare`."""
Names = Collection[str]
"""The columns that are wanted. Rows that only others need are not looked up: they are joined from outside."""


_AT_ONCE = 500
"""Rows: fewer than start the collector of cyclic garbage, which would look at everything there is, often."""


def _columns(connection: Connection, query: Select[Any], names: Names) -> Columns:
    """These columns of a query; where none is wanted, the first, as facts are counted by it."""
    columns = list(query.selected_columns)
    wanted = [column for column in columns if column.name in names] or columns[:1]
    return _fetched(connection, query.with_only_columns(*wanted))


def _fetched(connection: Connection, query: Select[Any] | CompoundSelect[Any]) -> Columns:
    """What the driver gives, as it is: no column here is of a type that has to be read first."""
    result = connection.execute(query)
    columns: dict[str, list[Any]] = {name: [] for name in result.keys()}  # noqa: SIM118 - no mapping
    assert result.cursor is not None
    while rows := result.cursor.fetchmany(_AT_ONCE):
        for column, part in zip(columns.values(), zip(*rows, strict=True), strict=True):
            column.extend(part)
    return columns


def assignments(connection: Connection, since: datetime, until: datetime, names: Names) -> Columns:
    """The assignments that began in a span of time, with when their contacts came in and were touched."""
    began = and_(assignment.c.assigned_at >= since, assignment.c.assigned_at < until)
    return _columns(connection, _assignments().where(began), names)


def promised(connection: Connection, since: datetime, until: datetime, names: Names) -> Columns:
    """The clocks whose time is or was up in a span of time."""
    due = and_(assignment_clock.c.due_at >= since, assignment_clock.c.due_at < until)
    query = (
        select(
            assignment_clock.c.assignment_id,
            assignment.c.decision_id,
            assignment_clock.c.name.label("clock"),
            assignment_clock.c.rep,
            assignment.c.pool,
            assignment_clock.c.state,
            figure.c.tier,
            figure.c.source,
            figure.c.rule,
            bare(figure.c.received_at).label("received"),
            bare(assignment_clock.c.due_at).label("due"),
            bare(assignment_clock.c.ended_at).label("ended"),
            bare(assignment_clock.c.paused_at).label("paused"),
            assignment_clock.c.paused_seconds.label("stood"),
        )
        .select_from(assignment_clock)
        .outerjoin(assignment, assignment.c.id == assignment_clock.c.assignment_id)
        .outerjoin(figure, figure.c.decision_id == assignment.c.decision_id)
        .where(due)
    )
    return _columns(connection, query, names)


def carried(connection: Connection, since: datetime, until: datetime, names: Names) -> Columns:
    """The assignments that began in a span of time, and those that are open."""
    began = and_(assignment.c.assigned_at >= since, assignment.c.assigned_at < until)
    return _columns(connection, _assignments().where(or_(began, assignment.c.ended_at.is_(None))), names)


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
        bare(figure.c.received_at).label("received"),
        bare(assignment.c.assigned_at).label("assigned"),
        bare(assignment.c.touched_at).label("touched"),
        bare(assignment.c.accepted_at).label("accepted"),
        bare(assignment.c.due_at).label("due"),
        bare(assignment.c.ended_at).label("ended"),
    ).select_from(assignment.outerjoin(figure, figure.c.decision_id == assignment.c.decision_id))


def decided(connection: Connection, since: datetime, until: datetime, names: Names) -> Columns:
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
        bare(figure.c.received_at).label("received"),
    ).where(*_events(since, until))
    return _columns(connection, query, names)


def _events(since: datetime, until: datetime) -> tuple[Any, ...]:
    superseded = figure.c.routing_outcome == RoutingOutcome.SUPERSEDED
    return figure.c.at >= since, figure.c.at < until, ~figure.c.again, ~superseded


def contested(connection: Connection, since: datetime, until: datetime, names: Names) -> Columns:
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
        bare(figure.c.at).label("received"),
        bare(figure.c.at).label("settled"),
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
            bare(figure.c.at),
            bare(waiting.c.settled_at),
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
            bare(dispute.c.opened_at),
            bare(dispute.c.resolved_at),
        )
        .join(figure, figure.c.decision_id == dispute.c.decision_id)
        .where(dispute.c.opened_at >= since, dispute.c.opened_at < until)
    )
    return _fetched(connection, union_all(met, asked, disputes))


def waits(connection: Connection, since: datetime, until: datetime, names: Names) -> Columns:
    """What waits at this moment, and what was settled in a span of time."""
    settled = and_(waiting.c.settled_at >= since, waiting.c.settled_at < until)
    unsettled = waiting.c.settled_at.is_(None)
    query = (
        select(
            waiting.c.decision_id,
            null().label("assignment_id"),
            waiting.c.kind,
            decision.c.rule,
            decision.c.source,
            decision.c.account,
            bare(decision.c.at).label("received"),
            bare(waiting.c.settled_at).label("settled"),
            bare(waiting.c.due_at).label("due"),
            waiting.c.settled_by,
        )
        .select_from(waiting)
        .outerjoin(decision, decision.c.id == waiting.c.decision_id)
        .where(or_(settled, unsettled))
    )
    return _columns(connection, query, names)
