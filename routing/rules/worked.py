"""Assign to the rep who last worked the account or the contact, by its activities."""

from __future__ import annotations

from typing import Any

from pydantic import Field as Setting

from routing.conditions import compile_condition, describe
from routing.reading import Node
from routing.rules.base import Away, Binder, Outcome, RuleType, Settings
from routing.rules.owner import ItemOwner
from routing.rules.selection import Several


class WorkedSettings(Settings):
    """Assign to the rep of the activity that decides, e.g. the SDR who touched the account last."""

    where: Any = Setting(
        alias="who worked it", description="Which activities count; a condition on the activity."
    )
    several: Several | None = Setting(
        default=None,
        alias="if several",
        strict=False,
        description="Which one decides when several reps worked it: `latest` (unless said), `earliest` "
        "or `person`.",
    )
    away: Away | None = Setting(
        default=None,
        strict=False,
        description="What happens while the rep is absent; unless said, as under `defaults`.",
    )


def bind(settings: WorkedSettings, node: Node, binder: Binder) -> Outcome | None:
    """Check the settings and return the outcome."""
    entries = node.mapping or {}
    activities = binder.catalogue.collections["activities"]
    if settings.several is Several.LARGEST:
        binder.report(
            entries["if several"], "unexpected", "an activity has no amount", "use latest, earliest or person"
        )
    where = binder.condition(entries["who worked it"], activities)
    return ItemOwner(
        kind="worked",
        collection=activities,
        rep_field="rep",
        where=where,
        matches=compile_condition(where),
        wanted=describe(where),
        several=settings.several or Several.LATEST,
        chosen=settings.several is not None,
        measure=lambda item: item.at,
        away=settings.away or binder.away,
        tie_queue=binder.tie_queue,
    )


TYPE = RuleType(key="who worked it", kinds=("worked",), settings=WorkedSettings, bind=bind, person=True)
