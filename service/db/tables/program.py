"""The account-based program: its settings, who is in which tier, nominations, plans and campaigns.

Accounts, reps and contacts stand here by their external ids, as everywhere: the
program's history outlives an account that is deleted. Every change of a tier and
every approval takes the row of `program_state` first, so two never see the same free place.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
    text,
)

from service.db.tables.base import Instant, Json, RowId, metadata

program_state = Table(  # one row, which whoever changes tiers or approves has locked
    "program_state",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("changes", Integer, nullable=False),  # how often it was taken
    CheckConstraint("id = 1", name="single"),
)

program_settings = Table(  # append-only: the newest version is in force
    "program_settings",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("document", Json, nullable=False),  # service.program.core.settings.ProgramSettings
    Column("author", String(255), nullable=False),
    Column("reason", String(500)),
    Column("at", Instant, nullable=False),
)

program_placement = Table(  # an account's tiers in time: spans of one account never overlap
    "program_placement",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("account", String(255), nullable=False),
    Column("tier", String(16), nullable=False),  # routing.types.facts.ProgramTier
    Column("group_name", String(255)),  # made of the four that follow; null for strategic
    Column("segment", String(64)),
    Column("region", String(64)),
    Column("vertical", String(64)),
    Column("persona", String(64)),
    Column("starts", Instant, nullable=False),
    Column("until", Instant),  # half-open; null: until somebody decides otherwise
    Column("reason", String(500), nullable=False),
    Column("decided_by", String(255), nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("nomination", String(40)),  # the approval it comes from
    Column("ended_by", String(255)),  # who cut it short, and
    Column("end_reason", String(500)),  # why
    CheckConstraint("until IS NULL OR starts < until", name="order"),
    UniqueConstraint("account", "starts"),
    Index(None, "tier", "starts"),
)

STANDING_NOMINATION = text("state IN ('nominated', 'waitlisted', 'approved', 'active')")

program_nomination = Table(
    "program_nomination",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("quarter", String(16), nullable=False),  # such as "FY2027-Q1"
    Column("starts", Instant, nullable=False),  # of the quarter, and
    Column("ends", Instant, nullable=False),  # of the term that an approval gives
    Column("account", String(255), nullable=False),
    Column("rep", String(255), nullable=False),  # who nominates
    Column("note", String(2000)),
    Column("claims", Json, nullable=False),  # the criteria that the rep says hold, each with what was said
    Column("evidence", Json, nullable=False),  # of each criterion: whether it holds, and the rows it rests on
    Column("evidence_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),  # service.program.core.review.State
    Column("place", Integer),  # on the waitlist, 1 first
    Column("reason", String(500)),  # of what was decided last
    Column("made_by", String(255), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("settled_at", Instant),  # when its state last changed
    Column("settled_by", String(255)),
    Index(
        "uq_program_nomination_standing",
        "quarter",
        "account",
        unique=True,
        sqlite_where=STANDING_NOMINATION,
        postgresql_where=STANDING_NOMINATION,
    ),
    Index(None, "quarter", "state"),
    Index(None, "account", "made_at"),
    Index(None, "rep", "made_at"),
)

program_verdict = Table(  # what one side says of a nomination; said again, it is replaced
    "program_verdict",
    metadata,
    Column("nomination", String(40), ForeignKey("program_nomination.id", ondelete="CASCADE"), nullable=False),
    Column("side", String(16), nullable=False),  # "sales", "marketing"
    Column("verdict", String(16)),  # service.program.core.review.Verdict; null: only ranked so far
    Column("rank", Integer),  # 1 first
    Column("reason", String(500)),
    Column("by", String(255), nullable=False),
    Column("by_id", String(255), nullable=False),  # the key's or person's: two sides are two callers
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("nomination", "side"),
)

program_quarter = Table(  # a quarter that has begun: the row is written once, by whoever is first
    "program_quarter",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("starts", Instant, nullable=False),
    Column("ends", Instant, nullable=False),
    Column("began_at", Instant, nullable=False),  # when what belongs to its start was done
    Column("summary", Json, nullable=False),  # who entered, stayed and left, what lapsed
)

program_play = Table(  # plays added to those that ship, or changed
    "program_play",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("document", Json, nullable=False),  # service.program.core.plays.Play
    Column("active", Boolean, nullable=False),
    Column("updated_by", String(255), nullable=False),
    Column("updated_at", Instant, nullable=False),
)

OPEN_PLAN = text("ended_at IS NULL")

program_plan = Table(
    "program_plan",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("account", String(255), nullable=False),
    Column("revision", Integer, nullable=False),  # agreement is to a revision
    Column("document", Json, nullable=False),  # goals, reach, personalise, measure: core.plans.Plan
    Column("ae", String(255)),  # the rep who agreed for sales, and
    Column("ae_agreed_at", Instant),
    Column("marketing", String(255)),  # who did for marketing
    Column("marketing_agreed_at", Instant),
    Column("made_by", String(255), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", String(255)),
    Column("end_reason", String(500)),
    Index("uq_program_plan_open", "account", unique=True, sqlite_where=OPEN_PLAN, postgresql_where=OPEN_PLAN),
    Index(None, "account", "made_at"),
)

RUNNING_PERSONAL = text("state = 'active' AND personalised")

program_campaign = Table(  # ours, and those of the CRM that contacts are members of
    "program_campaign",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("external_id", String(255), unique=True),  # the CRM's
    Column("name", String(255), nullable=False),
    Column("play", String(64)),
    Column("account", String(255)),  # of a personalised one: the account it is for
    Column("plan_id", String(40), ForeignKey("program_plan.id")),
    Column("personalised", Boolean, nullable=False),
    Column("tier", String(16)),  # of the others: whom they are for
    Column("group_name", String(255)),
    Column("state", String(16), nullable=False),  # service.program.core.plans.CampaignState
    Column("starts", Instant),
    Column("until", Instant),
    Column("document", Json, nullable=False),  # content, audience, goal
    Column("made_by", String(255), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("began_at", Instant),  # when it became active, and
    Column("ended_at", Instant),  # when it was over
    CheckConstraint("NOT personalised OR account IS NOT NULL", name="whose"),
    Index(
        "uq_program_campaign_running",
        "account",
        unique=True,
        sqlite_where=RUNNING_PERSONAL,
        postgresql_where=RUNNING_PERSONAL,
    ),
    Index(None, "account", "starts"),
    Index(None, "name"),
)

program_member = Table(  # a person in a campaign, known by the contact's external id or e-mail address
    "program_member",
    metadata,
    Column("campaign_id", String(40), ForeignKey("program_campaign.id", ondelete="CASCADE"), nullable=False),
    Column("person", String(330), nullable=False),  # "id:..." or "email:...": whom the row is about
    Column("contact", String(255)),
    Column("email", String(320)),
    Column("status", String(64)),
    Column("responded_at", Instant),
    Column("joined_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    PrimaryKeyConstraint("campaign_id", "person"),
    Index(None, "contact"),
    Index(None, "email"),
)

program_meeting = Table(  # a plan's reviews and focus sessions, each planned once
    "program_meeting",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("plan_id", String(40), ForeignKey("program_plan.id"), nullable=False),
    Column("kind", String(16), nullable=False),  # "review", "focus"
    Column("ordinal", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("since", Instant, nullable=False),  # the agenda is of what changed from then on
    Column("agenda", Json),  # made when it is due; null before
    Column("checklist", Json, nullable=False),  # [{"item", "done_at", "done_by"}, ...]
    Column("notes", String(4000)),
    Column("held_at", Instant),
    Column("held_by", String(255)),
    UniqueConstraint("plan_id", "kind", "ordinal"),
    Index(None, "held_at", "due_at"),
)
