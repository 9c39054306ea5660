"""Assign to, ask or notify the manager of a rep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import Field as Setting

from routing.fields import Scope
from routing.reading import Node
from routing.rules.base import Away, Binder, Outcome, Request, RuleType, Settings, for_person


class ManagerSettings(Settings):
    """Assign to the manager of the person that another outcome names."""

    whose: Any = Setting(alias="manager of", description="Whose manager: e.g. `{owner of: account}`.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """The manager of whoever ``whose`` asks for."""

    kind: str
    whose: Outcome
    away: Away

    def request(self, scope: Scope, step: str) -> Request:
        """Ask for the manager, also of a rep who is absent or has left."""
        person = self.whose.request(scope, step)
        named = person.covers or person.rep
        rep = scope.reps.get(named) if named is not None else None
        if rep is None:
            return Request(kind=self.kind, nobody=person.nobody or person.finding)
        return for_person(scope, rep.manager, kind=self.kind, source="manager", away=self.away)


def bind(settings: ManagerSettings, node: Node, binder: Binder) -> Outcome | None:
    """Return the outcome, once the person it starts from is understood."""
    whose = binder.outcome((node.mapping or {})["manager of"], people_only=True)
    return Manager(kind="manager", whose=whose, away=binder.away) if whose is not None else None


TYPE = RuleType(key="manager of", kinds=("manager",), settings=ManagerSettings, bind=bind, person=True)
