"""How the commands print the life of a rulebook: publications, schedules, the watch, what rules decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from service.db.approvals import Review
from service.db.rulebooks import Publication
from service.db.schedules import Schedule
from service.rulebook.usage import UsageReport
from service.rulebook.watch import Baseline, Watch

_BASELINES = {
    Baseline.SAME_HOURS: "the version before, in the same hours of the week",
    Baseline.SAME_VERSION: "the version before",
    Baseline.FOUR_WEEKS: "the four weeks before",
    Baseline.NONE: "nothing: there were too few decisions before",
}


def publications(found: Sequence[Publication], reviews: Mapping[int, Sequence[Review]]) -> Iterator[str]:
    """A line for each publication, and one for each thing that was said of it before."""
    for place, each in enumerate(found):
        live = "live  " if place == 0 else "      "
        yield f"{live}{each.version}  {each.at:%Y-%m-%d %H:%M}  {each.author}: {each.reason or '-'}"
        for said in reviews.get(each.id, ()):
            comment = f": {said.comment}" if said.comment else ""
            yield f"          {said.reviewer} {said.verdict.value} it at {said.at:%Y-%m-%d %H:%M}{comment}"


def schedules(found: Sequence[Schedule]) -> Iterator[str]:
    """A line for each schedule, and one for each reason why it was refused."""
    for each in found:
        local = each.at.astimezone(ZoneInfo(each.zone))
        when = f"{local:%Y-%m-%d %H:%M} {each.zone}"
        yield f"{each.id:>4}  {each.version}  {when}  {each.state.value}  {each.author}: {each.reason or '-'}"
        yield from (f"          {problem}" for problem in each.problems)
    if not found:
        yield "Nothing is scheduled"


def watch(found: Watch) -> Iterator[str]:
    """The shares on both sides; an exclamation mark where one has moved."""
    yield f"Version {found.version} since {found.since:%Y-%m-%d %H:%M} UTC: {found.decisions:,} decisions"
    yield f"Beside {_BASELINES[found.baseline]}: {found.baseline_decisions:,} decisions"
    width = max(len(each.measure) for each in found.measures)
    yield f"  {'':{width}}{'before':>10}{'now':>10}{'z':>8}"
    for each in found.measures:
        z = f"{each.z:>8.1f}" if each.z is not None else f"{'':>8}"
        mark = "!" if each.drifted else " "
        note = "" if each.known else "  new or gone"
        shares = f"{100 * each.before_share:>8.1f} %{100 * each.now_share:>8.1f} %"
        yield f"{mark} {each.measure:{width}}{shares}{z}{note}"
    for alarm in found.alarms:
        cleared = f", cleared {alarm.cleared_at:%Y-%m-%d %H:%M}" if alarm.cleared_at else ""
        yield f"Alarm: {alarm.measure}, raised {alarm.raised_at:%Y-%m-%d %H:%M}{cleared}"


def usage(found: UsageReport) -> Iterator[str]:
    """A line for each rule in order of precedence; below those that never decided, why."""
    yield f"Version {found.version}, {found.decisions:,} decisions since {found.since:%Y-%m-%d}"
    width = max(len(each.rule) for each in found.rules)
    for each in found.rules:
        last = f"last {each.last_at:%Y-%m-%d}" if each.last_at else "never"
        yield f"{each.rule:{width}}{each.decisions:>9,}{100 * each.share:>8.1f} %  {last}"
        if each.silent:
            yield from (
                f"      {why.decisions:>5} of {found.sampled}: {why.sentence}" for why in each.obstacles
            )
    for rule, count in found.former.items():
        yield f"{rule:{width}}{count:>9,}            no longer in the rulebook"
