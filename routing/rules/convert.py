"""Advise the CRM to convert the record, and say who acts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from pydantic import Field as Setting

from routing.fields import Scope
from routing.reading import Node
from routing.rules.base import Binder, Outcome, Request, RuleType, Settings
from routing.types.decision import Advice, AdviceKind


class Into(StrEnum):
    """What a lead can be converted into."""

    CONTACT = "contact"  # a contact of the matched account
    OPEN_OPPORTUNITY = "open opportunity"  # a contact of the account, in the role of the newest open deal
    NEW_OPPORTUNITY = "new opportunity"  # a contact of the account, with a deal of its own


class ConvertSettings(Settings):
    """Advise to convert the lead, and assign it.

    Muster changes no CRM by itself: the advice is in the decision and in the
    message that other systems get, with the id of the record that is meant.
    """

    convert: Into = Setting(strict=False, description="What it becomes part of.")
    then: Any = Setting(description="Who acts: another outcome.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Convert:
    """What ``then`` asks for, with the advice to convert."""

    kind: str
    into: Into
    then: Outcome

    def request(self, scope: Scope, step: str) -> Request:
        """Ask for what follows; the advice goes with it."""
        asked = self.then.request(scope, step)
        advice = Advice(kind=AdviceKind.CONVERT, into=self.into.value, id=_record(self.into, scope))
        return replace(asked, kind=self.kind, advice=(*asked.advice, advice))


def _record(into: Into, scope: Scope) -> str | None:
    if into is not Into.OPEN_OPPORTUNITY:
        return scope.account.id if scope.account is not None else None
    still_open = [each for each in scope.facts.opportunities if each.closed_at is None]
    dated = [each for each in still_open if each.opened_at is not None] or still_open
    return max(dated, key=lambda each: (str(each.opened_at), each.id)).id if dated else None


def bind(settings: ConvertSettings, node: Node, binder: Binder) -> Outcome | None:
    """Return the outcome, once what follows is understood."""
    then = binder.outcome((node.mapping or {})["then"])
    return Convert(kind="convert", into=settings.convert, then=then) if then is not None else None


TYPE = RuleType(key="convert", kinds=("convert",), settings=ConvertSettings, bind=bind)
