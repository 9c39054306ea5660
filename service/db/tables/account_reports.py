"""360 reports on strategic accounts: each is asked for once, made by a worker, and kept.

What changed since the last one is told from it. A report holds figures and what people are
known by (`service.account_report.values`): their names are read when it is shown.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, String, Table, UniqueConstraint

from service.db.tables.base import Instant, Json, metadata

account_report = Table(
    "account_report",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("account", String(255), nullable=False),
    Column("reason", String(16), nullable=False),  # service.account_report.values.Reason
    Column(
        "subject", String(64), nullable=False
    ),  # the quarter, the campaign; of one that was asked for: its id
    Column("since", Instant, nullable=False),  # what the report is about
    Column("until", Instant, nullable=False),
    Column("asked_by", String(255), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("made_at", Instant),  # null: it is still to be made
    Column("document", Json),  # service.account_report.values.Report
    CheckConstraint("since < until", name="order"),
    UniqueConstraint("account", "reason", "subject"),
    Index(None, "account", "asked_at"),
)
