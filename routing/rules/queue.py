"""Put the contact in a named queue, for whoever works it; where nobody does in time, do something else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import Field as Setting

from routing import steps
from routing.durations import Window
from routing.fields import Scope
from routing.reach import Reach
from routing.reading import Node
from routing.rules.base import Binder, Outcome, Request, RuleType, Settings, later
from routing.types.decision import RoutingOutcome


class QueueSettings(Settings):
    """Put the contact in a queue. Nobody owns it there until somebody takes it.

    A queue with a deadline cannot be a graveyard: what nobody has taken
    ``within`` the time is routed again, to what ``then`` says.
    """

    queue: str = Setting(min_length=1, description="The queue's name.")
    within: str | None = Setting(
        default=None, description="How long it may lie there, e.g. `2 days`; unless said, for good."
    )
    then: Any = Setting(default=None, description="What happens when nobody has taken it by then.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToQueue:
    """A place in a queue. ``within`` and ``then`` are given both or not at all."""

    kind: str
    queue: str
    within: Window | Reach | None = None
    then: Outcome | None = None

    def request(self, scope: Scope, step: str) -> Request:
        """Ask for the queue, or for what follows once the time there is over."""
        if self.within is None or self.then is None:
            return Request(kind=self.kind, outcome=RoutingOutcome.QUEUED, queue=self.queue)
        if steps.became(scope, step) == steps.OVER:
            return self.then.request(scope, steps.after(step, steps.OVER))
        until = steps.until(scope, step, later(self.within, scope))
        return Request(
            kind=self.kind, outcome=RoutingOutcome.QUEUED, queue=self.queue, until=until, step=step
        )


def bind(settings: QueueSettings, node: Node, binder: Binder) -> Outcome | None:
    """Read the queue, and its deadline with what follows it."""
    entries = node.mapping or {}
    binder.named.queues.setdefault(settings.queue, entries["queue"])
    if settings.within is None and "then" not in entries:
        return ToQueue(kind="queue", queue=settings.queue)
    if settings.within is None or "then" not in entries:
        binder.report(
            node,
            "half_a_deadline",
            "a queue has both 'within' and 'then', or neither",
            "say how long it may lie there, and what happens then",
        )
        return None
    within = binder.span(entries["within"])
    then = binder.outcome(entries["then"])
    if within is None or then is None:
        return None
    return ToQueue(kind="queue", queue=settings.queue, within=within, then=then)


TYPE = RuleType(key="queue", kinds=("queue",), settings=QueueSettings, bind=bind)
