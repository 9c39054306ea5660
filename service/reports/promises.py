"""SLA attainment: of what was promised for the period, how much was kept. Every clock counts by itself."""

from __future__ import annotations

import numpy as np

from service.db import reports
from service.db.clocks import State
from service.reports.facts import Facts, Numbers, Truths
from service.reports.measures import Count, Share, Total, quantiles
from service.reports.report import DAY, HOUR, POOL, REP, RULE, SOURCE, TIER, Report, texts

_CLOCK = texts("clock", "What was promised: `first_touch`, `acceptance`, or a clock of the rulebook's own.")


def _in_time(facts: Facts) -> Truths:
    return facts.numbers("ended") <= facts.numbers("due")


def _met(facts: Facts) -> Truths:
    return facts.is_in("state", State.MET) & facts.judged(_in_time)


def _passed_on(facts: Facts) -> Truths:
    return facts.is_in("state", State.STOPPED) & facts.judged(_in_time)


def _running(facts: Facts) -> Truths:
    """Time is left, or stands still: a clock that ran out cannot be paused."""
    to_come = facts.numbers("due") > facts.now
    return facts.is_in("state", State.PAUSED) | (facts.is_in("state", State.RUNNING) & to_come)


def _missed(facts: Facts) -> Truths:
    return ~facts.judged(_met) & ~facts.judged(_passed_on) & ~facts.judged(_running)


def _overrun(facts: Facts) -> Numbers:
    """How long past its due time, so far if nothing has ended it."""
    ended = facts.numbers("ended")
    until = np.where(np.isnan(ended), facts.now, ended)
    return np.where(facts.judged(_missed), until - facts.numbers("due"), np.nan)


def _stood(facts: Facts) -> Numbers:
    """How long it stood still: all pauses that are over, and the one it is or ended in."""
    ended, paused = facts.numbers("ended"), facts.numbers("paused")
    last = np.where(np.isnan(ended), facts.now, ended) - paused
    return facts.numbers("stood") + np.where(np.isnan(paused), 0.0, np.maximum(last, 0.0))


REPORT = Report(
    name="sla",
    title="SLA attainment",
    about="Clocks of assignments with a due time in the period; pauses move it. Each clock of an "
    "assignment counts by itself (`clock`). A clock is met when what it waits for is done by its due time.",
    read=reports.promised,
    dimensions=(_CLOCK, POOL, REP, TIER, HOUR, DAY, SOURCE, RULE),
    measures=(
        Count(name="due", text="Clocks with a due time in the period."),
        Count(name="met", text="Those met by their due time.", test=_met),
        Count(
            name="missed",
            text="Those whose due time passed first: met late, or not at all.",
            test=_missed,
        ),
        Count(
            name="running",
            text="Those whose due time is still to come, or that stand still now.",
            test=_running,
        ),
        Count(
            name="passed_on",
            text="Those whose contact left the rep before they were due: neither met nor missed.",
            test=_passed_on,
        ),
        Share(
            name="attainment",
            text="The part that was met, of those met or missed.",
            test=_met,
            among=lambda facts: facts.judged(_met) | facts.judged(_missed),
        ),
        *quantiles(
            "overrun",
            "How long past the due time, of those missed, until met, the contact left the rep, or now",
            _overrun,
        ),
        Total(name="paused", text="For how long they stood still, all pauses added up.", value=_stood),
    ),
)
