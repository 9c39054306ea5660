"""What passes from one rep to another: hand-overs, disputes, credit; and the figures that reports count."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from service.db.tables.base import Instant, Json, RowId, metadata

handover = Table(
    "handover",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("rep", String(255), nullable=False),
    Column("kind", String(16), nullable=False),  # service.handover.request.Kind
    Column("state", String(16), nullable=False),  # service.handover.plan.State
    Column("request", Json, nullable=False),
    Column("digest", String(64), nullable=False),  # of what the plan saw
    Column("made_by", String(255), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("applied_by", String(255)),
    Column("applied_at", Instant),
    Column("ended_at", Instant),  # all items done, or all undone
    Column("returns_at", Instant),  # the end of a leave whose assignments come back
    Column("undone_by", String(255)),
    Column("undone_at", Instant),
    Column("lease_until", Instant),  # of who carries it out; past: a worker goes on
    Index(None, "state", "lease_until"),
    Index(None, "rep", "made_at"),
)

handover_item = Table(  # one thing that passes, or stays by rule: what it was, what it becomes
    "handover_item",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("handover_id", String(40), ForeignKey("handover.id", ondelete="CASCADE"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("kind", String(16), nullable=False),  # service.handover.plan.ItemKind
    Column("ref", String(320), nullable=False),
    Column("label", String(340)),
    Column("role", String(32)),
    Column("status", String(32), nullable=False),
    Column("action", String(16), nullable=False),  # service.handover.plan.Action
    Column("to_rep", String(255)),
    Column("until", Instant),
    Column("seen", String(64), nullable=False),  # digest of the thing as the plan saw it
    Column("state", String(16), nullable=False),  # "planned", "done", "skipped", "undone"
    Column("before", Json),
    Column("after", Json),
    Column("note", String(500)),
    UniqueConstraint("handover_id", "place"),
    Index(None, "handover_id", "state", "place"),
)

OPEN_DISPUTE = text("resolved_at IS NULL")

dispute = Table(
    "dispute",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("contact_id", RowId, ForeignKey("contact.id"), nullable=False),
    Column("decision_id", String(40), ForeignKey("decision.id"), nullable=False),
    Column("assignment_id", String(40)),
    Column("claimant", String(255), nullable=False),
    Column("holder", String(255)),
    Column("reason", String(500), nullable=False),
    Column("evidence", Json, nullable=False),  # service.disputes.disputes: what was known when it was opened
    Column("level", String(16), nullable=False),  # service.db.disputes.Level
    Column("due_at", Instant),  # when it goes to the next level; null: the last has it
    Column("frozen", Boolean, nullable=False),  # the assignment's clock stands still meanwhile
    Column("opened_by", String(255), nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("resolution", String(16)),  # service.db.disputes.Resolution
    Column("resolved_by", String(255)),
    Column("resolved_at", Instant),
    Column("note", String(500)),
    Column("outcome", Json),  # the decision that followed, the shares of credit
    Index(
        "uq_dispute_open", "contact_id", unique=True, sqlite_where=OPEN_DISPUTE, postgresql_where=OPEN_DISPUTE
    ),
    Index(None, "resolved_at", "due_at"),
    Index(None, "opened_at"),
    Index(None, "decision_id"),
)

dispute_step = Table(  # what happened to a dispute; each step once
    "dispute_step",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("dispute_id", String(40), ForeignKey("dispute.id", ondelete="CASCADE"), nullable=False),
    Column("step", String(16), nullable=False),  # "opened", "escalated", "resolved"
    Column("level", String(16), nullable=False),
    Column("asked", Json, nullable=False),  # the reps who must settle it now
    Column("by", String(255), nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("dispute_id", "step", "level"),
)

credit = Table(  # append-only: what is taken back is a row of its own, with a negative share
    "credit",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("contact_id", RowId, ForeignKey("contact.id"), nullable=False),
    Column("opportunity", String(255)),
    Column("kind", String(64), nullable=False),
    Column("rep", String(255), nullable=False),
    Column("share", Integer, nullable=False),  # in millionths; negative: taken back
    Column("decision_id", String(40), ForeignKey("decision.id"), nullable=False),
    Column("rule", String(128)),
    Column("reason", String(16), nullable=False),  # service.db.credit.Reason
    Column("cause", String(40), nullable=False),  # the decision or the dispute that wrote it: each once
    Column("at", Instant, nullable=False),
    CheckConstraint("share BETWEEN -1000000 AND 1000000 AND share <> 0", name="share"),
    UniqueConstraint("cause", "kind", "rep", "decision_id", "reason"),
    Index(None, "contact_id", "kind"),
    Index(None, "rep", "at"),
)

CAME_IN = text("NOT again AND routing_outcome <> 'superseded'")
"""Of a decision's figures: an event from outside, and not older than what was known."""

decision_figure = Table(  # what reports count of a decision: narrow, so that 100,000 are read at once
    "decision_figure",
    metadata,
    Column("decision_id", String(40), ForeignKey("decision.id"), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("source", String(128)),
    Column("tier", String(64)),
    Column("match_outcome", String(16), nullable=False),
    Column("routing_outcome", String(16), nullable=False),
    Column("rule", String(128)),
    Column("rep", String(255)),
    Column("pool", String(128)),
    Column("started", String(40)),  # the assignment it started
    Column("contested", Boolean, nullable=False),  # another rule claimed the contact for another rep
    Column("conflict", String(128)),  # the entry of the rulebook's conflicts section that decided
    Column("told", Integer, nullable=False),  # messages about it that were queued with it
    Column("again", Boolean, nullable=False),  # not an event from outside: a person or a clock had it decided
    Column("motion", String(16)),  # matching.types.Motion
    Index(None, "at"),
    *(
        Index(
            f"ix_decision_figure_{name}_came_in", name, "at", sqlite_where=CAME_IN, postgresql_where=CAME_IN
        )
        for name in ("match_outcome", "routing_outcome", "rule")
    ),
)
