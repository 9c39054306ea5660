"""Whose success a contact is: credit stamped on the assignment, never doubled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting

from routing.conditions import ALWAYS, Condition, compile_condition
from routing.effects.people import Result, Whom, read_person
from routing.reading import Node
from routing.rules.base import Binder
from routing.shape import validate
from routing.types.decision import Credit
from routing.types.people import RepId


class CreditSettings(BaseModel):
    """A stamp of credit. Those of one kind are given in order until the whole is given away."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    kind: str = Setting(
        min_length=1, max_length=64, description="The kind of credit, e.g. `sourced` or `influenced`."
    )
    to: Any = Setting(
        description="Who gets it: `assignee`, `partner`, `{manager of: assignee}` or an outcome that names "
        "one person."
    )
    share: float | int = Setting(
        default=1, gt=0, le=1, description="Which part of it, e.g. `0.5`; all of it unless said."
    )
    when: Any = Setting(default=None, description="A condition; without one it is always given.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """One entry of ``credit``, ready to be applied."""

    kind: str
    to: Whom
    share: float
    when: Condition


def read_credit(node: Node | None, binder: Binder) -> tuple[Stamp, ...]:
    """Read ``credit``: a list of stamps."""
    stamps = []
    for item in (node.items or []) if node is not None else []:
        settings = validate(CreditSettings, item, "a stamp of credit", binder.report)
        entries = item.mapping or {}
        to = read_person(entries["to"], binder) if "to" in entries else None
        tree = binder.condition(entries["when"]) if "when" in entries else ALWAYS
        if settings is not None and to is not None:
            stamps.append(
                Stamp(kind=settings.kind, to=to, share=float(settings.share), when=compile_condition(tree))
            )
    return tuple(stamps)


def credits_of(stamps: Sequence[Stamp], result: Result) -> tuple[Credit, ...]:
    """Return the credit of a new assignment: of each kind what is left of the whole, in order.

    A person who is meant twice gets one credit of both shares.
    """
    given: dict[tuple[str, RepId], float] = {}
    left: dict[str, float] = {}
    for stamp in stamps:
        share = min(stamp.share, left.get(stamp.kind, 1.0))
        rep = stamp.to.rep(result) if share > 0 and stamp.when(result.scope, None)[0] else None
        if rep is not None:
            given[stamp.kind, rep] = round(given.get((stamp.kind, rep), 0.0) + share, 6)
            left[stamp.kind] = round(left.get(stamp.kind, 1.0) - share, 6)
    rule = result.step
    return tuple(Credit(kind=kind, rep=rep, share=share, rule=rule) for (kind, rep), share in given.items())
