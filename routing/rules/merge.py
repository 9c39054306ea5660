"""Advise the CRM to merge the record with the one that is there, and say who acts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import Field as Setting

from routing.conditions import ALWAYS, All, Condition, Test, compile_condition
from routing.fields import Collection, Scope
from routing.operators import Operator
from routing.reading import Node
from routing.rules.base import Binder, Outcome, Request, RuleType, Settings
from routing.types.decision import Advice, AdviceKind
from routing.types.facts import EarlierContact, Relation


class MergeSettings(Settings):
    """Advise to merge the record with an earlier one of the same person, and assign it.

    Muster changes no CRM by itself: the advice is in the decision and in the
    message that other systems get, with the id of the record that is meant.
    """

    merge: Literal["earlier contact"] = Setting(description="With what: an earlier contact of this person.")
    where: Any = Setting(default=None, description="Which one; the newest of those that fit is meant.")
    survivor: Literal["earlier", "new"] = Setting(
        default="earlier", description="Which record stays: the `earlier` one unless said."
    )
    then: Any = Setting(description="Who acts: another outcome, e.g. `{owner of: earlier contact}`.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What ``then`` asks for, with the advice to merge."""

    kind: str
    earlier: Collection
    matches: Condition
    survivor: str
    then: Outcome

    def request(self, scope: Scope, step: str) -> Request:
        """Ask for what follows; the advice goes with it, unless nothing fits."""
        asked = self.then.request(scope, step)
        fitting: list[EarlierContact] = [e for e in self.earlier.items(scope) if self.matches(scope, e)[0]]
        advice = [
            Advice(kind=AdviceKind.MERGE, into="earlier contact", id=each.contact_id, survivor=self.survivor)
            for each in sorted(fitting, key=lambda e: (e.assigned_at, e.contact_id))[-1:]
        ]
        return replace(asked, kind=self.kind, advice=(*asked.advice, *advice))


def bind(settings: MergeSettings, node: Node, binder: Binder) -> Outcome | None:
    """Return the outcome, once what follows is understood."""
    entries = node.mapping or {}
    earlier = binder.catalogue.collections["earlier"]
    where = binder.condition(entries["where"], earlier) if "where" in entries else ALWAYS
    person = Test(
        field=earlier.fields["relation"],
        operator=Operator.IS,
        operand=Relation.PERSON.value,
        wanted=Relation.PERSON.value,
    )
    then = binder.outcome(entries["then"])
    if then is None:
        return None
    return Merge(
        kind="merge",
        earlier=earlier,
        matches=compile_condition(All(parts=(person, where))),
        survivor=settings.survivor,
        then=then,
    )


TYPE = RuleType(key="merge", kinds=("merge",), settings=MergeSettings, bind=bind)
