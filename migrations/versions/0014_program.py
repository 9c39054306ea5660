"""The account-based program: tiers, nominations, plans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "program_nomination",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("quarter", sa.String(length=16), nullable=False),
        sa.Column("starts", _TIME, nullable=False),
        sa.Column("ends", _TIME, nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("rep", sa.String(length=255), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=True),
        sa.Column("claims", _JSON, nullable=False),
        sa.Column("evidence", _JSON, nullable=False),
        sa.Column("evidence_at", _TIME, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("made_by", sa.String(length=255), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("settled_at", _TIME, nullable=True),
        sa.Column("settled_by", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_nomination")),
    )
    op.create_index(
        op.f("ix_program_nomination_account_made_at"),
        "program_nomination",
        ["account", "made_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_program_nomination_quarter_state"), "program_nomination", ["quarter", "state"], unique=False
    )
    op.create_index(
        op.f("ix_program_nomination_rep_made_at"), "program_nomination", ["rep", "made_at"], unique=False
    )
    op.create_index(
        "uq_program_nomination_standing",
        "program_nomination",
        ["quarter", "account"],
        unique=True,
        sqlite_where=sa.text("state IN ('nominated', 'waitlisted', 'approved', 'active')"),
        postgresql_where=sa.text("state IN ('nominated', 'waitlisted', 'approved', 'active')"),
    )
    op.create_table(
        "program_placement",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("group_name", sa.String(length=255), nullable=True),
        sa.Column("segment", sa.String(length=64), nullable=True),
        sa.Column("region", sa.String(length=64), nullable=True),
        sa.Column("vertical", sa.String(length=64), nullable=True),
        sa.Column("persona", sa.String(length=64), nullable=True),
        sa.Column("starts", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("decided_by", sa.String(length=255), nullable=False),
        sa.Column("decided_at", _TIME, nullable=False),
        sa.Column("nomination", sa.String(length=40), nullable=True),
        sa.Column("ended_by", sa.String(length=255), nullable=True),
        sa.Column("end_reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint("until IS NULL OR starts < until", name=op.f("ck_program_placement_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_placement")),
        sa.UniqueConstraint("account", "starts", name=op.f("uq_program_placement_account_starts")),
    )
    op.create_index(
        op.f("ix_program_placement_tier_starts"), "program_placement", ["tier", "starts"], unique=False
    )
    op.create_table(
        "program_plan",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account", sa.String(length=255), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.Column("ae", sa.String(length=255), nullable=True),
        sa.Column("ae_agreed_at", _TIME, nullable=True),
        sa.Column("marketing", sa.String(length=255), nullable=True),
        sa.Column("marketing_agreed_at", _TIME, nullable=True),
        sa.Column("made_by", sa.String(length=255), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("ended_by", sa.String(length=255), nullable=True),
        sa.Column("end_reason", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_plan")),
    )
    op.create_index(
        op.f("ix_program_plan_account_made_at"), "program_plan", ["account", "made_at"], unique=False
    )
    op.create_index(
        "uq_program_plan_open",
        "program_plan",
        ["account"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "program_play",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_by", sa.String(length=255), nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_program_play")),
    )
    op.create_table(
        "program_quarter",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("starts", _TIME, nullable=False),
        sa.Column("ends", _TIME, nullable=False),
        sa.Column("began_at", _TIME, nullable=False),
        sa.Column("summary", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_program_quarter")),
    )
    op.create_table(
        "program_settings",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_program_settings")),
    )
    op.create_table(
        "program_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_program_state_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_state")),
    )
    op.create_table(
        "program_campaign",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("play", sa.String(length=64), nullable=True),
        sa.Column("account", sa.String(length=255), nullable=True),
        sa.Column("plan_id", sa.String(length=40), nullable=True),
        sa.Column("personalised", sa.Boolean(), nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=True),
        sa.Column("group_name", sa.String(length=255), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("starts", _TIME, nullable=True),
        sa.Column("until", _TIME, nullable=True),
        sa.Column("document", _JSON, nullable=False),
        sa.Column("made_by", sa.String(length=255), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("began_at", _TIME, nullable=True),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.CheckConstraint("NOT personalised OR account IS NOT NULL", name=op.f("ck_program_campaign_whose")),
        sa.ForeignKeyConstraint(["plan_id"], ["program_plan.id"], name=op.f("fk_program_campaign_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_campaign")),
        sa.UniqueConstraint("external_id", name=op.f("uq_program_campaign_external_id")),
    )
    op.create_index(
        op.f("ix_program_campaign_account_starts"), "program_campaign", ["account", "starts"], unique=False
    )
    op.create_index(op.f("ix_program_campaign_name"), "program_campaign", ["name"], unique=False)
    op.create_index(
        "uq_program_campaign_running",
        "program_campaign",
        ["account"],
        unique=True,
        sqlite_where=sa.text("state = 'active' AND personalised"),
        postgresql_where=sa.text("state = 'active' AND personalised"),
    )
    op.create_table(
        "program_meeting",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("plan_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("agenda", _JSON, nullable=True),
        sa.Column("checklist", _JSON, nullable=False),
        sa.Column("notes", sa.String(length=4000), nullable=True),
        sa.Column("held_at", _TIME, nullable=True),
        sa.Column("held_by", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["program_plan.id"], name=op.f("fk_program_meeting_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_meeting")),
        sa.UniqueConstraint(
            "plan_id", "kind", "ordinal", name=op.f("uq_program_meeting_plan_id_kind_ordinal")
        ),
    )
    op.create_index(
        op.f("ix_program_meeting_held_at_due_at"), "program_meeting", ["held_at", "due_at"], unique=False
    )
    op.create_table(
        "program_verdict",
        sa.Column("nomination", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("by_id", sa.String(length=255), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["nomination"],
            ["program_nomination.id"],
            name=op.f("fk_program_verdict_nomination"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("nomination", "side", name=op.f("pk_program_verdict")),
    )
    op.create_table(
        "program_member",
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=330), nullable=False),
        sa.Column("contact", sa.String(length=255), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("status", sa.String(length=64), nullable=True),
        sa.Column("responded_at", _TIME, nullable=True),
        sa.Column("joined_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["program_campaign.id"],
            name=op.f("fk_program_member_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign_id", "person", name=op.f("pk_program_member")),
    )
    op.create_index(op.f("ix_program_member_contact"), "program_member", ["contact"], unique=False)
    op.create_index(op.f("ix_program_member_email"), "program_member", ["email"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_program_member_email"), table_name="program_member")
    op.drop_index(op.f("ix_program_member_contact"), table_name="program_member")
    op.drop_table("program_member")
    op.drop_table("program_verdict")
    op.drop_index(op.f("ix_program_meeting_held_at_due_at"), table_name="program_meeting")
    op.drop_table("program_meeting")
    op.drop_index(
        "uq_program_campaign_running",
        table_name="program_campaign",
        sqlite_where=sa.text("state = 'active' AND personalised"),
        postgresql_where=sa.text("state = 'active' AND personalised"),
    )
    op.drop_index(op.f("ix_program_campaign_name"), table_name="program_campaign")
    op.drop_index(op.f("ix_program_campaign_account_starts"), table_name="program_campaign")
    op.drop_table("program_campaign")
    op.drop_table("program_state")
    op.drop_table("program_settings")
    op.drop_table("program_quarter")
    op.drop_table("program_play")
    op.drop_index(
        "uq_program_plan_open",
        table_name="program_plan",
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(op.f("ix_program_plan_account_made_at"), table_name="program_plan")
    op.drop_table("program_plan")
    op.drop_index(op.f("ix_program_placement_tier_starts"), table_name="program_placement")
    op.drop_table("program_placement")
    op.drop_index(
        "uq_program_nomination_standing",
        table_name="program_nomination",
        sqlite_where=sa.text("state IN ('nominated', 'waitlisted', 'approved', 'active')"),
        postgresql_where=sa.text("state IN ('nominated', 'waitlisted', 'approved', 'active')"),
    )
    op.drop_index(op.f("ix_program_nomination_rep_made_at"), table_name="program_nomination")
    op.drop_index(op.f("ix_program_nomination_quarter_state"), table_name="program_nomination")
    op.drop_index(op.f("ix_program_nomination_account_made_at"), table_name="program_nomination")
    op.drop_table("program_nomination")
