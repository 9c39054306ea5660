"""What a pool is told about turns, caps and ramps, and what its ledger tells."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"

_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_INSTANT = sa.DateTime(timezone=True)

_AMOUNTS = {"draw": 0, "leave": 0, "missed": 1, "give_back": -1}
"""What the entries so far added to the credit. Of the others it is not known."""


def _recreate() -> Literal["always", "never"]:
    """SQLite writes a table with a new column as ours are written only when it makes the table anew."""
    return "always" if op.get_bind().dialect.name == "sqlite" else "never"


def upgrade() -> None:
    with op.batch_alter_table("pool", recreate=_recreate()) as table:
        table.add_column(sa.Column("reset_at", _INSTANT, nullable=True))
    with op.batch_alter_table("pool_member", recreate=_recreate()) as table:
        table.add_column(sa.Column("percent", sa.Integer(), nullable=False, server_default="100"))
        table.add_column(sa.Column("since", _INSTANT, nullable=True))
        table.add_column(sa.Column("starts", _INSTANT, nullable=True))
        table.add_column(sa.Column("until", _INSTANT, nullable=True))
        table.add_column(sa.Column("caps", _JSON, nullable=True))
        table.add_column(sa.Column("named", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("turn", recreate=_recreate()) as table:
        table.add_column(sa.Column("amount", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("weight", sa.Integer(), nullable=True))
        table.add_column(sa.Column("gives_back", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("skipped", _JSON, nullable=True))
        table.add_column(sa.Column("said_by", sa.String(length=255), nullable=True))
    op.create_index("uq_turn_gives_back", "turn", ["pool_id", "gives_back"], unique=True)
    op.create_index(op.f("ix_turn_pool_id_rep_at"), "turn", ["pool_id", "rep", "at"], unique=False)
    op.create_index(op.f("ix_turn_rep_at"), "turn", ["rep", "at"], unique=False)
    turn = sa.table("turn", sa.column("kind", sa.String()), sa.column("amount", sa.BigInteger()))
    for kind, amount in _AMOUNTS.items():
        op.execute(turn.update().where(turn.c.kind == kind).values(amount=amount))
    with op.batch_alter_table("rep", recreate=_recreate()) as table:
        table.add_column(sa.Column("caps", _JSON, nullable=True))
        table.add_column(sa.Column("open_cap", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_assignment_rep_assigned_at"), "assignment", ["rep", "assigned_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_assignment_rep_assigned_at"), "assignment")
    with op.batch_alter_table("rep", recreate=_recreate()) as table:
        table.drop_column("open_cap")
        table.drop_column("caps")
    for index in (op.f("ix_turn_rep_at"), op.f("ix_turn_pool_id_rep_at"), "uq_turn_gives_back"):
        op.drop_index(index, "turn")
    with op.batch_alter_table("turn", recreate=_recreate()) as table:
        for column in ("said_by", "skipped", "gives_back", "weight", "amount"):
            table.drop_column(column)
    with op.batch_alter_table("pool_member", recreate=_recreate()) as table:
        for column in ("named", "caps", "until", "starts", "since", "percent"):
            table.drop_column(column)
    with op.batch_alter_table("pool", recreate=_recreate()) as table:
        table.drop_column("reset_at")
