"""What measures need beside what is recorded anyway: what currencies were worth."""

from __future__ import annotations

from sqlalchemy import Column, PrimaryKeyConstraint, String, Table

from service.db.tables.base import Instant, metadata

currency_rate = Table(  # a rate holds from its day until the next one of the pair
    "currency_rate",
    metadata,
    Column("home", String(3), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("starts", Instant, nullable=False),  # midnight UTC of the day
    Column("rate", String(32), nullable=False),  # what one unit is in the home currency, as a plain decimal
    PrimaryKeyConstraint("home", "currency", "starts"),
)
