"""When a rep is there, and the clocks of an assignment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)
_COVERING = sa.text("ended_at IS NULL AND covers IS NOT NULL")
_RUNNING = sa.text("state = 'running'")
_UNFIRED = sa.text("fired_at IS NULL AND cancelled_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("rep") as rep:
        rep.add_column(sa.Column("holidays", sa.String(16)))
        rep.add_column(sa.Column("days_off", _JSON))
        rep.add_column(sa.Column("days_on", _JSON))
        rep.add_column(sa.Column("offline_since", _TIME))
        rep.add_column(sa.Column("offline_until", _TIME))
        rep.add_column(sa.Column("offline_reason", sa.String(500)))
        rep.add_column(sa.Column("offline_by", sa.String(255)))
    with op.batch_alter_table("rep_absence") as absence:
        absence.add_column(sa.Column("handback", sa.String(16)))
        absence.add_column(sa.Column("feed", sa.Boolean()))
    with op.batch_alter_table("assignment") as assignment:
        assignment.add_column(sa.Column("touched_at", _TIME))
        assignment.add_column(sa.Column("touched_by", sa.String(300)))
        assignment.add_column(sa.Column("covers", sa.String(255)))
    op.create_index(
        "ix_assignment_covering", "assignment", ["covers"], sqlite_where=_COVERING, postgresql_where=_COVERING
    )
    _people()
    _clocks()


def _people() -> None:
    op.create_table(
        "rep_busy",
        sa.Column("id", _ID, nullable=False),
        sa.Column("rep", sa.String(255), nullable=False),
        sa.Column("start", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.CheckConstraint("start < until", name=op.f("ck_rep_busy_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rep_busy")),
    )
    op.create_index(op.f("ix_rep_busy_rep_until"), "rep_busy", ["rep", "until"])
    op.create_table(
        "rep_calendar",
        sa.Column("rep", sa.String(255), nullable=False),
        sa.Column("url", sa.String(2048)),
        sa.Column("text", sa.Text()),
        sa.Column("busy", sa.Boolean(), nullable=False),
        sa.Column("etag", sa.String(256)),
        sa.Column("read_at", _TIME),
        sa.Column("next_at", _TIME, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(500)),
        sa.Column("notes", _JSON),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("rep", name=op.f("pk_rep_calendar")),
    )
    op.create_index(op.f("ix_rep_calendar_next_at"), "rep_calendar", ["next_at"])
    op.create_table(
        "company_day",
        sa.Column("id", _ID, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("region", sa.String(16), nullable=False),
        sa.Column("team", sa.String(128), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_day")),
        sa.UniqueConstraint("date", "region", "team", name=op.f("uq_company_day_date_region_team")),
    )


def _clocks() -> None:
    op.create_table(
        "assignment_clock",
        sa.Column("id", _ID, nullable=False),
        sa.Column("assignment_id", sa.String(40), nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("rep", sa.String(255), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("promise", _JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("anchor_at", _TIME, nullable=False),
        sa.Column("left_seconds", sa.BigInteger(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("paused_at", _TIME),
        sa.Column("pause_reason", sa.String(500)),
        sa.Column("ended_at", _TIME),
        sa.Column("missed_at", _TIME),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_assignment_clock_assignment_id")
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_assignment_clock_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_clock")),
        sa.UniqueConstraint("assignment_id", "name", name=op.f("uq_assignment_clock_assignment_id_name")),
    )
    op.create_index(op.f("ix_assignment_clock_rep_missed_at"), "assignment_clock", ["rep", "missed_at"])
    op.create_index(op.f("ix_assignment_clock_contact_id"), "assignment_clock", ["contact_id"])
    op.create_index(
        "ix_assignment_clock_running",
        "assignment_clock",
        ["due_at", "id"],
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    )
    op.create_table(
        "timer",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("next_at", _TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fired_at", _TIME),
        sa.Column("cancelled_at", _TIME),
        sa.Column("outcome", sa.String(64)),
        sa.Column("problem", sa.String(500)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
        sa.UniqueConstraint("kind", "subject", "ordinal", name=op.f("uq_timer_kind_subject_ordinal")),
    )
    op.create_index(
        "ix_timer_unfired", "timer", ["next_at", "id"], sqlite_where=_UNFIRED, postgresql_where=_UNFIRED
    )


def downgrade() -> None:
    for table in ("timer", "assignment_clock", "company_day", "rep_calendar", "rep_busy"):
        op.drop_table(table)
    op.drop_index("ix_assignment_covering", table_name="assignment")
    with op.batch_alter_table("assignment") as assignment:
        for column in ("covers", "touched_by", "touched_at"):
            assignment.drop_column(column)
    with op.batch_alter_table("rep_absence") as absence:
        absence.drop_column("feed")
        absence.drop_column("handback")
    with op.batch_alter_table("rep") as rep:
        for column in ("offline_by", "offline_reason", "offline_until", "offline_since"):
            rep.drop_column(column)
        for column in ("days_on", "days_off", "holidays"):
            rep.drop_column(column)
