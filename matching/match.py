"""Which account a contact belongs to, how sure that is, and on what evidence."""

from __future__ import annotations

from matching.candidates import shortlist
from matching.decide import decide
from matching.features import view
from matching.policy import MatchPolicy
from matching.scoring import score
from matching.types import Considered, MatchResult, NormalizedContact


def match_contact(contact: NormalizedContact, considered: Considered, policy: MatchPolicy) -> MatchResult:
    """Match one contact against the accounts considered for it.

    The stages: shortlist by a cheap likeness, compare names, gather evidence,
    add up points, decide. The same input gives the same result, bit for bit.
    """
    close = shortlist(contact, considered)
    seen = view(contact, close, considered, policy)
    return decide(score(seen), seen)
