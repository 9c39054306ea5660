"""The ``misses`` of a rulebook: after how many missed clocks a rep is switched offline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import Field as Setting

from routing.durations import SPAN_HINT, Window, parse_window
from routing.reading import Node
from routing.sections import Section
from routing.shape import Report, validate


@dataclass(frozen=True, slots=True, kw_only=True)
class MissPolicy:
    """``count`` clocks missed ``within`` a time switch a rep offline, for ``offline`` or until switched on.

    ``tell`` are ``manager`` or reps by id.
    """

    count: int
    within: Window
    offline: Window | None
    tell: tuple[str, ...]


class MissSettings(Section):
    """When a rep who lets clocks run out is switched offline, so that pools pass the rep over."""

    count: int = Setting(ge=1, le=1000, description="How many missed clocks it takes.")
    within: str = Setting(description="The time in which they fall, e.g. `7 days`.")
    offline: str | None = Setting(
        default=None,
        alias="offline for",
        description="How long, e.g. `4 hours`; unless said, until somebody switches the rep on.",
    )
    tell: Any = Setting(default=["manager"], description="Who is told: `manager` or ids of reps.")


def read_misses(node: Node | None, report: Report, reps: dict[str, Node]) -> MissPolicy | None:
    """Read the section; None where there is none or it is wrong. ``reps`` gets the reps it names."""
    if node is None:
        return None
    settings = validate(MissSettings, node, "'misses'", report)
    entries = node.mapping or {}
    if settings is None:
        return None
    within = _window(entries["within"], report)
    offline = _window(entries["offline for"], report) if "offline for" in entries else None
    told = entries.get("tell")
    people = ["manager"] if told is None else [item.raw for item in told.items or [told]]
    for item in (told.items or [told]) if told is not None else []:
        if item.raw != "manager":
            reps.setdefault(item.raw, item)
    if within is None:
        return None
    return MissPolicy(count=settings.count, within=within, offline=offline, tell=tuple(people))


def _window(node: Node, report: Report) -> Window | None:
    window = parse_window(node.raw)
    if window is None:
        report(node, "bad_span", f"'{node.raw[:60]}' is no span of time", SPAN_HINT)
    return window
