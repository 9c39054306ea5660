"""Hold the contact for a time, then do something else with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import Field as Setting

from routing import steps
from routing.durations import SPAN_HINT, TIME_HINT, Window, parse_time
from routing.fields import Scope
from routing.reach import Reach
from routing.reading import Node
from routing.rules.base import Binder, Outcome, Request, RuleType, Settings, later
from routing.types.decision import RoutingOutcome

_SPAN = re.compile(r"\s*\d+\s*[a-zA-Z]")


class HoldSettings(Settings):
    """Hold the contact, for a span or until a date, then do something else with it.

    When the time has come the contact is routed again with the facts of that
    moment; a rule above may then take it, and this one asks for its ``then``. A
    further event in between does not start the time anew.
    """

    hold: str = Setting(
        description="For how long, e.g. `14 days` or `2 business days of account.owner`; or until when, "
        "e.g. `2026-04-01`."
    )
    then: Any = Setting(description="What happens afterwards: another outcome.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold with what follows it. ``end`` is a span from the decision or a fixed moment."""

    kind: str
    end: Window | Reach | datetime
    then: Outcome

    def request(self, scope: Scope, step: str) -> Request:
        """Ask to wait, or for what follows once the wait is over."""
        end = self.end if isinstance(self.end, datetime) else later(self.end, scope)
        if steps.became(scope, step) == steps.OVER or end <= scope.now:
            return self.then.request(scope, steps.after(step, steps.OVER))
        until = steps.until(scope, step, end)
        return Request(kind=self.kind, outcome=RoutingOutcome.HELD, until=until, step=step)


def bind(settings: HoldSettings, node: Node, binder: Binder) -> Outcome | None:
    """Read the time and the outcome that follows."""
    entries = node.mapping or {}
    end: Window | Reach | datetime | None = parse_time(settings.hold, binder.zone)
    if end is None and _SPAN.match(settings.hold):
        end = binder.span(entries["hold"])
    elif end is None:
        message = f"'{settings.hold}' is neither a span of time nor a date"
        binder.report(entries["hold"], "bad_span", message, f"{SPAN_HINT}; or {TIME_HINT}")
    then = binder.outcome(entries["then"])
    return Hold(kind="hold", end=end, then=then) if end is not None and then is not None else None


TYPE = RuleType(key="hold", kinds=("hold",), settings=HoldSettings, bind=bind)
