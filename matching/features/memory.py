"""Evidence of a person's word: the CRM's own id, and an answer of the review queue."""

from __future__ import annotations

from matching.features.seen import Look, Pair, Say, View
from matching.types import EvidenceKind

Kind = EvidenceKind


def crm_id(seen: View) -> Look | None:
    """The contact already carries the account's id in the CRM."""
    carried = seen.contact.account_id

    def look(pair: Pair, say: Say) -> None:
        if pair.account.id == carried:
            say(Kind.CRM_ID, "same", carried, carried)

    return look if carried is not None else None


def remembered(seen: View) -> Look | None:
    """A person answered for the contact's company name and domain before: this account or never."""

    def look(pair: Pair, say: Say) -> None:
        said = seen.remembered.get(pair.account.id)
        if said is not None:
            level = "same" if said.same else "never"
            say(Kind.REMEMBERED, level, said.by, f"{said.at:%Y-%m-%d}")

    return look if seen.remembered else None
