"""People: the reps and when they are away."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from service.db.tables.base import Instant, Json, RowId, metadata

rep = Table(
    "rep",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("external_id", String(255), nullable=False, unique=True),
    Column("name", String(256), nullable=False),
    Column("email", String(320)),
    Column("role", String(64)),
    Column("team", String(128)),
    Column("manager", String(255)),
    Column("time_zone", String(64), nullable=False),
    Column("working_hours", Json, nullable=False),  # [[weekday, start minute, end minute], ...]
    Column("active", Boolean, nullable=False),
    Column("holidays", String(16)),  # ISO 3166: whose public holidays the rep has
    Column("days_off", Json),  # further dates without work, and
    Column("days_on", Json),  # holidays that are worked
    Column("offline_since", Instant),
    Column("offline_until", Instant),
    Column("offline_reason", String(500)),
    Column("offline_by", String(255)),
    Column("custom", Json, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("caps", Json),  # {"day": 20, ...}: turns over all pools
    Column("open_cap", Integer),
)

rep_absence = Table(
    "rep_absence",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("rep", String(255), nullable=False),
    Column("start", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("cover", String(255)),
    Column("reason", String(500)),
    Column("handback", String(16)),  # routing.types.people.Handback; null: return
    Column("feed", Boolean),  # it came from the rep's calendar, which replaces it; null: no
    CheckConstraint("start < until", name="order"),
    Index(None, "rep", "until"),
)

rep_busy = Table(  # meetings of the calendar, for reps whose calendar says that they count
    "rep_busy",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("rep", String(255), nullable=False),
    Column("start", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    CheckConstraint("start < until", name="order"),
    Index(None, "rep", "until"),
)

rep_calendar = Table(  # the calendar a rep's absences are read from
    "rep_calendar",
    metadata,
    Column("rep", String(255), primary_key=True),
    Column("url", String(2048)),  # null: the text was sent
    Column("text", Text),  # as it was last read: what repeats is unrolled anew as time goes by
    Column("busy", Boolean, nullable=False),  # meetings count as well, where a pool respects hours
    Column("etag", String(256)),
    Column("read_at", Instant),
    Column("next_at", Instant, nullable=False),  # when it is read again; while a worker does, its claim's end
    Column("failures", Integer, nullable=False),
    Column("problem", String(500)),
    Column("notes", Json),  # events that could not be read
    Column("updated_at", Instant, nullable=False),
    Index(None, "next_at"),
)

company_day = Table(  # days off of everybody, a country or a team, and holidays that are worked
    "company_day",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("date", Date, nullable=False),
    Column("region", String(16), nullable=False),  # of reps with these holidays; empty: everybody
    Column("team", String(128), nullable=False),  # empty: every team
    Column("name", String(256), nullable=False),
    Column("works", Boolean, nullable=False),  # true: a working day, though it may be a holiday
    UniqueConstraint("date", "region", "team"),
)
