"""The life of a rulebook: drafts and their reviews, schedules, plans, alarms, and the shadow."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from service.db.tables.base import Instant, Json, RowId, metadata

draft_author = Table(  # everyone who saved the present draft since it was begun
    "draft_author",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("at", Instant, nullable=False),
)

rulebook_schedule = Table(  # versions that are to go live at a time
    "rulebook_schedule",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("version", String(64), ForeignKey("rulebook.version"), nullable=False),
    Column("base", String(64)),  # the version it is a change of: when another is live, it is refused
    Column("at", Instant, nullable=False),
    Column("zone", String(64), nullable=False),  # in which the time was said
    Column("author", String(255), nullable=False),
    Column("reason", String(1000)),
    Column("created_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),  # "waiting", "published", "refused", "cancelled"
    Column("settled_at", Instant),
    Column("settled_by", String(255)),
    Column("problems", Json),  # why it was refused: sentences
    Column("publication_id", RowId, ForeignKey("publication.id")),
    Index(None, "state", "at"),
)

rulebook_review = Table(  # what people said about a draft
    "rulebook_review",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("etag", String(32), nullable=False),  # of the draft that was looked at
    Column("version", String(64), nullable=False),
    Column("reviewer", String(255), nullable=False),
    Column("verdict", String(16), nullable=False),  # "approved", "objected"
    Column("comment", String(1000)),
    Column("at", Instant, nullable=False),
    Column("voided_at", Instant),  # the draft was edited or given up afterwards
    Column("schedule_id", RowId, ForeignKey("rulebook_schedule.id")),
    Column("publication_id", RowId, ForeignKey("publication.id")),
    Index(None, "version"),
    Index(None, "schedule_id"),
    Index(None, "publication_id"),
)

rulebook_alarm = Table(  # shares that moved away from what they were before a publication
    "rulebook_alarm",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("publication_id", RowId, ForeignKey("publication.id"), nullable=False),
    Column("version", String(64), nullable=False),
    Column("measure", String(160), nullable=False),  # service.watch.Measure
    Column("before_count", Integer, nullable=False),
    Column("before_total", Integer, nullable=False),
    Column("now_count", Integer, nullable=False),
    Column("now_total", Integer, nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("cleared_at", Instant),
    UniqueConstraint("publication_id", "measure"),
)

plan = Table(  # a draft tried on the past, in the background
    "plan",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("state", String(16), nullable=False),  # "waiting", "running", "done", "failed", "cancelled"
    Column("before_version", String(64), ForeignKey("rulebook.version"), nullable=False),
    Column("after_version", String(64), nullable=False),
    Column("after_text", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("limit", Integer),
    Column("author", String(255), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("lease_until", Instant),  # of the worker that runs it; past: another starts it again
    Column("result", Json),  # service.rulebook.comparison.Comparison
    Column("problem", String(1000)),
    Index(None, "state", "created_at"),
)

plan_change = Table(  # each contact that a plan moves
    "plan_change",
    metadata,
    Column("plan_id", String(40), ForeignKey("plan.id", ondelete="CASCADE"), nullable=False),
    Column("place", Integer, nullable=False),  # in the order of time
    Column("decision_id", String(40), nullable=False),
    Column("before_rule", String(128)),
    Column("after_rule", String(128)),
    Column("before_rep", String(255)),
    Column("after_rep", String(255)),
    Column("before_pool", String(128)),
    Column("after_pool", String(128)),
    Column("before_outcome", String(16), nullable=False),
    Column("after_outcome", String(16), nullable=False),
    Column("country", String(2)),
    Column("region", String(200)),
    Column("tier", String(128)),
    Column("body", Json, nullable=False),  # service.rulebook.comparison.Compared
    PrimaryKeyConstraint("plan_id", "place"),
)

shadow_mode = Table(  # one row while contacts are decided beside another system
    "shadow_mode",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sources", Json),  # whose contacts; null: everyone's
    Column("owner_field", String(200), nullable=False),  # where a contact carries its incumbent owner
    Column("since", Instant, nullable=False),
    Column("author", String(255), nullable=False),
    CheckConstraint("id = 1", name="single"),
)

shadow_case = Table(  # one row for each contact that was decided beside another system: the latest decision
    "shadow_case",
    metadata,
    Column("contact_id", RowId, ForeignKey("contact.id"), primary_key=True, autoincrement=False),
    Column("decision_id", String(40), ForeignKey("decision.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("rule", String(128)),
    Column("outcome", String(16), nullable=False),
    Column("rep", String(255)),
    Column("pool", String(128)),
    Column("incumbent", String(255)),  # whom the other system gave it to, when that is known
    Index(None, "at"),
    Index(None, "decision_id"),
)
