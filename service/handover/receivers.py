"""To whom things pass: one rep, a split, a territory table. Pure, and the same for the same things."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from routing.types.people import RepId
from service.handover.request import ForWork, Territory, ToMembers, ToRep, ToSplit, ToTerritory


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """What a receiver is chosen by: the account that a thing is on, as far as it is on one."""

    account: str | None = None
    country: str | None = None
    state: str | None = None
    segment: str | None = None


class Nobody(LookupError):
    """There is nobody to pass things to; the message says what to name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Chooses receivers. ``members`` has the weights of the pools that are named, ``manager`` the rep's.

    Shares are even by count for each kind of thing; ``taken`` and ``account_to``
    remember what was chosen so far.
    """

    manager: RepId | None
    members: Mapping[str, Mapping[RepId, int]]
    taken: Counter[tuple[str, RepId]] = field(default_factory=Counter)
    account_to: dict[str, RepId] = field(default_factory=dict)

    def of(self, receiver: ForWork, thing: Thing, kind: str) -> RepId | None:
        """Who gets a thing; None for the words that name nobody. Raises Nobody."""
        if isinstance(receiver, ToRep):
            return RepId(receiver.rep)
        if isinstance(receiver, ToSplit):
            return self._next(kind, {RepId(rep): 1 for rep in receiver.split})
        if isinstance(receiver, ToMembers):
            return self._next(kind, self._members(receiver.members_of))
        if isinstance(receiver, ToTerritory):
            row = next((row for row in receiver.territory if _holds(row, thing)), None)
            return RepId(row.to if row is not None else receiver.otherwise)
        if receiver == "with_account":
            return self.account_to.get(thing.account or "") or self._manager()
        return self._manager() if receiver == "manager" else None

    def _manager(self) -> RepId:
        if self.manager is None:
            raise Nobody("the rep has no active manager; name a rep instead")
        return self.manager

    def _members(self, pool: str) -> Mapping[RepId, int]:
        found = {rep: weight for rep, weight in self.members.get(pool, {}).items() if weight}
        if not found:
            raise Nobody("the pool has no other active member, or there is none of this name")
        return found

    def _next(self, kind: str, weights: Mapping[RepId, int]) -> RepId:
        """Who has the least for the weight; of several the first."""
        chosen = min(weights, key=lambda rep: (self.taken[kind, rep] + 1) / weights[rep])
        self.taken[kind, chosen] += 1
        return chosen


def named(receivers: Sequence[ForWork]) -> set[RepId]:
    """Every rep whom receivers name."""
    found: set[str] = set()
    for each in receivers:
        if isinstance(each, ToRep):
            found.add(each.rep)
        elif isinstance(each, ToSplit):
            found.update(each.split)
        elif isinstance(each, ToTerritory):
            found.update((each.otherwise, *(row.to for row in each.territory)))
    return {RepId(rep) for rep in found}


def fits(wanted: Sequence[str] | None, value: str | None) -> bool:
    """Whether a value is among those wanted, in any case; None wants all."""
    return wanted is None or (value is not None and value.casefold() in {each.casefold() for each in wanted})


def _holds(row: Territory, thing: Thing) -> bool:
    return (
        fits(row.country, thing.country) and fits(row.state, thing.state) and fits(row.segment, thing.segment)
    )
