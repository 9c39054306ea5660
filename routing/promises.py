"""The ``sla`` of a rule: promises, what is counted in which calendar, and what happens around the due time.

Short, for one clock and for several:

    sla: 4 business hours
    sla: {first touch: 4 business hours, acceptance: 30 minutes}

In full, one entry for each clock (`ClockSettings`):

    sla:
      - clock: acceptance
        within: 30 minutes
        calendar: assignee
        remind: [10 minutes before]
        escalate: manager
        then: reassign
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field as Setting

from routing.durations import PROMISE_HINT, Promise
from routing.problems import did_you_mean
from routing.reading import Node
from routing.sections import Section
from routing.shape import Report, validate
from routing.sla import DurationError, parse_duration
from routing.types.clocks import Terms, Then, Transfer
from routing.types.people import RepId, WorkCalendar

FIRST_TOUCH = "first_touch"
"""The clock that a promise without a name is for: the assignee's first outbound activity."""

ACCEPTANCE = "acceptance"
"""The clock that accepting stops."""

MANAGER = "manager"

Promises = tuple[tuple[str, Promise], ...]
"""Promises by the name of their clock."""

_BEFORE = re.compile(r"(.+?)\s+before", re.IGNORECASE)
_SHARE = re.compile(r"(\d{1,2})\s*%")
_REMIND_HINT = "write '10 minutes before', or '50%' for when half of the time has passed"


class ClockSettings(Section):
    """One clock of an assignment."""

    clock: str = Setting(
        default="first touch",
        min_length=1,
        description="What has to be done: `first touch`, `acceptance`, or a name of your own: `demo booked`.",
    )
    within: str = Setting(description="The time given, e.g. `30 minutes`, `4 business hours`.")
    calendar: str | None = Setting(
        default=None,
        description="What it is counted in: `assignee` (the rep's working hours), `real`, or one of "
        "`calendars`. Unless said: `assignee` for business time, else `real`.",
    )
    remind: Any = Setting(
        default=[],
        description="When the rep is reminded: `10 minutes before`, or `50%` of the time; one or a list.",
    )
    escalate: Any = Setting(
        default=[], description="Who is told when time is up: `manager` or the id of a rep; one or a list."
    )
    then: Any = Setting(
        default="nothing",
        description="What then becomes of it: `nothing`, `reassign` (the rules decide again, without "
        "those who had it), `manager`, or `{queue: NAME}`.",
    )
    hops: int = Setting(
        default=3, ge=1, le=20, description="How many reps may miss it before `finally` happens instead."
    )
    last: Any = Setting(
        default="manager",
        alias="finally",
        description="What happens after that: `nothing`, `manager` or `{queue: NAME}`.",
    )
    transfer: Transfer = Setting(
        default=Transfer.RESTART,
        alias="on transfer",
        strict=False,
        description="Whether the next rep has the whole time (`restart`) or what is left (`carry_on`).",
    )


class PromiseReader:
    """Reads ``sla`` wherever it stands. ``reps`` and ``queues`` get the names it finds, with their places.

    ``carry_on`` says whether any clock goes on with what the rep before left of it.
    """

    def __init__(
        self,
        calendars: Mapping[str, WorkCalendar],
        report: Report,
        *,
        reps: dict[str, Node],
        queues: dict[str, Node],
    ) -> None:
        self._calendars = calendars
        self._report = report
        self._reps = reps
        self._queues = queues
        self.carry_on = False

    def read(self, node: Node | None) -> Promises:
        """Return the promises of a node in any of the forms; what is wrong is reported and left out."""
        if node is None:
            return ()
        if node.items is not None:
            read = [self._clock(None, item) for item in node.items]
        elif node.mapping is not None and "within" in node.mapping:
            read = [self._clock(None, node)]
        elif node.mapping is not None:
            read = [self._clock(name, value) for name, value in node.mapping.items()]
        else:
            read = [self._clock(FIRST_TOUCH, node)]
        promises = [each for each in read if each is not None]
        return self._once(node, promises)

    def _once(self, node: Node, promises: list[tuple[str, Promise]]) -> Promises:
        names = [name for name, _ in promises]
        for name in {name for name in names if names.count(name) > 1}:
            self._report(
                node, "duplicate_clock", f"there are two clocks '{name.replace('_', ' ')}'", "keep one"
            )
        return tuple(dict(promises).items())

    def _clock(self, name: str | None, node: Node) -> tuple[str, Promise] | None:
        if node.mapping is None:
            promise = self._within(node)
            return (_plain(name or FIRST_TOUCH), promise) if promise is not None else None
        settings = validate(ClockSettings, node, "a clock", self._report)
        if settings is None:
            return None
        promise = self._within(node.mapping["within"])
        if promise is None:
            return None
        return _plain(name or settings.clock), self._with_terms(promise, settings, node.mapping)

    def _within(self, node: Node) -> Promise | None:
        try:
            return parse_duration(node.value if node.scalar is not None else None)
        except DurationError:
            shown = f"'{node.raw[:60]}'" if node.raw else "this"
            self._report(node, "bad_span", f"{shown} is no time to act, or more than a year", PROMISE_HINT)
            return None

    def _with_terms(self, promise: Promise, settings: ClockSettings, entries: Mapping[str, Node]) -> Promise:
        calendar, hours = promise.calendar, None
        if settings.calendar == "real":
            calendar = "real"
        elif settings.calendar is not None:
            calendar = "business"
            hours = self._named(settings.calendar, entries["calendar"])
        then, queue = self._then(entries.get("then"), Then.NOTHING, may_reassign=True)
        self.carry_on |= settings.transfer is Transfer.CARRY_ON
        last, last_queue = self._then(entries.get("finally"), Then.MANAGER, may_reassign=False)
        terms = Terms(
            hours=hours,
            remind=self._reminders(entries.get("remind"), promise.minutes),
            escalate=self._people(entries.get("escalate")),
            then=then,
            hops=settings.hops,
            last=last,
            queue=queue or last_queue,
            transfer=settings.transfer,
        )
        return Promise(minutes=promise.minutes, calendar=calendar, terms=terms)

    def _named(self, name: str, node: Node) -> WorkCalendar | None:
        if name != "assignee" and name not in self._calendars:
            known = ["assignee", "real", *self._calendars]
            hint = did_you_mean(name, known) or f"use {', '.join(known)}, or describe it under 'calendars'"
            self._report(node, "unknown_calendar", f"there is no calendar '{name}'", hint)
        return self._calendars.get(name)

    def _reminders(self, node: Node | None, minutes: int) -> tuple[int, ...]:
        found = set()
        for item in _several(node):
            before = _before(item.raw, minutes)
            if before is not None and 0 < before < minutes:
                found.add(before)
                continue
            text, hint = f"'{item.raw[:60]}' is no moment before the time is up", _REMIND_HINT
            if before is not None and minutes == 1:
                text = "a clock of 1 minute has no whole minute at which to remind"
                hint = "leave 'remind' out, or give the rep 2 minutes or more"
            elif before is not None:
                text = f"'{item.raw[:60]}' does not fall between the start and the end of {minutes} minutes"
                hint = f"reminders are whole minutes: say 1 to {minutes - 1} minutes before"
            self._report(item, "bad_reminder", text, hint)
        return tuple(sorted(found, reverse=True))

    def _people(self, node: Node | None) -> tuple[str, ...]:
        found = []
        for item in _several(node):
            if not item.raw:
                self._report(item, "not_a_person", "say 'manager' or the id of a rep")
                continue
            if item.raw != MANAGER:
                self._reps.setdefault(RepId(item.raw), item)
            found.append(item.raw)
        return tuple(dict.fromkeys(found))

    def _then(self, node: Node | None, unless_said: Then, *, may_reassign: bool) -> tuple[Then, str | None]:
        if node is None:
            return unless_said, None
        queue = (node.mapping or {}).get("queue")
        if queue is not None and len(node.mapping or {}) == 1 and queue.raw:
            self._queues.setdefault(queue.raw, queue)
            return Then.QUEUE, queue.raw
        words = [Then.NOTHING, Then.MANAGER, *([Then.REASSIGN] if may_reassign else [])]
        if node.raw in words:
            return Then(node.raw), None
        shown = f"'{node.raw[:60]}'" if node.raw else "this"
        self._report(
            node,
            "unknown_step",
            f"{shown} is nothing that a clock can do",
            did_you_mean(node.raw, words) or f"use {', '.join(words)} or {{queue: NAME}}",
        )
        return unless_said, None


def _before(text: str, minutes: int) -> int | None:
    """Return the minutes before the due time that a reminder names."""
    if share := _SHARE.fullmatch(text.strip()):
        return minutes - minutes * int(share[1]) // 100
    found = _BEFORE.fullmatch(text.strip())
    try:
        return parse_duration(found[1]).minutes if found else None
    except DurationError:
        return None


def _several(node: Node | None) -> Iterable[Node]:
    return () if node is None else node.items if node.items is not None else (node,)


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_")
