"""The motion of what came in, narrow indexes of what the console counts, refused domains."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_CAME_IN = sa.text("NOT again AND routing_outcome <> 'superseded'")
_COUNTED = ("match_outcome", "routing_outcome", "rule")
_MOTION = {"sqlite": "d.body ->> '$.contact.motion'", "postgresql": "d.body #>> '{contact,motion}'"}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.create_table(
        "domain_refusal",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("support", sa.Integer(), nullable=False),
        sa.Column("refused_by", sa.String(length=255), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_domain_refusal_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "domain", name=op.f("pk_domain_refusal")),
    )
    op.create_index(op.f("ix_assignment_assigned_at"), "assignment", ["assigned_at"], unique=False)
    with op.batch_alter_table("decision_figure", recreate=_recreate()) as table:
        table.add_column(sa.Column("motion", sa.String(length=16), nullable=True))
    op.execute(
        f"UPDATE decision_figure SET motion = (SELECT {_MOTION[dialect]} FROM decision d "  # noqa: S608 - ours
        "WHERE d.id = decision_figure.decision_id)"
    )
    for name in _COUNTED:
        op.create_index(
            f"ix_decision_figure_{name}_came_in",
            "decision_figure",
            [name, "at"],
            unique=False,
            sqlite_where=_CAME_IN,
            postgresql_where=_CAME_IN,
        )


def downgrade() -> None:
    op.drop_index(op.f("ix_assignment_assigned_at"), "assignment")
    op.drop_table("domain_refusal")
    for name in _COUNTED:
        op.drop_index(f"ix_decision_figure_{name}_came_in", "decision_figure")
    with op.batch_alter_table("decision_figure", recreate=_recreate()) as table:
        table.drop_column("motion")


def _recreate() -> Literal["always", "never"]:
    """SQLite keeps the order of the columns' text only when the table is made anew."""
    return "always" if op.get_bind().dialect.name == "sqlite" else "never"
