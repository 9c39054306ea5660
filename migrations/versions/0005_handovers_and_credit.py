"""Hand-overs, disputes and credit."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)

_FIGURES = """
INSERT INTO decision_figure (decision_id, at, received_at, source, tier, match_outcome, routing_outcome,
                             rule, rep, pool, started, contested, conflict, told, again)
SELECT d.id, d.at, {received}, d.source, {tier}, d.match_outcome, d.routing_outcome, d.rule, d.rep, d.pool,
       (SELECT min(s.id) FROM assignment s WHERE s.decision_id = d.id),
       EXISTS (SELECT 1 FROM {claims} AS claim WHERE {verdict} IN ('outranked', 'overturned')
               AND {claimed} <> coalesce(d.rep, '')),
       (SELECT min({settled}) FROM {claims} AS claim WHERE {verdict} = 'won'),
       (SELECT count(*) FROM delivery m WHERE m.decision_id = d.id AND m.type LIKE 'contact.%'),
       d.event_digest = ''
FROM decision d
"""

_ON_SQLITE = {
    "received": "strftime('%Y-%m-%d %H:%M:%f', d.body ->> '$.occurred_at') || '000'",
    "tier": "d.body ->> '$.facts.account.tier'",
    "claims": "json_each(d.body, '$.routing.claims')",
    "verdict": "claim.value ->> '$.verdict'",
    "claimed": "claim.value ->> '$.rep'",
    "settled": "claim.value ->> '$.conflict'",
}
_ON_POSTGRES = {
    "received": "(d.body ->> 'occurred_at')::timestamptz",
    "tier": "d.body #>> '{facts,account,tier}'",
    "claims": "jsonb_array_elements(d.body #> '{routing,claims}')",
    "verdict": "claim ->> 'verdict'",
    "claimed": "claim ->> 'rep'",
    "settled": "claim ->> 'conflict'",
}


def upgrade() -> None:
    _handovers()
    _disputes()
    _credit()
    _figures()
    with op.batch_alter_table("delivery", recreate=_recreate()) as table:
        table.add_column(sa.Column("overtaken", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_assignment_due_at"), "assignment", ["due_at"], unique=False)
    with op.batch_alter_table("assignment_clock", recreate=_recreate()) as table:
        table.add_column(sa.Column("paused_seconds", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index(op.f("ix_assignment_clock_due_at"), "assignment_clock", ["due_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_assignment_clock_due_at"), "assignment_clock")
    with op.batch_alter_table("assignment_clock", recreate=_recreate()) as table:
        table.drop_column("paused_seconds")
    op.drop_index(op.f("ix_assignment_due_at"), "assignment")
    with op.batch_alter_table("delivery", recreate=_recreate()) as table:
        table.drop_column("overtaken")
    for table in ("decision_figure", "credit", "dispute_step", "dispute", "handover_item", "handover"):
        op.drop_table(table)


def _handovers() -> None:
    op.create_table(
        "handover",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("rep", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("request", _JSON, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_by", sa.String(length=255), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("applied_by", sa.String(length=255), nullable=True),
        sa.Column("applied_at", _TIME, nullable=True),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("returns_at", _TIME, nullable=True),
        sa.Column("undone_by", sa.String(length=255), nullable=True),
        sa.Column("undone_at", _TIME, nullable=True),
        sa.Column("lease_until", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    op.create_index(op.f("ix_handover_rep_made_at"), "handover", ["rep", "made_at"], unique=False)
    op.create_index(op.f("ix_handover_state_lease_until"), "handover", ["state", "lease_until"], unique=False)
    op.create_table(
        "handover_item",
        sa.Column("id", _ID, nullable=False),
        sa.Column("handover_id", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.String(length=320), nullable=False),
        sa.Column("label", sa.String(length=340), nullable=True),
        sa.Column("role", sa.String(length=32), nullable=True),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("to_rep", sa.String(length=255), nullable=True),
        sa.Column("until", _TIME, nullable=True),
        sa.Column("seen", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("before", _JSON, nullable=True),
        sa.Column("after", _JSON, nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["handover.id"], name=op.f("fk_handover_item_handover_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover_item")),
        sa.UniqueConstraint("handover_id", "place", name=op.f("uq_handover_item_handover_id_place")),
    )
    op.create_index(
        op.f("ix_handover_item_handover_id_state_place"),
        "handover_item",
        ["handover_id", "state", "place"],
        unique=False,
    )


def _disputes() -> None:
    op.create_table(
        "dispute",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("assignment_id", sa.String(length=40), nullable=True),
        sa.Column("claimant", sa.String(length=255), nullable=False),
        sa.Column("holder", sa.String(length=255), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("evidence", _JSON, nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("due_at", _TIME, nullable=True),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("opened_by", sa.String(length=255), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("resolution", sa.String(length=16), nullable=True),
        sa.Column("resolved_by", sa.String(length=255), nullable=True),
        sa.Column("resolved_at", _TIME, nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("outcome", _JSON, nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_dispute_contact_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_dispute_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
    )
    op.create_index(op.f("ix_dispute_decision_id"), "dispute", ["decision_id"], unique=False)
    op.create_index(op.f("ix_dispute_opened_at"), "dispute", ["opened_at"], unique=False)
    op.create_index(op.f("ix_dispute_resolved_at_due_at"), "dispute", ["resolved_at", "due_at"], unique=False)
    op.create_index(
        "uq_dispute_open",
        "dispute",
        ["contact_id"],
        unique=True,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "dispute_step",
        sa.Column("id", _ID, nullable=False),
        sa.Column("dispute_id", sa.String(length=40), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("asked", _JSON, nullable=False),
        sa.Column("by", sa.String(length=255), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_step_dispute_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_step")),
        sa.UniqueConstraint(
            "dispute_id", "step", "level", name=op.f("uq_dispute_step_dispute_id_step_level")
        ),
    )


def _credit() -> None:
    op.create_table(
        "credit",
        sa.Column("id", _ID, nullable=False),
        sa.Column("contact_id", _ID, nullable=False),
        sa.Column("opportunity", sa.String(length=255), nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("rep", sa.String(length=255), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("rule", sa.String(length=128), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.CheckConstraint("share BETWEEN -1000000 AND 1000000 AND share <> 0", name=op.f("ck_credit_share")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_credit_contact_id")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_credit_decision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit")),
        sa.UniqueConstraint(
            "cause",
            "kind",
            "rep",
            "decision_id",
            "reason",
            name=op.f("uq_credit_cause_kind_rep_decision_id_reason"),
        ),
    )
    op.create_index(op.f("ix_credit_contact_id_kind"), "credit", ["contact_id", "kind"], unique=False)
    op.create_index(op.f("ix_credit_rep_at"), "credit", ["rep", "at"], unique=False)


def _figures() -> None:
    op.create_table(
        "decision_figure",
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("source", sa.String(length=128), nullable=True),
        sa.Column("tier", sa.String(length=64), nullable=True),
        sa.Column("match_outcome", sa.String(length=16), nullable=False),
        sa.Column("routing_outcome", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.String(length=128), nullable=True),
        sa.Column("rep", sa.String(length=255), nullable=True),
        sa.Column("pool", sa.String(length=128), nullable=True),
        sa.Column("started", sa.String(length=40), nullable=True),
        sa.Column("contested", sa.Boolean(), nullable=False),
        sa.Column("conflict", sa.String(length=128), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_decision_figure_decision_id")
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_decision_figure")),
    )
    op.create_index(op.f("ix_decision_figure_at"), "decision_figure", ["at"], unique=False)
    parts = _ON_POSTGRES if op.get_bind().dialect.name == "postgresql" else _ON_SQLITE
    op.execute(_FIGURES.format(**parts))


def _recreate() -> Literal["always", "never"]:
    """SQLite keeps the order of the columns' text only when the table is made anew."""
    return "always" if op.get_bind().dialect.name == "sqlite" else "never"
