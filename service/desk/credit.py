"""Whose success a contact is: credit goes with the work, and is never given twice.

A decision that starts an assignment earns the credit its rule stamps. When
that assignment ends without being completed, what it earned is taken back, in
the transaction of the decision that ends it, and the next one may earn it.
What a completed assignment earned stays: only a dispute moves it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from routing.types.decision import Credit
from routing.types.people import RepId


def passed_on(credits: Iterable[Credit], rep: RepId, to: RepId | None) -> tuple[Credit, ...]:
    """The credits of a decision by hand: what ``rep`` would have had is ``to``'s; nobody's, none of it is."""
    if to is None:
        return ()
    shares: dict[tuple[str, RepId], Credit] = {}
    for each in credits:
        new = replace(each, rep=to) if each.rep == rep else each
        had = shares.get((new.kind, new.rep))
        shares[new.kind, new.rep] = new if had is None else replace(had, share=had.share + new.share)
    return tuple(shares.values())
