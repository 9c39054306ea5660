"""What a match reads of an account's domains stands in the index of their key, on PostgreSQL.

A million accounts take a second, in which the table is locked.
"""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"

_DROP = "ALTER TABLE account_domain DROP CONSTRAINT pk_account_domain"
_ADD = "ALTER TABLE account_domain ADD CONSTRAINT pk_account_domain PRIMARY KEY (account_id, domain, source)"


def _on_postgres() -> bool:
    return op.get_context().dialect.name == "postgresql"


def upgrade() -> None:
    if _on_postgres():
        op.execute(_DROP)
        op.execute(f"{_ADD} INCLUDE (support, quarantined)")


def downgrade() -> None:
    if _on_postgres():
        op.execute(_DROP)
        op.execute(_ADD)
