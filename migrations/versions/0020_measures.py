"""What measures need of opportunities, and rates of currencies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_COLUMNS = (
    ("currency", sa.String(length=3)),
    ("iarr", sa.Numeric(precision=18, scale=2)),
    ("expected_close_at", sa.DateTime(timezone=True)),
    ("campaign", sa.String(length=255)),
    ("source", sa.String(length=128)),
)
_INDEXES = (
    ("opportunity", "opened_at"),
    ("opportunity", "closed_at"),
    ("activity", "at"),
    ("contact", "created_at"),
    ("assignment", "accepted_at"),
)


def upgrade() -> None:
    for name, kind in _COLUMNS:
        op.add_column("opportunity", sa.Column(name, kind))
    for table, column in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.create_table(
        "currency_rate",
        sa.Column("home", sa.String(length=3), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rate", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("home", "currency", "starts", name=op.f("pk_currency_rate")),
    )


def downgrade() -> None:
    op.drop_table("currency_rate")
    for table, column in reversed(_INDEXES):
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
    for name, _ in reversed(_COLUMNS):
        op.drop_column("opportunity", name)
