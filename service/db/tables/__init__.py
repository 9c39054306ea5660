"""The schema, for SQLite and PostgreSQL alike. Rows live in this folder only.

People, accounts and opportunities refer to each other by the CRM's external
ids, not by our row numbers: a file of accounts may name an owner or a parent
that arrives later, and a reference that dangles today is whole tomorrow.
Row numbers serve the tables that are large and hot (keys, domains).
Constraints repeat what the code promises: one decision for an event, one
active assignment for a contact, one turn number in a pool.
"""

from __future__ import annotations

from service.db.tables.access import audit, audit_head, erased_id, erasure, one_time, person, session
from service.db.tables.account_reports import account_report
from service.db.tables.accounts import (
    account,
    account_alias,
    account_domain,
    account_key,
    account_role,
    account_tier,
    activity,
    corpus,
    domain_refusal,
    hot_key,
    opportunity,
)
from service.db.tables.base import Instant, Json, RowId, metadata
from service.db.tables.clocks import assignment_clock, timer
from service.db.tables.decisions import ACTIVE, STANDING, assignment, contact, decision, match_memory, waiting
from service.db.tables.deployment import api_key, idempotency, instance
from service.db.tables.engagement import (
    activation,
    signal,
    signal_account,
    signal_day,
    signal_kind,
    signal_person_day,
    signal_stage,
)
from service.db.tables.exchange import (
    LEASED,
    delivery,
    destination,
    heard,
    import_run,
    inbox,
    link_use,
    source,
)
from service.db.tables.handovers import (
    CAME_IN,
    credit,
    decision_figure,
    dispute,
    dispute_step,
    handover,
    handover_item,
)
from service.db.tables.lifecycle import (
    draft_author,
    plan,
    plan_change,
    rulebook_alarm,
    rulebook_review,
    rulebook_schedule,
    shadow_case,
    shadow_mode,
)
from service.db.tables.measures import currency_rate
from service.db.tables.people import company_day, rep, rep_absence, rep_busy, rep_calendar
from service.db.tables.pools import pool, pool_member, turn
from service.db.tables.program import (
    program_campaign,
    program_meeting,
    program_member,
    program_nomination,
    program_placement,
    program_plan,
    program_play,
    program_quarter,
    program_settings,
    program_state,
    program_verdict,
)
from service.db.tables.queue import review_claim
from service.db.tables.rulebooks import (
    lint_result,
    policy,
    policy_activation,
    publication,
    rulebook,
    rulebook_state,
)

__all__ = [
    "ACTIVE",
    "CAME_IN",
    "LEASED",
    "STANDING",
    "Instant",
    "Json",
    "RowId",
    "account",
    "account_alias",
    "account_domain",
    "account_key",
    "account_report",
    "account_role",
    "account_tier",
    "activation",
    "activity",
    "api_key",
    "assignment",
    "assignment_clock",
    "audit",
    "audit_head",
    "company_day",
    "contact",
    "corpus",
    "credit",
    "currency_rate",
    "decision",
    "decision_figure",
    "delivery",
    "destination",
    "dispute",
    "dispute_step",
    "domain_refusal",
    "draft_author",
    "erased_id",
    "erasure",
    "handover",
    "handover_item",
    "heard",
    "hot_key",
    "idempotency",
    "import_run",
    "inbox",
    "instance",
    "link_use",
    "lint_result",
    "match_memory",
    "metadata",
    "one_time",
    "opportunity",
    "person",
    "plan",
    "plan_change",
    "policy",
    "policy_activation",
    "pool",
    "pool_member",
    "program_campaign",
    "program_meeting",
    "program_member",
    "program_nomination",
    "program_placement",
    "program_plan",
    "program_play",
    "program_quarter",
    "program_settings",
    "program_state",
    "program_verdict",
    "publication",
    "rep",
    "rep_absence",
    "rep_busy",
    "rep_calendar",
    "review_claim",
    "rulebook",
    "rulebook_alarm",
    "rulebook_review",
    "rulebook_schedule",
    "rulebook_state",
    "session",
    "shadow_case",
    "shadow_mode",
    "signal",
    "signal_account",
    "signal_day",
    "signal_kind",
    "signal_person_day",
    "signal_stage",
    "source",
    "timer",
    "turn",
    "waiting",
]
