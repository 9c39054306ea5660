"""Assign to whoever's turn it is in a pool."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field as Setting

from routing.durations import SPAN_HINT, Window, parse_window
from routing.fields import Scope
from routing.reading import Node
from routing.rules.base import Binder, Outcome, Request, RuleType, Settings
from routing.sticky import had_lately
from routing.types.pools import PoolName


class PoolSettings(Settings):
    """Draw the next available member of a pool.

    When nobody is available the pool's own setting decides; by default the
    contact is held, visibly, until somebody is.
    """

    pool: str = Setting(min_length=1, description="The pool's name.")
    sticky: str | None = Setting(
        default=None,
        description="A contact that comes back within this time goes to the member who had it, and uses no "
        "turn, e.g. `30 days`.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FromPool:
    """A turn of a pool."""

    kind: str
    pool: PoolName
    sticky: Window | None = None

    def request(self, scope: Scope, step: str) -> Request:
        """Ask for a turn; who gets it is the rotation's to say."""
        had = had_lately(scope.facts, self.sticky, scope.now, scope.zone) if self.sticky is not None else None
        return Request(kind=self.kind, pool=self.pool, sticky=had)


def bind(settings: PoolSettings, node: Node, binder: Binder) -> Outcome | None:
    """Return the outcome."""
    binder.named.pools.setdefault(settings.pool, (node.mapping or {})["pool"])
    sticky = parse_window(settings.sticky) if settings.sticky is not None else None
    if settings.sticky is not None and sticky is None:
        message = f"'{settings.sticky}' is no span of time"
        binder.report((node.mapping or {})["sticky"], "bad_span", message, SPAN_HINT)
    return FromPool(kind="pool", pool=PoolName(settings.pool), sticky=sticky)


TYPE = RuleType(key="pool", kinds=("pool",), settings=PoolSettings, bind=bind)
