"""A contact beside the accounts it may belong to: the same rows on every side, to be compared by eye."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matching.types import Account
from service.console.reasons import Reason, reasons_of
from service.decision import Decision
from service.explanation import called

SHOWN = 9
"""Accounts set beside the contact: as many as there are keys 1 to 9."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """An account as it is set beside the contact. ``number`` is the key that chooses it."""

    number: int
    id: str
    name: str
    score: float
    likeliest: bool
    facts: tuple[tuple[str, str], ...]
    reasons: tuple[Reason, ...]


def side_by_side(decision: Decision) -> tuple[Side, ...]:
    """The accounts that were considered for a contact, the likeliest first, each with facts and reasons."""
    shown = decision.match.candidates[:SHOWN]
    known = {account.id: account for account in decision.considered.accounts}
    return tuple(
        Side(
            number=number,
            id=each.account_id,
            name=each.account_name,
            score=each.score,
            likeliest=each.account_id == decision.match.account_id,
            facts=_facts(known.get(each.account_id)),
            reasons=told,
        )
        for number, (each, told) in enumerate(zip(shown, reasons_of(shown), strict=True), 1)
    )


def _facts(account: Account | None) -> tuple[tuple[str, str], ...]:
    if account is None:
        return ()
    place = ", ".join(filter(None, (account.city, account.state, account.country)))
    return (
        ("Also called", ", ".join(_also_called(account))),
        ("Domains", ", ".join(each.domain for each in account.domains)),
        ("Place", place),
        ("Phone", account.phone or ""),
        ("Belongs to", account.parent_id or ""),
        ("Stage", ", ".join(filter(None, (account.lifecycle, account.tier)))),
    )


def _also_called(account: Account) -> Iterator[str]:
    told = dict(called(account))
    for alias in account.aliases:
        yield f"{alias} ({what})" if (what := told.get(alias)) else alias
