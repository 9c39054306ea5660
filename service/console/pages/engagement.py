"""Engagement: accounts by their score now, one of them with why, and the signals that are on no account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from starlette.responses import Response

from routing.types.facts import ProgramTier
from service.api.program_actor import parts_of
from service.api.program_engagement import behind_of, next_of
from service.api.signals import PlaceIn, next_signal, row_of
from service.console import forms
from service.console.charts import Chart, stacked
from service.console.links import listed
from service.console.period import Part
from service.console.told import Told, address
from service.console.visit import Visit
from service.db.engagement import activations, signals
from service.db.engagement.signals import Wanted
from service.db.program import placements
from service.engagement.core.days import day_of, start_of
from service.engagement.report import DAYS, EngagementDetail, SignalDay, detail, ranked
from service.engagement.unplaced import Unplaced
from service.problems import Invalid, NotFound

PAGE = 50
PATH = "/program/engagement"
WAITING = f"{PATH}/unmatched"
TONES = ("accent", "good", "ask", "warn")
"""Of the kinds that there are most of; all others together have the last."""
_NEWEST = 10
_WEEK = 7
_OTHER = "other"


def listing(visit: Visit) -> Response:
    """Accounts by their score now, what signals activated lately, and how many wait for an account."""
    chosen = visit.query.get("tier")
    tier = ProgramTier(chosen) if chosen in list(ProgramTier) else None
    now = visit.services.now()
    with visit.services.database.read() as connection:
        found = ranked(connection, now, tier=tier, behind=behind_of(visit.query.get("after")), limit=PAGE + 1)
        newest = activations.page(connection, activations.Wanted(tier=tier), before=None, limit=_NEWEST)
        names = placements.about(connection, [each.account for each in newest])
        waiting = signals.count_unplaced(connection)
    more = next_of(found, PAGE)
    said = {"tier": tier.value} if tier else {}
    return visit.show(
        "engagement.html",
        accounts=[shown for _, shown in found[:PAGE]],
        activations=newest,
        names=names,
        waiting=waiting,
        tiers=list(ProgramTier),
        tier=tier,
        lower=listed(PATH, said, after=more) if more else None,
    )


def one(visit: Visit) -> Response:
    """An account: its signals by week, of what its score is made, who engaged, what was activated."""
    account, now = visit.params["account"], visit.services.now()
    with visit.services.database.read() as connection:
        found = detail(connection, account, now)
        if found is None:
            raise NotFound("There is no account with this id, and no signal of it")
        heard = signals.page(
            connection, Wanted(account=account), before=row_of(visit.query.get("after")), limit=PAGE + 1
        )
    path = address(f"{PATH}/accounts/{{}}", account)
    more = next_signal(heard, PAGE)
    return visit.show(
        "engagement_account.html",
        found=found,
        chart=_chart(found, path, day_of(now)),
        signals=heard[:PAGE],
        older=listed(path, after=more) if more else None,
    )


def unmatched(visit: Visit) -> Response:
    """Signals on no account, with the accounts that they may be of."""
    return _unmatched(visit)


def place(visit: Visit) -> Response:
    """Put a signal on an account, and those that say the same of their company."""
    row = visit.form.get("signal", "")
    try:
        read = forms.read(PlaceIn, {"account": visit.form.get("account", "").strip()})
        if not (row.isascii() and row.isdecimal() and len(row) < 19):
            raise NotFound("There is no signal with this id")
        moved = Unplaced(parts_of(visit.services)).put(int(row), read.account, visit.caller.name)
    except Invalid as problem:
        return _unmatched(visit, problem)
    visit.services.bell.ring()
    done = "1 signal is" if len(moved) == 1 else f"{len(moved)} signals are"
    return visit.tell(Told(said=f"{done} on {read.account} now."), WAITING)


def _unmatched(visit: Visit, problem: Invalid | None = None) -> Response:
    with visit.services.database.read() as connection:
        before = row_of(visit.query.get("after"))
        found = signals.page(connection, Wanted(unplaced=True), before=before, limit=PAGE + 1)
        likely = [each.account for one in found for each in one.likely]
        names = placements.about(connection, likely)
        count = signals.count_unplaced(connection)
    more = next_signal(found, PAGE)
    return visit.show(
        "engagement_unmatched.html",
        status=problem.status if problem else 200,
        signals=found[:PAGE],
        names=names,
        waiting=count,
        problem=problem,
        older=listed(WAITING, after=more) if more else None,
    )


def _chart(found: EngagementDetail, path: str, today: int) -> Chart:
    """The signals of each week, by the kinds that there are most of."""
    first = today - DAYS // _WEEK * _WEEK + 1
    heard = [(_day(each.day), each) for each in found.days]
    usual = [kind for kind, _ in _by_kind(found.days).most_common(len(TONES) - 1)]
    parts, values = [], []
    for start in range(first, today + 1, _WEEK):
        since, until = start_of(start), start_of(start + _WEEK)
        label = f"{since:%d %b} to {until - timedelta(days=1):%d %b %Y}"
        parts.append(Part(since=since, until=until, said={}, mark=f"{since:%d %b}", label=label))
        week: Counter[str] = Counter()
        for day, each in heard:
            if start <= day < start + _WEEK:
                week[each.kind if each.kind in usual else _OTHER] += each.signals
        values.append(week)
    names = [*usual, *([_OTHER] if any(week[_OTHER] for week in values) else [])]
    called = {name: (name.replace("_", " "), tone) for name, tone in zip(names, TONES, strict=False)}
    return stacked("Signals by week", parts, values, called, [f"{path}#signals"] * len(parts))


def _by_kind(days: Sequence[SignalDay]) -> Counter[str]:
    found: Counter[str] = Counter()
    for each in days:
        found[each.kind] += each.signals
    return found


def _day(text: str) -> int:
    """The number of a day that is written as 2026-03-01."""
    return (date.fromisoformat(text) - date(1970, 1, 1)).days
