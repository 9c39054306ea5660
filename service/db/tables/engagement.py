"""Signals of accounts, what they add up to day by day, and what they activated.

How these rows are read:

- ``signal`` has one row for each signal. It is long (millions) and is read by account, by person or by
  page only; nothing that counts reads it.
- ``signal_day`` is the sum of an account's signals by kind and day: engagement over time, in any period.
  ``signal_person_day`` says which people of an account engaged on a day: distinct people in any period are
  ``count(DISTINCT person)`` over its days.
- ``signal_kind`` is an account's decayed sum by kind, of which its score now is made
  (`service.engagement.core.score`); ``signal_stage`` the buying stage that each source says last;
  ``signal_account`` what was heard of an account last.
- ``activation`` has one row each time that an account was activated. Those of one account are numbered, and
  the times for which they stand, from ``at`` up to ``until``, do not overlap.

Days are whole days in UTC, counted from 1970-01-01 (`service.engagement.core.days`). Weights are whole
thousandths of a signal, so that sums are exact in any order and a signal can be taken out of them again.
Whoever changes the sums of an account has its row of ``signal_account`` locked first. All of them are written
in the transaction of the signal. Accounts and people stand here by external ids and addresses, as elsewhere.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    text,
)

from service.db.tables.base import Instant, Json, RowId, metadata

UNPLACED = text("account IS NULL")

signal = Table(
    "signal",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("source", String(64), nullable=False),  # who says so: "6sense", a webhook's name, ...
    Column("external_id", String(255), nullable=False),  # the source's; else made of what it says
    Column("kind", String(64), nullable=False),  # service.engagement.core.signals.KINDS, or one's own
    Column("at", Instant, nullable=False),
    Column("weight", Integer, nullable=False),  # how strong it is, in thousandths
    Column("score", Float),  # what the source said of its strength, 0 to 100
    Column("topic", String(255)),
    Column("stage", String(64)),
    Column("campaign", String(255)),
    Column("person", String(330)),  # "id:..." or "email:...": who it was, as in program_member
    Column("contact", String(255)),
    Column("email", String(320)),
    Column("said", Json, nullable=False),  # what it says of its account: account, domain, company, country
    Column("account", String(255)),  # whose it is; null: nobody knows yet
    Column("outcome", String(16), nullable=False),  # service.engagement.core.signals.Placed
    Column("likely", Json),  # of one in review: the accounts between which the match could not choose
    Column("placed_by", String(255)),  # who put it on the account, where a person did
    Column("placed_at", Instant),
    Column("tried_at", Instant, nullable=False),  # when it was matched last
    Column("received_at", Instant, nullable=False),
    UniqueConstraint("source", "external_id"),
    Index(None, "account", "at"),
    Index(None, "contact"),
    Index(None, "email"),
    Index("ix_signal_unplaced", "id", sqlite_where=UNPLACED, postgresql_where=UNPLACED),
    Index("ix_signal_untried", "tried_at", sqlite_where=UNPLACED, postgresql_where=UNPLACED),
)

signal_account = Table(  # the row that whoever adds signals to an account has locked
    "signal_account",
    metadata,
    Column("account", String(255), primary_key=True),
    Column("signals", BigInteger, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("topic", String(255)),  # of the newest signal that names one, and
    Column("topic_at", Instant),  # when that was
    Index(None, "last_at"),
)

signal_kind = Table(  # the decayed sum of an account's signals of a kind, as it was on a day
    "signal_kind",
    metadata,
    Column("account", String(255), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("day", Integer, nullable=False),  # of the newest of them
    Column("value", Float, nullable=False),  # in signals: of full strength on that day, it counts as 1
    Column("half_life", Float, nullable=False),  # the settings with which it was made: in days, and
    Column("most_a_day", Integer, nullable=False),  # how many of a day count
    PrimaryKeyConstraint("account", "kind"),
)

signal_day = Table(
    "signal_day",
    metadata,
    Column("account", String(255), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("day", Integer, nullable=False),
    Column("signals", Integer, nullable=False),
    Column("weight", BigInteger, nullable=False),  # the sum of theirs, in thousandths
    PrimaryKeyConstraint("account", "kind", "day"),
    Index(None, "day", "account"),
)

signal_person_day = Table(
    "signal_person_day",
    metadata,
    Column("account", String(255), nullable=False),
    Column("day", Integer, nullable=False),
    Column("person", String(330), nullable=False),
    Column("signals", Integer, nullable=False),
    PrimaryKeyConstraint("account", "day", "person"),
    Index(None, "day", "account"),
    Index(None, "person"),
)

signal_stage = Table(  # the buying stage that a source says an account is in, the newest of each
    "signal_stage",
    metadata,
    Column("account", String(255), nullable=False),
    Column("source", String(64), nullable=False),
    Column("stage", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("account", "source"),
)

UNDECIDED = text("decided_at IS NULL")

activation = Table(
    "activation",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("account", String(255), nullable=False),
    Column("number", Integer, nullable=False),  # the account's first, second, ...: two at once are refused
    Column("kind", String(16), nullable=False),  # service.engagement.core.activation.Trigger
    Column("at", Instant, nullable=False),
    Column("until", Instant, nullable=False),  # none before that
    Column("tier", String(16)),  # of the account in the program at that moment
    Column("score", Float, nullable=False),
    Column("people", Integer, nullable=False),
    Column("topic", String(255)),
    Column("stage", String(64)),
    Column("document", Json, nullable=False),  # what it rests on: the people, and the signals that count most
    Column("settings", Integer, nullable=False),  # the version of the program's settings
    Column("decision_id", String(40)),  # what the rules made of it
    Column("decided_at", Instant),  # null: it waits to be decided
    Column("problem", String(500)),  # why it could not be decided so far
    CheckConstraint("at < until", name="order"),
    UniqueConstraint("account", "number"),
    Index(None, "at", "id"),
    Index("ix_activation_undecided", "at", sqlite_where=UNDECIDED, postgresql_where=UNDECIDED),
)
