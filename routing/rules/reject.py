"""Reject the contact: nobody acts, with a code that says why."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field as Setting

from routing.fields import Scope
from routing.reading import Node
from routing.rules.base import Binder, Outcome, Request, RuleType, Settings
from routing.types.decision import RoutingOutcome


class RejectSettings(Settings):
    """Reject the contact with a code, e.g. competitor, student or job_seeker."""

    reject: str = Setting(
        pattern=r"^[a-z][a-z0-9_]{0,63}$",
        description="A code of lower-case letters, digits and underscores, e.g. `competitor`.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A rejection."""

    kind: str
    code: str

    def request(self, scope: Scope, step: str) -> Request:
        """Ask for the rejection."""
        return Request(kind=self.kind, outcome=RoutingOutcome.REJECTED, code=self.code)


def bind(settings: RejectSettings, node: Node, binder: Binder) -> Outcome | None:
    """Return the outcome."""
    return Reject(kind="reject", code=settings.reject)


TYPE = RuleType(key="reject", kinds=("reject",), settings=RejectSettings, bind=bind)
