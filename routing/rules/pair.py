"""Assign to a pair: one acts and has the clock, the other works it with her."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from pydantic import Field as Setting

from routing.fields import Scope
from routing.reading import Node
from routing.rules.base import Binder, Outcome, Request, RuleType, Settings
from routing.types.decision import RoutingOutcome


class PairSettings(Settings):
    """Assign to a pair, e.g. an AE and her SDR.

    The first is the assignee: she acts, and the promise is hers. The other is
    recorded as her partner and is told. Without anybody for the second place
    the first has the contact alone; without anybody for the first the claim
    names nobody.
    """

    pair: Any = Setting(
        description="Who acts: an outcome that assigns, e.g. `{owner of: account}` or a pool."
    )
    partner: Any = Setting(
        alias="with", description="Who works it with her: an outcome that names one person."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Whoever ``first`` asks for, with the person ``second`` asks for at her side."""

    kind: str
    first: Outcome
    second: Outcome

    def request(self, scope: Scope, step: str) -> Request:
        """Ask for both; a partner who cannot be named is left out."""
        asked = self.first.request(scope, step)
        if asked.nobody is not None or asked.outcome is not RoutingOutcome.ASSIGNED:
            return replace(asked, kind=self.kind)
        other = self.second.request(scope, step)
        partner = other.rep if other.nobody is None and other.rep != asked.rep else None
        return replace(asked, kind=self.kind, partner=partner)


NOT_ASSIGNING = ("ask", "hold", "queue", "reject", "pair", "convert", "merge")
"""The keys of outcomes that cannot be the first of a pair: they assign nobody at once."""


def bind(settings: PairSettings, node: Node, binder: Binder) -> Outcome | None:
    """Read both places."""
    entries = node.mapping or {}
    odd = next((key for key in entries["pair"].mapping or {} if key in NOT_ASSIGNING), None)
    if odd is not None:
        binder.report(
            entries["pair"],
            "not_assigning",
            f"'{odd}' gives the contact to nobody, so it cannot be one of a pair",
            "name a person or a pool; put the pair inside the question or the hold",
        )
        return None
    first = binder.outcome(entries["pair"])
    second = binder.outcome(entries["with"], people_only=True)
    if first is None or second is None:
        return None
    return Pair(kind="pair", first=first, second=second)


TYPE = RuleType(key="pair", kinds=("pair",), settings=PairSettings, bind=bind)
