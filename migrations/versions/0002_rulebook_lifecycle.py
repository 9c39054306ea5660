"""How a rulebook is approved, scheduled, planned and watched, and tried beside another system."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

_ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "draft_author",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_draft_author")),
    )
    op.create_table(
        "shadow_mode",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sources", _JSON, nullable=True),
        sa.Column("owner_field", sa.String(length=200), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_shadow_mode_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shadow_mode")),
    )
    op.create_table(
        "plan",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("before_version", sa.String(length=64), nullable=False),
        sa.Column("after_version", sa.String(length=64), nullable=False),
        sa.Column("after_text", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=True),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", _JSON, nullable=True),
        sa.Column("problem", sa.String(length=1000), nullable=True),
        sa.ForeignKeyConstraint(
            ["before_version"], ["rulebook.version"], name=op.f("fk_plan_before_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
    )
    op.create_index(op.f("ix_plan_state_created_at"), "plan", ["state", "created_at"], unique=False)
    op.create_table(
        "plan_change",
        sa.Column("plan_id", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("before_rule", sa.String(length=128), nullable=True),
        sa.Column("after_rule", sa.String(length=128), nullable=True),
        sa.Column("before_rep", sa.String(length=255), nullable=True),
        sa.Column("after_rep", sa.String(length=255), nullable=True),
        sa.Column("before_pool", sa.String(length=128), nullable=True),
        sa.Column("after_pool", sa.String(length=128), nullable=True),
        sa.Column("before_outcome", sa.String(length=16), nullable=False),
        sa.Column("after_outcome", sa.String(length=16), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("region", sa.String(length=200), nullable=True),
        sa.Column("tier", sa.String(length=128), nullable=True),
        sa.Column("body", _JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plan.id"], name=op.f("fk_plan_change_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "place", name=op.f("pk_plan_change")),
    )
    op.create_table(
        "rulebook_alarm",
        sa.Column("id", _ROW, nullable=False),
        sa.Column("publication_id", _ROW, nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("measure", sa.String(length=160), nullable=False),
        sa.Column("before_count", sa.Integer(), nullable=False),
        sa.Column("before_total", sa.Integer(), nullable=False),
        sa.Column("now_count", sa.Integer(), nullable=False),
        sa.Column("now_total", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_rulebook_alarm_publication_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulebook_alarm")),
        sa.UniqueConstraint(
            "publication_id", "measure", name=op.f("uq_rulebook_alarm_publication_id_measure")
        ),
    )
    op.create_table(
        "rulebook_schedule",
        sa.Column("id", _ROW, nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("base", sa.String(length=64), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=255), nullable=True),
        sa.Column("problems", _JSON, nullable=True),
        sa.Column("publication_id", _ROW, nullable=True),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_rulebook_schedule_publication_id")
        ),
        sa.ForeignKeyConstraint(["version"], ["rulebook.version"], name=op.f("fk_rulebook_schedule_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulebook_schedule")),
    )
    op.create_index(op.f("ix_rulebook_schedule_state_at"), "rulebook_schedule", ["state", "at"], unique=False)
    op.create_table(
        "shadow_case",
        sa.Column("contact_id", _ROW, autoincrement=False, nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule", sa.String(length=128), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("rep", sa.String(length=255), nullable=True),
        sa.Column("pool", sa.String(length=128), nullable=True),
        sa.Column("incumbent", sa.String(length=255), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_shadow_case_contact_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_shadow_case_decision_id")),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_shadow_case")),
    )
    op.create_index(op.f("ix_shadow_case_at"), "shadow_case", ["at"], unique=False)
    op.create_index(op.f("ix_shadow_case_decision_id"), "shadow_case", ["decision_id"], unique=False)
    op.create_table(
        "rulebook_review",
        sa.Column("id", _ROW, nullable=False),
        sa.Column("etag", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("reviewer", sa.String(length=255), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("schedule_id", _ROW, nullable=True),
        sa.Column("publication_id", _ROW, nullable=True),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publication.id"], name=op.f("fk_rulebook_review_publication_id")
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["rulebook_schedule.id"], name=op.f("fk_rulebook_review_schedule_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulebook_review")),
    )
    op.create_index(
        op.f("ix_rulebook_review_publication_id"), "rulebook_review", ["publication_id"], unique=False
    )
    op.create_index(op.f("ix_rulebook_review_schedule_id"), "rulebook_review", ["schedule_id"], unique=False)
    op.create_index(op.f("ix_rulebook_review_version"), "rulebook_review", ["version"], unique=False)
    op.create_table(
        "policy_activation",
        sa.Column("id", _ROW, nullable=False),
        sa.Column("version", sa.String(length=64), nullable=True),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["version"], ["policy.version"], name=op.f("fk_policy_activation_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_activation")),
    )
    op.create_index(
        "ix_decision_shares",
        "decision",
        ["at", "rule", "routing_outcome", "match_outcome", "rulebook_version"],
        unique=False,
    )
    _demand_decision(False)


def downgrade() -> None:
    _demand_decision(True)
    op.drop_index("ix_decision_shares", table_name="decision")
    op.drop_table("policy_activation")
    op.drop_index(op.f("ix_rulebook_review_version"), table_name="rulebook_review")
    op.drop_index(op.f("ix_rulebook_review_schedule_id"), table_name="rulebook_review")
    op.drop_index(op.f("ix_rulebook_review_publication_id"), table_name="rulebook_review")
    op.drop_table("rulebook_review")
    op.drop_index(op.f("ix_shadow_case_decision_id"), table_name="shadow_case")
    op.drop_index(op.f("ix_shadow_case_at"), table_name="shadow_case")
    op.drop_table("shadow_case")
    op.drop_index(op.f("ix_rulebook_schedule_state_at"), table_name="rulebook_schedule")
    op.drop_table("rulebook_schedule")
    op.drop_table("rulebook_alarm")
    op.drop_table("plan_change")
    op.drop_index(op.f("ix_plan_state_created_at"), table_name="plan")
    op.drop_table("plan")
    op.drop_table("shadow_mode")
    op.drop_table("draft_author")


def _demand_decision(needed: bool) -> None:
    """Messages need not be about a contact any more; going back forgets those that are not."""
    if needed:
        op.execute("DELETE FROM delivery WHERE contact_id IS NULL OR decision_id IS NULL")
    with op.batch_alter_table("delivery") as table:
        table.alter_column("contact_id", existing_type=_ROW, nullable=not needed)
        table.alter_column("decision_id", existing_type=sa.String(40), nullable=not needed)
