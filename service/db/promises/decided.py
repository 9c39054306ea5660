"""What is promised of events, assignments, turns, messages and versions: one statement each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, or_, select

from routing.types.decision import RoutingOutcome
from service.db.assignments import Status
from service.db.decisions import NOT_STANDING, SHADOW
from service.db.inbox import State as Received
from service.db.outbox import State as Sent
from service.db.promises import clocks
from service.db.promises.check import Check
from service.db.tables import (
    assignment,
    decision,
    delivery,
    inbox,
    policy,
    pool,
    pool_member,
    publication,
    rulebook,
    rulebook_state,
    turn,
    waiting,
)

ACTIVE = (Status.ASSIGNED, Status.ACCEPTED)
STUCK = timedelta(hours=1)
"""How long after the end of its lease a message may still count as being sent."""


_EVENTS = "an event that is decided has one decision"
_ASSIGNED = "a contact that is assigned has one active assignment, the one of its newest decision"
_SAME_REP = "a decision and its assignment name the same rep and contact"
_TURNS = "the turns of a pool are those of its ledger, and each serves a decision"
_MESSAGES = "a message belongs to a decision and comes to an end"
VERSIONS = "the versions that decisions name are kept as they were"
REPLAY = "a decision is what its facts and versions say"

_told = decision.c.body["routing"]
_newest = (
    select(
        decision.c.id,
        decision.c.contact_id,
        decision.c.routing_outcome,
        decision.c.assignment_id,
        func.row_number()
        .over(partition_by=decision.c.contact_id, order_by=(decision.c.at.desc(), decision.c.id.desc()))
        .label("place"),
    )
    .where(decision.c.routing_outcome.not_in(NOT_STANDING))
    .subquery()
)
_holding = assignment.alias()
_drawn = (
    select(turn.c.pool_id, func.count().label("count"), func.max(turn.c.turn).label("last"))
    .where(turn.c.kind == "draw")
    .group_by(turn.c.pool_id)
    .subquery()
)
_joined = (
    select(turn.c.pool_id, turn.c.rep, func.max(turn.c.id).label("at"))
    .where(turn.c.kind == "join")
    .group_by(turn.c.pool_id, turn.c.rep)
    .subquery()
)
_drawn_by_member = (
    select(func.count())
    .select_from(
        turn.outerjoin(_joined, and_(_joined.c.pool_id == turn.c.pool_id, _joined.c.rep == turn.c.rep))
    )
    .where(
        turn.c.pool_id == pool_member.c.pool_id,
        turn.c.rep == pool_member.c.rep,
        turn.c.kind == "draw",
        turn.c.id > func.coalesce(_joined.c.at, 0),
    )
    .correlate(pool_member)
    .scalar_subquery()
)
_credited = (
    select(func.coalesce(func.sum(turn.c.amount), 0))
    .select_from(
        turn.outerjoin(_joined, and_(_joined.c.pool_id == turn.c.pool_id, _joined.c.rep == turn.c.rep))
    )
    .where(
        turn.c.pool_id == pool_member.c.pool_id,
        turn.c.rep == pool_member.c.rep,
        turn.c.id >= func.coalesce(_joined.c.at, 0),
    )
    .correlate(pool_member)
    .scalar_subquery()
)
_unsaid = turn.alias()  # entries from before amounts were kept
_returned = turn.alias()

CHECKS = (
    Check(
        promise=_EVENTS,
        query=select(inbox.c.id)
        .outerjoin(decision, decision.c.id == inbox.c.decision_id)
        .where(inbox.c.state == Received.DECIDED, decision.c.id.is_(None)),
        row=lambda row: f"inbox item {row.id}",
        detail="it counts as decided, but there is no decision",
    ),
    Check(
        promise=_ASSIGNED,
        query=select(decision.c.id)
        .outerjoin(assignment, assignment.c.id == decision.c.assignment_id)
        .where(decision.c.routing_outcome == RoutingOutcome.ASSIGNED, assignment.c.id.is_(None)),
        row=lambda row: f"decision {row.id}",
        detail="it assigned the contact, but there is no assignment",
    ),
    Check(
        promise=_ASSIGNED,
        query=select(_holding.c.id)
        .join(_newest, and_(_newest.c.contact_id == _holding.c.contact_id, _newest.c.place == 1))
        .where(
            _holding.c.ended_at.is_(None),
            or_(_newest.c.assignment_id.is_(None), _newest.c.assignment_id != _holding.c.id),
        ),
        row=lambda row: f"assignment {row.id}",
        detail="it is active, but the newest decision about its contact is another",
    ),
    Check(
        promise=_ASSIGNED,
        query=select(assignment.c.id).where(
            case((assignment.c.ended_at.is_(None), 1), else_=0)
            != case((assignment.c.status.in_(ACTIVE), 1), else_=0)
        ),
        row=lambda row: f"assignment {row.id}",
        detail="its status and its end do not go together",
    ),
    Check(
        promise=_ASSIGNED,
        query=select(waiting.c.id)
        .join(_newest, and_(_newest.c.contact_id == waiting.c.contact_id, _newest.c.place == 1))
        .where(waiting.c.settled_at.is_(None), _newest.c.id != waiting.c.decision_id),
        row=lambda row: f"open matter {row.id}",
        detail="it waits, but a newer decision stands in its place",
    ),
    Check(
        promise=_SAME_REP,
        query=select(decision.c.id)
        .join(assignment, assignment.c.id == decision.c.assignment_id)
        .where(
            or_(
                assignment.c.rep != decision.c.rep,
                decision.c.rep.is_(None),
                assignment.c.contact_id != decision.c.contact_id,
            )
        ),
        row=lambda row: f"decision {row.id}",
        detail="its assignment is another rep's or another contact's",
    ),
    Check(
        promise=_TURNS,
        query=select(pool.c.name)
        .outerjoin(_drawn, _drawn.c.pool_id == pool.c.id)
        .where(
            or_(
                pool.c.turn != func.coalesce(_drawn.c.count, 0),
                pool.c.turn != func.coalesce(_drawn.c.last, 0),
            )
        ),
        row=lambda row: f"pool {row.name}",
        detail="its number of turns is not that of its ledger",
    ),
    Check(
        promise=_TURNS,
        query=select(pool.c.name, pool_member.c.rep)
        .join(pool, pool.c.id == pool_member.c.pool_id)
        .where(pool_member.c.turns != _drawn_by_member),
        row=lambda row: f"member {row.rep} of pool {row.name}",
        detail="the turns are not those drawn in the ledger since joining",
    ),
    Check(
        promise=_TURNS,
        query=select(pool.c.name, pool_member.c.rep)
        .join(pool, pool.c.id == pool_member.c.pool_id)
        .where(
            pool_member.c.credit != _credited,
            ~exists().where(
                _unsaid.c.pool_id == pool_member.c.pool_id,
                _unsaid.c.rep == pool_member.c.rep,
                _unsaid.c.amount.is_(None),
            ),
        ),
        row=lambda row: f"member {row.rep} of pool {row.name}",
        detail="the credit is not what the ledger adds up to since joining",
    ),
    Check(
        promise=_TURNS,
        query=select(_returned.c.id).where(
            _returned.c.gives_back.is_not(None),
            ~exists().where(
                turn.c.pool_id == _returned.c.pool_id,
                turn.c.turn == _returned.c.gives_back,
                turn.c.rep == _returned.c.rep,
            ),
        ),
        row=lambda row: f"turn {row.id}",
        detail="it gives back a turn that the rep did not draw",
    ),
    Check(
        promise=_TURNS,
        query=select(turn.c.id)
        .outerjoin(decision, decision.c.id == turn.c.decision_id)
        .where(turn.c.kind == "draw", or_(decision.c.id.is_(None), decision.c.rep != turn.c.rep)),
        row=lambda row: f"turn {row.id}",
        detail="it serves no decision for this rep",
    ),
    Check(
        promise=_TURNS,
        query=select(assignment.c.id)
        .join(pool, pool.c.name == assignment.c.pool)
        .where(
            assignment.c.turn.is_not(None),
            ~exists().where(
                turn.c.pool_id == pool.c.id, turn.c.turn == assignment.c.turn, turn.c.rep == assignment.c.rep
            ),
        ),
        row=lambda row: f"assignment {row.id}",
        detail="its turn is not in the ledger",
    ),
    Check(
        promise=_MESSAGES,
        query=select(delivery.c.id)
        .outerjoin(decision, decision.c.id == delivery.c.decision_id)
        .where(delivery.c.decision_id.is_not(None), decision.c.id.is_(None)),
        row=lambda row: f"delivery {row.id}",
        detail="it tells of a decision that does not exist",
    ),
    Check(
        promise=_MESSAGES,
        query=select(delivery.c.id).where(
            case((delivery.c.delivered_at.is_(None), 0), else_=1)
            != case((delivery.c.state == Sent.DELIVERED, 1), else_=0)
        ),
        row=lambda row: f"delivery {row.id}",
        detail="its state and its time of delivery do not go together",
    ),
    Check(
        promise=REPLAY,
        query=select(decision.c.id).where(
            or_(
                and_(
                    decision.c.routing_outcome != SHADOW,
                    _told["outcome"].as_string() != decision.c.routing_outcome,
                ),
                and_(
                    decision.c.routing_outcome != SHADOW,
                    func.coalesce(_told["assignee"].as_string(), "") != func.coalesce(decision.c.rep, ""),
                ),
                func.coalesce(_told["rule"].as_string(), "") != func.coalesce(decision.c.rule, ""),
            )
        ),
        row=lambda row: f"decision {row.id}",
        detail="what it is listed under is not what it says",
    ),
    Check(
        promise=VERSIONS,
        query=select(decision.c.id)
        .outerjoin(rulebook, rulebook.c.version == decision.c.rulebook_version)
        .where(rulebook.c.version.is_(None)),
        row=lambda row: f"decision {row.id}",
        detail="its rulebook is not kept",
    ),
    Check(
        promise=VERSIONS,
        query=select(decision.c.id)
        .outerjoin(policy, policy.c.version == decision.c.policy_version)
        .where(policy.c.version.is_(None)),
        row=lambda row: f"decision {row.id}",
        detail="its matching policy is not kept",
    ),
    Check(
        promise=VERSIONS,
        query=select(rulebook_state.c.live).where(
            rulebook_state.c.live.is_not(None),
            func.coalesce(
                select(publication.c.version).order_by(publication.c.id.desc()).limit(1).scalar_subquery(), ""
            )
            != rulebook_state.c.live,
        ),
        row=lambda row: f"rulebook {row.live}",
        detail="it is live, but was not published last",
    ),
)


def _clocks() -> tuple[Check, ...]:
    """The promises about clocks; see `service.db.promises.clocks`."""

    def clock(query: Select[Any], detail: str) -> Check:
        return Check(promise=clocks.CLOCKS, query=query, row=lambda row: f"clock {row.id}", detail=detail)

    return (
        clock(clocks.WITHOUT_TIMER, "it runs, but no timer is set for when it is due"),
        clock(clocks.OF_NO_ACTIVE, "it runs, but its assignment has ended"),
        Check(
            promise=clocks.TIMERS,
            query=clocks.FIRED_FOR_NOTHING,
            row=lambda row: f"clock {row.id}",
            detail="it ran out without its timer, or its timer without it",
        ),
    )


def checks(now: datetime) -> tuple[Check, ...]:
    """Every check of this module, at a moment."""
    return (*CHECKS, *_clocks(), _stuck(now))


def _stuck(now: datetime) -> Check:
    return Check(
        promise=_MESSAGES,
        query=select(delivery.c.id).where(
            delivery.c.state == Sent.SENDING, delivery.c.lease_until < now - STUCK
        ),
        row=lambda row: f"delivery {row.id}",
        detail="its sender is gone, and no worker has taken it up: is one running?",
    )
