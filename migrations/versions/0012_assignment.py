"""Figures name the conflict that decided by a preference, too; before only one with its own outcome."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"

_PREFERRED = """
UPDATE decision_figure SET conflict = (
    SELECT min({settled}) FROM decision d, {claims} AS claim
    WHERE d.id = decision_figure.decision_id AND {verdict} = 'overturned')
WHERE conflict IS NULL
"""

_ON_SQLITE = {
    "claims": "json_each(d.body, '$.routing.claims')",
    "verdict": "claim.value ->> '$.verdict'",
    "settled": "claim.value ->> '$.conflict'",
}
_ON_POSTGRES = {
    "claims": "jsonb_array_elements(d.body #> '{routing,claims}')",
    "verdict": "claim ->> 'verdict'",
    "settled": "claim ->> 'conflict'",
}


def upgrade() -> None:
    parts = _ON_POSTGRES if op.get_bind().dialect.name == "postgresql" else _ON_SQLITE
    op.execute(_PREFERRED.format(**parts))


def downgrade() -> None:
    pass
