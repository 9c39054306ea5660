"""What the sources of the real tools need: how to reach the CRM, its records, how new what is known is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"

_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("source", sa.Column("crm", _JSON, nullable=True))
    op.add_column("inbox", sa.Column("record", sa.LargeBinary(), nullable=True))
    op.create_table(
        "heard",
        sa.Column("subject", sa.String(length=320), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_heard")),
    )


def downgrade() -> None:
    op.drop_table("heard")
    for table, column in (("inbox", "record"), ("source", "crm")):
        with op.batch_alter_table(table) as changed:
            changed.drop_column(column)
