"""Evidence of a person's word: the CRM's own id, and an answer of the review queue."""

from __future__ import annotations

from collections.abc import Iterator

from matching.features.seen import Observation, Pair, View
from matching.types import EvidenceKind

Kind = EvidenceKind


def crm_id(pair: Pair, seen: View) -> Iterator[Observation]:
    """The contact already carries the account's id in the CRM."""
    if seen.contact.account_id is not None and seen.contact.account_id == pair.account.id:
        yield Observation(Kind.CRM_ID, "same", seen.contact.account_id, pair.account.id)


def remembered(pair: Pair, seen: View) -> Iterator[Observation]:
    """A person answered for the contact's company name and domain before: this account or never."""
    said = seen.remembered.get(pair.account.id)
    if said is not None:
        yield Observation(Kind.REMEMBERED, "same" if said.same else "never", said.by, f"{said.at:%Y-%m-%d}")
