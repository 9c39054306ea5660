"""What one match reads stands in indexes: how many unlike names share a domain, and the ids of accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0021"

_BEFORE = "ix_account_domain_domain_account_id"
_AFTER = "ix_account_domain_domain_account_id_name_key"
_IDS = "ix_account_id_external_id"
_FILL = "UPDATE account_domain SET name_key = (SELECT a.name_key FROM account a WHERE a.id = account_id)"


def _on_postgres() -> bool:
    return op.get_context().dialect.name == "postgresql"


def upgrade() -> None:
    op.add_column("account_domain", sa.Column("name_key", sa.BigInteger(), nullable=True))
    op.execute(_FILL)
    op.drop_index(op.f(_BEFORE), table_name="account_domain")
    op.create_index(op.f(_AFTER), "account_domain", ["domain", "account_id", "name_key"], unique=False)
    if _on_postgres():
        op.create_index(op.f(_IDS), "account", ["id", "external_id"], unique=False)


def downgrade() -> None:
    if _on_postgres():
        op.drop_index(op.f(_IDS), table_name="account")
    op.drop_index(op.f(_AFTER), table_name="account_domain")
    op.create_index(op.f(_BEFORE), "account_domain", ["domain", "account_id"], unique=False)
    op.drop_column("account_domain", "name_key")
