"""The account of each contact of a batch: what is remembered, who is considered, and the conclusion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from matching.match import match_contact
from matching.memory import company_key
from matching.normalize import normalize
from matching.policy import MatchPolicy
from matching.types import Considered, Contact, MatchResult, NormalizedContact, Remembered
from service.db import candidates, memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """A contact with the accounts that were considered for it, and the conclusion."""

    considered: Considered
    result: MatchResult


def match(
    connection: Connection, arriving: Sequence[Contact], policy: MatchPolicy, now: datetime
) -> list[MatchResult]:
    """Which account each contact belongs to, in this transaction. Stores nothing."""
    normalized = [normalize(contact) for contact in arriving]
    return [each.result for each in match_all(connection, normalized, policy, now)]


def match_all(
    connection: Connection,
    normalized: Sequence[NormalizedContact],
    policy: MatchPolicy,
    now: datetime,
    said: Sequence[tuple[Remembered, ...]] = (),
) -> list[Matched]:
    """Match contacts; ``said`` is what a person has just said of each, beside what is remembered."""
    remembered = memory.recall(connection, [company_key(contact, policy) for contact in normalized])
    if said:
        remembered = [_laid_over(*each) for each in zip(remembered, said, strict=True)]
    found = candidates.consider(connection, normalized, now, remembered)
    return [
        Matched(considered=among, result=match_contact(contact, among, policy))
        for contact, among in zip(normalized, found, strict=True)
    ]


def _laid_over(remembered: tuple[Remembered, ...], said: tuple[Remembered, ...]) -> tuple[Remembered, ...]:
    spoken = {each.account_id for each in said}
    return (*said, *(each for each in remembered if each.account_id not in spoken))
