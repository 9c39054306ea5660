"""What an account's other names are: former ones, brands, translations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"


def upgrade() -> None:
    op.add_column(
        "account_alias", sa.Column("kind", sa.String(length=16), nullable=False, server_default="other")
    )


def downgrade() -> None:
    op.drop_column("account_alias", "kind")
