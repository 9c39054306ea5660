"""Whom an effect means: a person an outcome names, or somebody of the result itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from routing.fields import Scope
from routing.reading import Node
from routing.rules.base import Binder, Outcome
from routing.types.people import Rep, RepId

ASSIGNEE = "assignee"
PARTNER = "partner"
OWNERS = "owners of candidates"
"""Who own the accounts between which the match cannot choose: told, where nobody can be preferred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an effect may look at: who got the contact, with whom, and what is known of her."""

    scope: Scope
    step: str
    assignee: RepId | None
    partner: RepId | None
    known: Rep | None  # the assignee


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """A person: the one that ``outcome`` names, or, without one, ``word`` of the result."""

    outcome: Outcome | None = None
    word: str = ASSIGNEE
    manager: bool = False  # of the assignee

    def reps(self, result: Result) -> tuple[RepId, ...]:
        """Return everybody who is meant."""
        if self.word == OWNERS:
            return tuple(each.owner for each in result.scope.facts.candidates if each.owner is not None)
        rep = self.rep(result)
        return (rep,) if rep is not None else ()

    def rep(self, result: Result) -> RepId | None:
        """Return the person, None where there is nobody."""
        if self.outcome is not None:
            person = self.outcome.request(result.scope, result.step)
            return person.rep if person.nobody is None else None
        if self.manager:
            return result.known.manager if result.known is not None else None
        return result.assignee if self.word == ASSIGNEE else result.partner


def read_person(node: Node, binder: Binder, words: Sequence[str] = (ASSIGNEE, PARTNER)) -> Whom | None:
    """Read ``assignee``, ``partner``, ``{manager of: assignee}`` or an outcome that names a person."""
    if node.scalar in words:
        return Whom(word=str(node.scalar))
    manager = (node.mapping or {}).get("manager of")
    if manager is not None and manager.value == ASSIGNEE:
        return Whom(manager=True)
    outcome = binder.outcome(node, people_only=True)
    return Whom(outcome=outcome) if outcome is not None else None
