"""Runs the revisions on the connection it is given, inside the caller's transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from service.db.tables import Instant, metadata

_JSON = 'sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")'
_ROW_ID = 'sa.BigInteger().with_variant(sa.Integer(), "sqlite")'


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column types in a revision as SQLAlchemy's own: a revision never imports the tables."""
    if kind != "type":
        return False
    if isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    variants = getattr(item, "_variant_mapping", {})
    if "postgresql" in variants:
        return _JSON
    return _ROW_ID if "sqlite" in variants else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=False,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
