"""What a draw is for: the contact's facts, as far as they bear on who may take it."""

from __future__ import annotations

from dataclasses import dataclass

from routing.types.facts import Relation, RoutingFacts
from routing.types.people import RepId
from routing.types.pools import SkipPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The contact that a turn is drawn for.

    ``holder`` is the rep who works this very contact now, ``exclude`` who may
    not get it. Without ``facts`` nothing is known that a rep should fit.
    """

    holder: RepId | None = None
    exclude: tuple[RepId, ...] = ()
    facts: RoutingFacts | None = None

    def had_by(self, whose: SkipPolicy) -> tuple[RepId, ...]:
        """Return who had the contact (or one of its account), each once, the latest first."""
        reps = [self.holder] if self.holder is not None else []
        near = (Relation.PERSON,) if whose is SkipPolicy.CONTACT else (Relation.PERSON, Relation.ACCOUNT)
        if self.facts is not None:
            reps += [each.rep for each in self.facts.earlier if each.relation in near]
        return tuple(dict.fromkeys(reps))


def need_of(facts: RoutingFacts) -> Need:
    """Return what a draw for this contact has to go by."""
    holder = facts.holder.rep if facts.holder is not None else None
    return Need(holder=holder, exclude=facts.excluded, facts=facts)
