"""Contacts matched again after accounts, answers or the policy changed: what differs, and deciding anew.

The difference is shown first. Applying it sends each contact that differs
through the flow as an event of its own, named after the decision it replaces
and the result it gets, so that doing it twice is doing it once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from matching.explain import describe, sentence
from matching.keys import account_keys, contact_keys
from matching.normalize import normalize
from matching.types import AccountId, Contact, EvidenceKind, Keys, MatchOutcome, MatchResult
from routing.types.decision import RoutingOutcome
from service.db import accounts, contacts, decisions
from service.db.account_state import as_matching
from service.db.contacts import Known
from service.db.decisions import Standing
from service.db.engine import Database
from service.decision import Decision, Incoming
from service.flow.flow import Flow

CHUNK = 500
"""Contacts looked at together."""

_RESULT = TypeAdapter(MatchResult)
_NOTHING = Keys(domains=frozenset(), names=frozenset())
_DECIDES_NOTHING = (EvidenceKind.PRIOR, EvidenceKind.RIVALS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which contacts to look at: those an account concerns, those heard of since a time, or (neither) all.

    An account concerns the contacts that are on it, that had it among their
    candidates, or that share a word, a spelling or a domain with it.
    """

    account_id: AccountId | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a match puts a contact. ``account_id`` is the likeliest account while it is under review."""

    outcome: MatchOutcome
    account_id: AccountId | None
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A contact whose match changes. ``decision_id`` is the decision that stands, or stood.

    ``because`` is the new match in a sentence, ``evidence`` what speaks loudest
    for and against its best account. ``applied`` is the new decision, once there is one.
    """

    contact_id: str | None
    company: str | None
    decision_id: str
    before: Place
    after: Place
    because: str
    evidence: tuple[str, ...]
    applied: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a chunk of contacts gave. ``next_after`` is the row to go on behind, None at the end."""

    seen: int
    differences: tuple[Difference, ...]
    next_after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changed:
    known: Known
    before: Standing
    result: MatchResult


class Rematch:
    """Matches stored contacts again. Safe to share between threads."""

    def __init__(self, database: Database, flow: Flow) -> None:
        self._database = database
        self._flow = flow

    def look(self, which: Which, *, after: int = 0, limit: int = CHUNK, apply: bool = False) -> Found:
        """Compare up to ``limit`` contacts with how they would be matched now.

        ``apply`` decides anew those that differ.
        """
        with self._database.read() as connection:
            page = contacts.page(connection, after=after, limit=limit, since=which.since)
            before = decisions.latest(connection, [known.row for known in page])
            state = accounts.get(connection, which.account_id) if which.account_id else None
        keys = account_keys(as_matching(state, state.updated_at)) if state and state.updated_at else _NOTHING
        concerned = [
            known
            for known in page
            if known.row in before and _concerns(which.account_id, keys, known.contact, before[known.row])
        ]
        results = self._flow.match([known.contact for known in concerned])
        changed = [
            _Changed(known=known, before=before[known.row], result=result)
            for known, result in zip(concerned, results, strict=True)
            if (result.outcome, result.account_id) != _placed(before[known.row])
        ]
        taken = self._apply(changed) if apply else [None] * len(changed)
        return Found(
            seen=len(page),
            differences=tuple(map(_difference, changed, taken)),
            next_after=page[-1].row if len(page) == limit else None,
        )

    def _apply(self, changed: Sequence[_Changed]) -> list[Decision | None]:
        """The new decision of each contact; None where a newer event was decided meanwhile."""
        handled = self._flow.handle([_event(each) for each in changed])
        stale = RoutingOutcome.SUPERSEDED
        return [None if each.decision.routing.outcome is stale else each.decision for each in handled]


def _concerns(account_id: AccountId | None, keys: Keys, contact: Contact, before: Standing) -> bool:
    if account_id is None or account_id == before.account_id or account_id in before.candidates:
        return True
    asked = contact_keys(normalize(contact))
    return bool(account_id == contact.account_id or asked.domains & keys.domains or asked.names & keys.names)


def _placed(before: Standing) -> tuple[MatchOutcome, AccountId | None]:
    return before.outcome, before.account_id


def _event(changed: _Changed) -> Incoming:
    """The contact as an event that says nothing new: only who it is, at the time it was last heard of."""
    contact = changed.known.contact
    if contact.external_id:
        named = Contact(external_id=contact.external_id)
    else:
        named = Contact(email=contact.email) if changed.known.email else contact
    digest = hashlib.sha256(_RESULT.dump_json(changed.result)).hexdigest()[:16]
    return Incoming(
        contact=named,
        event_key=f"rematch:{changed.before.decision_id}:{digest}",
        digest="",
        occurred_at=changed.known.occurred_at,
        again=True,
    )


def _difference(changed: _Changed, taken: Decision | None) -> Difference:
    result = taken.match if taken is not None else changed.result
    before = changed.before
    return Difference(
        contact_id=changed.known.external_id,
        company=changed.known.contact.company,
        decision_id=before.decision_id,
        before=Place(outcome=before.outcome, account_id=before.account_id, score=before.score),
        after=Place(outcome=result.outcome, account_id=result.account_id, score=result.score),
        because=sentence(result),
        evidence=_loudest(result),
        applied=taken.id if taken is not None else None,
    )


def _loudest(result: MatchResult, lines: int = 3) -> tuple[str, ...]:
    """The evidence of the account that was chosen, or else of the best candidate, largest first."""
    best = next((each for each in result.candidates if each.account_id == result.account_id), None)
    best = best or next(iter(result.candidates), None)
    if best is None:
        return ()
    telling = [item for item in best.evidence if item.kind not in _DECIDES_NOTHING]
    ordered = sorted(telling, key=lambda item: -abs(item.points))
    return tuple(f"{item.points:+.2f} {describe(item)}" for item in ordered[:lines])
