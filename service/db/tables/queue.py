"""Who works on what waits for a person."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table

from service.db.tables.base import Instant, metadata

review_claim = Table(  # a lease on one open matter: of no meaning once it has run out
    "review_claim",
    metadata,
    Column("decision_id", String(40), primary_key=True),
    Column("holder", String(64), nullable=False),  # whoever holds it: one session of one person
    Column("who", String(255), nullable=False),  # as the others are told
    Column("until", Instant, nullable=False),
    Index(None, "until"),
)
