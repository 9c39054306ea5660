"""Assign to one named rep."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field as Setting

from routing.fields import Scope
from routing.reading import Node
from routing.rules.base import Away, Binder, Outcome, Request, RuleType, Settings, for_person
from routing.types.people import RepId


class RepSettings(Settings):
    """Assign to a rep by external id."""

    rep: str = Setting(min_length=1, description="The rep's external id.")
    away: Away | None = Setting(
        default=None,
        strict=False,
        description="What happens while the rep is absent; unless said, as under `defaults`.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRep:
    """One rep."""

    kind: str
    rep: RepId
    away: Away

    def request(self, scope: Scope, step: str) -> Request:
        """Ask for that rep."""
        return for_person(scope, self.rep, kind=self.kind, source="rep", away=self.away)


def bind(settings: RepSettings, node: Node, binder: Binder) -> Outcome | None:
    """Return the outcome."""
    binder.named.reps.setdefault(settings.rep, (node.mapping or {})["rep"])
    return NamedRep(kind="rep", rep=RepId(settings.rep), away=settings.away or binder.away)


TYPE = RuleType(key="rep", kinds=("rep",), settings=RepSettings, bind=bind, person=True)
