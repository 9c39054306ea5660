"""Whose signals are: the people and the companies that they name, matched as contacts are."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from matching.normalize import normalize
from matching.types import AccountId, Contact, MatchOutcome, MatchResult
from service.db import erasures
from service.db.engagement import people
from service.db.engagement.people import Person
from service.db.engagement.signals import Likely, Placed
from service.flow.matching import match
from service.records.known_by import by_email, by_id
from service.rulebook.live import Policies

MOST_LIKELY = 5
"""Accounts that are kept of a match that a person has to decide."""
_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]*\w")
_OUTCOMES = {
    MatchOutcome.MATCHED: Placed.MATCHED,
    MatchOutcome.REVIEW: Placed.REVIEW,
    MatchOutcome.UNMATCHED: Placed.UNMATCHED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom a signal names: ``said`` is what it says of its account, ``email`` is normalised."""

    said: Mapping[str, Any]
    contact: str | None
    email: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose a signal is. ``person`` is the key of the person, by address where that is known."""

    account: str | None
    outcome: Placed
    likely: tuple[Likely, ...]
    person: str | None


def subject(said: Mapping[str, Any], contact: str | None, email: str | None) -> Subject:
    """Whom a signal names, its address as contacts are known by it."""
    usable = normalize(Contact(email=email)).email if email else None
    return Subject(said=said, contact=contact, email=usable)


def without_erased(connection: Connection, subjects: Sequence[Subject]) -> list[Subject]:
    """The subjects; of people whose data were erased the company is left, and nothing of themselves."""
    people = [Contact(external_id=each.contact, email=each.email) for each in subjects]
    return [
        _company_of(each) if gone else each
        for each, gone in zip(subjects, erasures.erased(connection, people), strict=True)
    ]


def names_erased(connection: Connection, names: Sequence[str | None]) -> list[bool]:
    """Whether each text holds an address of somebody whose data were erased."""
    held = [(place, each) for place, name in enumerate(names) for each in _ADDRESS.findall(name or "")]
    gone = erasures.erased(connection, [Contact(email=each) for _, each in held]) if held else []
    found = {place for (place, _), erased in zip(held, gone, strict=True) if erased}
    return [place in found for place in range(len(names))]


def _company_of(each: Subject) -> Subject:
    host = each.email.rpartition("@")[2] if each.email else None
    said = each.said if each.said or host is None else {"domain": host}
    return Subject(said=said, contact=None, email=None)


def place(connection: Connection, subjects: Sequence[Subject], now: datetime) -> list[Place]:
    """Whose each signal is, in the order given.

    One that says nothing of a company is of the account of its person, where she is a matched contact.
    All others are matched by the matcher and the policy in force, each company once.
    """
    known = people.find(connection, [(each.email, each.contact) for each in subjects])
    asked = [_contact(each, person) for each, person in zip(subjects, known, strict=True)]
    by_key = {_key(contact): contact for contact in asked}
    policy = Policies().current(connection)
    results = match(connection, list(by_key.values()), policy, now)
    found = dict(zip(by_key, results, strict=True))
    return [
        _place(found[_key(contact)], each, person)
        for each, person, contact in zip(subjects, known, asked, strict=True)
    ]


def _contact(each: Subject, person: Person | None) -> Contact:
    said = dict(each.said)
    account = said.get("account_id")
    if person is not None and not said:
        account = person.account
    return Contact(
        account_id=AccountId(account) if account else None,
        company=said.get("company"),
        website=said.get("domain"),
        country=said.get("country"),
        email=each.email or (person.email if person is not None else None),
    )


def _key(contact: Contact) -> str:
    """What tells companies apart: people of one domain are matched alike."""
    host = contact.email.rpartition("@")[2] if contact.email else None
    return json.dumps([contact.account_id, contact.company, contact.website, contact.country, host])


def _place(result: MatchResult, each: Subject, person: Person | None) -> Place:
    outcome = _OUTCOMES[result.outcome]
    likely = result.candidates[:MOST_LIKELY] if outcome is Placed.REVIEW else ()
    return Place(
        account=result.account_id if outcome is Placed.MATCHED else None,
        outcome=outcome,
        likely=tuple(Likely(account=one.account_id, score=round(one.score, 4)) for one in likely),
        person=_person(each, person),
    )


def _person(each: Subject, person: Person | None) -> str | None:
    email = each.email or (person.email if person is not None else None)
    if email is not None:
        return by_email(email)
    return by_id(each.contact) if each.contact is not None else None
