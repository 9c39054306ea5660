"""Assign to whoever's turn it is in a pool."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field as Setting

from routing.fields import Scope
from routing.reading import Node
from routing.rules.base import Binder, Outcome, Request, RuleType, Settings
from routing.types import PoolName


class PoolSettings(Settings):
    """Draw the next available member of a pool.

    When nobody is available the pool's own setting decides; by default the
    contact is held, visibly, until somebody is.
    """

    pool: str = Setting(min_length=1, description="The pool's name.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FromPool:
    """A turn of a pool."""

    kind: str
    pool: PoolName

    def request(self, scope: Scope, step: str) -> Request:
        """Ask for a turn; who gets it is the rotation's to say."""
        return Request(kind=self.kind, pool=self.pool)


def bind(settings: PoolSettings, node: Node, binder: Binder) -> Outcome | None:
    """Return the outcome."""
    binder.named.pools.setdefault(settings.pool, (node.mapping or {})["pool"])
    return FromPool(kind="pool", pool=PoolName(settings.pool))


TYPE = RuleType(key="pool", kinds=("pool",), settings=PoolSettings, bind=bind)
