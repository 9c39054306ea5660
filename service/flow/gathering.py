"""What the rules may ask about a batch: read at once, with the people they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import takewhile

from sqlalchemy import Connection

from matching.types import AccountId, MatchOutcome, MatchResult
from routing.compiled import Rulebook
from routing.types.facts import MatchFacts, Relation, RoutingFacts
from routing.types.people import Rep, RepId
from service.db import clocks, facts, reps, waiting
from service.db.assignments import Status
from service.flow.cases import Case
from service.flow.matching import Matched

MAX_LIKELY = 5
"""Accounts of a match in review whose owners the rules may ask about."""


def company_names(cases: Sequence[Case], matched: Sequence[Matched]) -> set[str]:
    """Names to lock of the accounts and domains, where rules or pools ask who has others of the company.

    Else two contacts of it at one moment would each find nobody, and go to two reps.
    """
    accounts = {f"account:{each.result.account_id}" for each in matched if each.result.account_id}
    return accounts | {f"domain:{case.email_domain}" for case in cases if case.email_domain}


def gather(
    connection: Connection,
    cases: Sequence[Case],
    matched: Sequence[Matched],
    rulebook: Rulebook,
    now: datetime,
) -> list[RoutingFacts]:
    """The facts of each contact that the rules decide on."""
    asked = [_asked(case, each.result) for case, each in zip(cases, matched, strict=True)]
    gathered = facts.gather(connection, asked, now)
    named = reps.around(connection, rulebook.reps | rulebook.reps_of_tables)
    waits = waiting.running(connection, [case.known.row for case in cases if case.known])
    if rulebook.carries_on:
        gathered = _with_used(connection, cases, gathered, now)
    return [
        _with_reps(
            _completed(case, each, waits.get(case.known.row, {}) if case.known else {}), rulebook, named, now
        )
        for case, each in zip(cases, gathered, strict=True)
    ]


def _with_used(
    connection: Connection, cases: Sequence[Case], gathered: Sequence[RoutingFacts], now: datetime
) -> list[RoutingFacts]:
    """Add what earlier reps had of clocks that carry on."""
    people = {name: rep for each in gathered for name, rep in each.reps.items()}
    used = clocks.used(connection, [case.known.row for case in cases if case.known], people, now)
    return [
        replace(each, used=used.get(case.known.row, {})) if case.known else each
        for case, each in zip(cases, gathered, strict=True)
    ]


def _with_reps(
    known: RoutingFacts, rulebook: Rulebook, named: Mapping[RepId, Rep], now: datetime
) -> RoutingFacts:
    """Add the reps whom the rulebook names; of those in its tables only whom the rows that fit give."""
    if rulebook.tables:
        named = facts.near(rulebook.reps | rulebook.reps_of_rows(known, now), named)
    return replace(known, reps={**named, **known.reps})


def _asked(case: Case, result: MatchResult) -> facts.FactsAsked:
    return facts.FactsAsked(
        contact=case.contact,
        email_domain=case.email_domain,
        match=MatchFacts(
            outcome=result.outcome, reason=result.reason, score=result.score, account_id=result.account_id
        ),
        contact_row=case.known.row if case.known else None,
        email=case.normalized.email,
        likely=_likely(result),
    )


def _likely(result: MatchResult) -> tuple[AccountId, ...]:
    """The accounts a person would choose between; the rules may know who owns them."""
    if result.outcome is not MatchOutcome.REVIEW:
        return ()
    return tuple(each.account_id for each in result.candidates[:MAX_LIKELY])


def _completed(case: Case, gathered: RoutingFacts, waits: Mapping[str, datetime]) -> RoutingFacts:
    """Add who turned the contact down, answers given, and how long it waits already."""
    return replace(
        gathered,
        country=case.normalized.country,
        email_kind=case.email_kind,
        excluded=tuple(sorted(_passed_over(gathered))),
        answers=case.answers,
        waiting=waits,
    )


def _passed_over(gathered: RoutingFacts) -> set[RepId]:
    """Who rejected this contact, gave it back, or let its clock run out since it was last completed."""
    had = [each for each in gathered.earlier if each.relation is Relation.PERSON]
    rejected = {each.rep for each in had if each.status == Status.REJECTED}
    lately = takewhile(lambda each: each.status != Status.COMPLETED, had)
    return rejected | {each.rep for each in lately if each.status in (Status.RETURNED, Status.EXPIRED)}
