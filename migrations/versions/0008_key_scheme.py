"""How the stored keys of accounts were made: keys made in another way find nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("corpus", sa.Column("key_scheme", sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.drop_column("corpus", "key_scheme")
