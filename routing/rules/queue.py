"""Put the contact in a named queue, for whoever works it."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field as Setting

from routing.fields import Scope
from routing.reading import Node
from routing.rules.base import Binder, Outcome, Request, RuleType, Settings
from routing.types import RoutingOutcome


class QueueSettings(Settings):
    """Put the contact in a queue. Nobody owns it there until somebody takes it."""

    queue: str = Setting(min_length=1, description="The queue's name.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToQueue:
    """A place in a queue."""

    kind: str
    queue: str

    def request(self, scope: Scope, rule: str) -> Request:
        """Ask for the queue."""
        return Request(kind=self.kind, outcome=RoutingOutcome.QUEUED, queue=self.queue)


def bind(settings: QueueSettings, node: Node, binder: Binder) -> Outcome | None:
    """Return the outcome."""
    binder.named.queues.setdefault(settings.queue, (node.mapping or {})["queue"])
    return ToQueue(kind="queue", queue=settings.queue)


TYPE = RuleType(key="queue", kinds=("queue",), settings=QueueSettings, bind=bind)
