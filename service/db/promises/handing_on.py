"""What is promised of messages, figures, turns, credit, hand-overs and disputes: one statement each."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, func, literal, or_, select

from service.db.credit import WHOLE
from service.db.decisions import SHADOW
from service.db.disputes import TIMER
from service.db.handovers import AT_WORK
from service.db.promises.check import Check
from service.db.tables import (
    credit,
    decision,
    decision_figure,
    delivery,
    dispute,
    handover,
    handover_item,
    timer,
    turn,
)
from service.handover.plan import ItemState

MESSAGES = "what others were to be told of a decision was queued with it, and is sent by one sender at a time"
TURNS = "a decision uses one turn"
CREDIT = "nobody has more than all, or less than none, of the credit for a contact"
HANDOVERS = "a hand-over that has begun comes to an end, and all of it is done"
DISPUTES = "a dispute that is open goes to the next level when its time is over"
FIGURES = "reports count every decision"

IDLE = timedelta(hours=1)
"""How long a hand-over at work may be left alone before it counts as stopped."""

_queued = (
    select(func.count())
    .where(delivery.c.decision_id == decision_figure.c.decision_id, delivery.c.type.like("contact.%"))
    .correlate(decision_figure)
    .scalar_subquery()
)
_held = func.sum(credit.c.share)

CHECKS = (
    Check(
        promise=MESSAGES,
        query=select(decision_figure.c.decision_id).where(decision_figure.c.told != _queued),
        row=lambda row: f"decision {row.decision_id}",
        detail="its messages are not those that were to be queued with it",
    ),
    Check(
        promise=MESSAGES,
        query=select(delivery.c.id).where(delivery.c.overtaken > 0),
        row=lambda row: f"delivery {row.id}",
        detail="a sender came back after its lease had ended: it may have come twice",
    ),
    Check(
        promise=TURNS,
        query=select(turn.c.decision_id)
        .where(turn.c.kind == "draw", turn.c.decision_id.is_not(None))
        .group_by(turn.c.decision_id)
        .having(func.count() > 1),
        row=lambda row: f"decision {row.decision_id}",
        detail="it used several turns",
    ),
    Check(
        promise=FIGURES,
        query=select(decision.c.id)
        .outerjoin(decision_figure, decision_figure.c.decision_id == decision.c.id)
        .where(decision_figure.c.decision_id.is_(None), decision.c.routing_outcome != SHADOW),
        row=lambda row: f"decision {row.id}",
        detail="no report counts it",
    ),
    Check(
        promise=CREDIT,
        query=select(credit.c.contact_id, credit.c.kind)
        .group_by(credit.c.contact_id, credit.c.kind)
        .having(or_(_held > WHOLE, _held < 0)),
        row=lambda row: f"credit {row.kind} of contact {row.contact_id}",
        detail="its shares add up to more than all, or less than nothing",
    ),
    Check(
        promise=CREDIT,
        query=select(credit.c.contact_id, credit.c.kind, credit.c.rep)
        .group_by(credit.c.contact_id, credit.c.kind, credit.c.rep)
        .having(_held < 0),
        row=lambda row: f"credit {row.kind} of contact {row.contact_id} for {row.rep}",
        detail="more was taken back than there was",
    ),
    Check(
        promise=HANDOVERS,
        query=select(handover.c.id).where(
            handover.c.ended_at.is_not(None),
            handover.c.state == "applied",
            exists().where(
                handover_item.c.handover_id == handover.c.id, handover_item.c.state == ItemState.PLANNED
            ),
        ),
        row=lambda row: f"hand-over {row.id}",
        detail="it counts as applied, but some of it is still planned",
    ),
    Check(
        promise=DISPUTES,
        query=select(dispute.c.id).where(
            dispute.c.resolved_at.is_(None),
            dispute.c.due_at.is_not(None),
            ~exists().where(
                timer.c.kind == TIMER,
                timer.c.subject == literal("dispute:") + dispute.c.id,
                timer.c.due_at == dispute.c.due_at,
                timer.c.fired_at.is_(None),
                timer.c.cancelled_at.is_(None),
            ),
        ),
        row=lambda row: f"dispute {row.id}",
        detail="it is open, but no timer takes it to the next level",
    ),
)


def checks(now: datetime) -> tuple[Check, ...]:
    """Every check of this module, at a moment."""
    stopped = Check(
        promise=HANDOVERS,
        query=select(handover.c.id).where(
            handover.c.state.in_(AT_WORK),
            or_(
                handover.c.lease_until < now - IDLE,
                and_(handover.c.lease_until.is_(None), handover.c.applied_at < now - IDLE),
            ),
        ),
        row=lambda row: f"hand-over {row.id}",
        detail="it has begun, and no worker goes on with it: is one running?",
    )
    return (*CHECKS, stopped)
