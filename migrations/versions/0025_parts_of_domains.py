"""The host below a domain that is all an account has of it (ng.acme.com), where it is listed or learned so.

What a match reads of an account's domains stands in the index of their key, on PostgreSQL: making it anew
takes a second for a million accounts, in which the table is locked.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_DROP = "ALTER TABLE account_domain DROP CONSTRAINT pk_account_domain"
_ADD = "ALTER TABLE account_domain ADD CONSTRAINT pk_account_domain PRIMARY KEY (account_id, domain, source)"


def _include(columns: str) -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(_DROP)
        op.execute(f"{_ADD} INCLUDE ({columns})")


def upgrade() -> None:
    op.add_column("account_domain", sa.Column("part", sa.String(253)))
    _include("support, quarantined, part")


def downgrade() -> None:
    _include("support, quarantined")
    with op.batch_alter_table("account_domain") as table:
        table.drop_column("part")
