"""What happens when claims differ: order of precedence, then the rulebook's conflicts section.

The highest claim stands unless an entry of ``conflicts`` names its kind and
that of another claim, of the same precedence group, which wants something
else. The entry then says who is preferred, who is told, or who decides. A tie
is never settled by chance: claims have an order, and within one rule level
candidates go to a person (`routing.rules.selection`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from routing.fields import Scope
from routing.rules.base import Outcome, Request
from routing.types.decision import Finding, Verdict
from routing.types.people import RepId


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """An entry of the conflicts section.

    ``between`` are claim kinds. Either ``prefer`` ranks some of them, best
    first, or ``then`` is an outcome that takes the place of all of them.
    """

    id: str
    between: frozenset[str]
    prefer: tuple[str, ...]
    then: Outcome | None
    notify_loser: bool
    because: str
    reference: str | None


@dataclass(frozen=True, slots=True)
class Bid:
    """A claim that stands: a rule that applies and knows whom or what it wants.

    ``rank`` is the rule's precedence group, 0 the highest; ``finding`` what its
    condition met.
    """

    rule: str
    rank: int
    request: Request
    finding: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Which claim carries the day.

    ``rule`` is the winning rule, or the conflict's id when its ``then`` decides.
    ``overturned`` is the rule that stood highest and lost to ``conflict``.
    """

    rule: str
    request: Request
    conflict: Conflict | None
    overturned: str | None
    losers: tuple[RepId, ...]

    def verdict(self, bid: Bid) -> tuple[Verdict, str | None]:
        """Return what became of a bid, and against which rule it lost."""
        if bid.rule == self.rule:
            return Verdict.WON, None
        if bid.rule == self.overturned:
            return Verdict.OVERTURNED, self.rule
        if bid.request.target == self.request.target:
            return Verdict.AGREED, None
        return Verdict.OUTRANKED, self.rule


def resolve(bids: Sequence[Bid], conflicts: Sequence[Conflict], scope: Scope) -> Resolution:
    """Choose among the bids, given in order of precedence; there is always at least the fallback's.

    The first conflict that concerns the highest bid decides.
    """
    top = bids[0]
    for conflict in conflicts:
        if top.request.kind not in conflict.between:
            continue
        rivals = [
            bid
            for bid in bids[1:]
            if bid.rank == top.rank
            and bid.request.kind in conflict.between
            and bid.request.target != top.request.target
        ]
        if rivals:
            return _decide(conflict, [top, *rivals], scope)
    return Resolution(rule=top.rule, request=top.request, conflict=None, overturned=None, losers=())


def _decide(conflict: Conflict, contenders: Sequence[Bid], scope: Scope) -> Resolution:
    top = contenders[0]
    if conflict.then is not None:
        rule, request = conflict.id, conflict.then.request(scope, conflict.id)
        if request.nobody is not None:
            rule, request = top.rule, top.request
    else:
        place = {kind: index for index, kind in enumerate(conflict.prefer)}
        best = min(contenders, key=lambda bid: place.get(bid.request.kind, len(place)))
        rule, request = best.rule, best.request
    winner = request.rep or request.asked
    losers = {bid.request.rep for bid in contenders if bid.request.rep not in (None, winner)}
    return Resolution(
        rule=rule,
        request=request,
        conflict=conflict,
        overturned=top.rule if rule != top.rule else None,
        losers=tuple(sorted(rep for rep in losers if rep is not None)) if conflict.notify_loser else (),
    )
