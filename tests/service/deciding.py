"""Decisions for tests that need one but are not about deciding, and the contacts they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from matching.normalize import normalize
from matching.types import (
    AccountId,
    Candidate,
    Considered,
    Contact,
    Corpus,
    MatchOutcome,
    MatchReason,
    MatchResult,
)
from routing.types.decision import Claim, RoutingDecision, RoutingOutcome, Verdict
from routing.types.facts import Holder, MatchFacts, RoutingFacts
from routing.types.people import RepId
from service.db import contacts
from service.db.contacts import Saved
from service.db.engine import Database
from service.decision import AssignmentView, Decision, Versions
from service.delivery import outbox

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ANA = Contact(email="ana@acme.example", company="Acme", external_id="c-1", custom={"plan": "pro"})


def decided(
    decision_id: str = "d-1",
    *,
    contact: Contact = ANA,
    outcome: RoutingOutcome = RoutingOutcome.ASSIGNED,
    match: MatchOutcome = MatchOutcome.MATCHED,
    holder: Holder | None = None,
) -> Decision:
    """A decision on ``contact`` with this outcome, taken at `NOW`: assigned to Rosa by the rule `owner`."""
    rep = RepId("rosa") if outcome is RoutingOutcome.ASSIGNED else None
    account = None if match is MatchOutcome.UNMATCHED else AccountId("a-1")
    result = MatchResult(
        outcome=match,
        reason=MatchReason.CLEAR,
        account_id=account,
        score=0.97 if account else 0.0,
        candidates=(
            (Candidate(account_id=account, account_name="Acme GmbH", points=3.5, score=0.97, evidence=()),)
            if account
            else ()
        ),
        decisive=None,
        policy_version="p1",
    )
    seen = MatchFacts(outcome=match, reason=result.reason, score=result.score, account_id=account)
    return Decision(
        id=decision_id,
        event_key=f"event:{decision_id}",
        event_digest="",
        contact=contact,
        normalized=normalize(contact),
        considered=Considered(
            accounts=(), corpus=Corpus(accounts=0, domain_accounts={}, domain_names={}, frequency={})
        ),
        match=result,
        facts=RoutingFacts(contact=contact, email_domain="acme.example", match=seen, holder=holder),
        routing=RoutingDecision(
            outcome=outcome,
            rule="owner",
            assignee=rep,
            pool=None,
            queue=None,
            code=None,
            until=None,
            kept=False,
            claims=(
                Claim(
                    rule="owner",
                    kind="owner_of_account",
                    verdict=Verdict.WON,
                    rep=rep,
                    because="Customers stay with their owner",
                    reference="RoE 2.1",
                ),
            ),
            move=None,
            clocks=(),
            notify=(),
            rulebook_version="r1",
        ),
        assignment=AssignmentView(id="as-1", rep=rep, due_at=NOW) if rep else None,
        versions=Versions(policy="p1", rulebook="r1"),
        occurred_at=NOW,
        at=NOW,
    )


def remembered(connection: Connection, name: str, now: datetime = NOW) -> int:
    """The row of a new contact with this external id."""
    contact = replace(ANA, external_id=name)
    saved = Saved(
        row=None,
        identity=f"x:{name}",
        email=contact.email,
        domain=None,
        account=None,
        contact=contact,
        answers={},
        occurred_at=now,
    )
    return contacts.save(connection, [saved], now)[0]


def tell(database: Database, told: Sequence[tuple[int, str]], now: datetime = NOW) -> None:
    """Queue an assignment for each pair of contact row and decision id, in one transaction."""
    with database.write() as connection:
        outbox.enqueue(connection, [(row, decided(decision_id)) for row, decision_id in told], now)
