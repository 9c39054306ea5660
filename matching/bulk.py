"""Many contacts matched against the accounts held in process: the same answers as one by one, for less.

What is saved is looking: of most accounts considered only the names are read,
and none is made a value that gets no close look and owns no domain of the contact.
"""

from __future__ import annotations

from collections.abc import Sequence

from matching.decide import Judged, decide
from matching.features import view
from matching.index import Index
from matching.match import judge
from matching.policy import MatchPolicy
from matching.scoring import score
from matching.types import NormalizedContact


def judge_all(contacts: Sequence[NormalizedContact], index: Index, policy: MatchPolicy) -> list[Judged]:
    """Return of each contact what `judge` makes of all that the index considers for it."""
    carrying = [each for each in contacts if each.account_id is not None]
    considered = iter(index.consider_all(carrying))
    close = iter(index.close_all([each for each in contacts if each.account_id is None]))
    found = []
    for contact in contacts:
        if contact.account_id is not None:  # the CRM's word sets accounts aside, which are shown too
            found.append(judge(contact, next(considered), policy))
        else:
            shortlist, counting = next(close)
            seen = view(contact, shortlist, counting, policy)
            found.append(decide(score(seen), seen))
    return found
