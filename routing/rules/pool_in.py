"""Assign to whoever's turn it is in the pool that a table gives."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field as Setting

from routing.fields import Field, Scope
from routing.problems import did_you_mean
from routing.reading import Node
from routing.rules.base import Binder, Outcome, Request, RuleType, Settings, looked_up, nobody
from routing.types.pools import PoolName


class PoolInSettings(Settings):
    """Draw the next available member of the pool that a table's row gives.

    Where no row fits, or the row gives no pool, the claim names nobody and the
    next one is considered.
    """

    pool_in: str = Setting(
        alias="pool in", description="A column of the type pool, e.g. `table.territories.pool`."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolIn:
    """A turn of the pool in a field."""

    kind: str
    field: Field

    def request(self, scope: Scope, step: str) -> Request:
        """Ask for a turn of the pool that the row gives."""
        value = self.field.get(scope, None)
        if value is None:
            return looked_up(nobody(self.kind, self.field.name, "a pool", None), self.field, scope)
        return looked_up(Request(kind=self.kind, pool=PoolName(str(value))), self.field, scope)


def bind(settings: PoolInSettings, node: Node, binder: Binder) -> Outcome | None:
    """Find the column; only a table's pools are known before a contact comes, so only they can be checked."""
    place, name = (node.mapping or {})["pool in"], settings.pool_in
    if name not in binder.pool_columns:
        hint = did_you_mean(name, binder.pool_columns) or "name a column of a table, of the type pool"
        binder.report(place, "unknown_field", f"there is no table that gives a pool '{name}'", hint)
        return None
    return PoolIn(kind="pool_in", field=binder.catalogue.fields[name])


TYPE = RuleType(key="pool in", kinds=("pool_in",), settings=PoolInSettings, bind=bind)
