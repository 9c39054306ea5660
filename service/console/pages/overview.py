"""The overview: what came in during a period, what became of it, what waits, and who has how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection
from starlette.responses import Response

from routing.types.decision import FALLBACK
from service.console import words
from service.console.charts import Chart, stacked
from service.console.links import listed
from service.console.pages.deliveries import UNDELIVERED
from service.console.period import NAMES, OWN, Part, Span, chosen, parts
from service.console.rendering import count, percent
from service.console.visit import Visit
from service.db import alarms, console, inbox, outbox, rulebooks
from service.db import overview as db
from service.db.alarms import Alarm
from service.db.decision_list import Event
from service.db.overview import CameIn

OLDEST = 6
DECISIONS = "/decisions"
_OUTSIDE = {"event": Event.OUTSIDE.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number, and the list that it counts. ``alarm``: it should be nought."""

    label: str
    value: str
    note: str
    address: str
    alarm: bool = False


def overview(visit: Visit) -> Response:
    """The figures and the charts of a period; what waits now, what drifts; the load per rep."""
    now = visit.services.now()
    span = chosen(visit.query, visit.zone, now)
    pieces = parts(span)
    with visit.services.database.read() as connection:
        came_in = db.came_in(connection, [(each.since, each.until) for each in pieces])
        waiting = console.open_counts(connection)
        return visit.show(
            "overview_live.html" if visit.fragment else "overview.html",
            span=span,
            periods=NAMES,
            own=OWN,
            address=listed("/", span.said),
            pace=listed("/pace", span.said),
            figures=_figures(db.together(came_in), span),
            charts=_charts(pieces, came_in),
            anything=any(each.total for each in came_in) or db.ever(connection),
            now_figures=_now(connection, waiting),
            alarms=_alarms(connection),
            oldest=console.oldest_open(connection, OLDEST),
            undecided=inbox.oldest_waiting(connection),
            loads=console.loads(connection, now, span.since, span.until),
        )


def _figures(total: CameIn, span: Span) -> tuple[Figure, ...]:
    """What came in, and the parts of it."""

    def part(label: str, number: int, note: str, **filters: str) -> Figure:
        share = percent(number / total.total if total.total else 0)
        address = listed(DECISIONS, span.said, _OUTSIDE, **filters)
        return Figure(label=label, value=share, note=f"{count(number)} {note}", address=address)

    everything = Figure(
        label="Came in",
        value=count(total.total),
        note=f"{count(total.routed['assigned'])} went to a rep",
        address=listed(DECISIONS, span.said, _OUTSIDE),
    )
    return (
        everything,
        part("Matched", total.matched["matched"], "to an account", match_outcome="matched"),
        part("To confirm", total.matched["review"], "likely, not certain", match_outcome="review"),
        part("No account", total.matched["unmatched"], "unmatched", match_outcome="unmatched"),
        part("Assigned", total.routed["assigned"], "to a rep", routing_outcome="assigned"),
        part("No rule applied", total.fallback, "to the fallback", rule=FALLBACK),
    )


def _charts(pieces: Sequence[Part], came_in: Sequence[CameIn]) -> tuple[Chart, ...]:
    addresses = [listed(DECISIONS, each.said, _OUTSIDE) for each in pieces]
    routes = {name: words.ROUTING[name] for name in db.ROUTES}
    matches = {name: words.MATCH[name] for name in db.MATCHES}
    return (
        stacked("Where they went", pieces, [each.routed for each in came_in], routes, addresses),
        stacked(
            "Whether they found their account", pieces, [each.matched for each in came_in], matches, addresses
        ),
    )


def _now(connection: Connection, waiting: dict[str, int]) -> tuple[Figure, ...]:
    """What waits at this moment, whatever the period."""
    undelivered = sum(outbox.counts(connection).values())

    def waits(kind: str, label: str, note: str, *, alarm: bool = False) -> Figure:
        number = waiting.get(kind, 0)
        address = listed(DECISIONS, waits=kind)
        return Figure(
            label=label, value=count(number), note=note, address=address, alarm=alarm and number > 0
        )

    return (
        waits("review", "Matches to confirm", "open now"),
        waits("asked", "Questions open", "asked by a rule"),
        waits("held", "Held", "until a time or for somebody", alarm=True),
        Figure(
            label="Not delivered",
            value=count(undelivered),
            note="messages to other systems",
            address=listed("/deliveries", state=UNDELIVERED),
            alarm=undelivered > 0,
        ),
    )


def _alarms(connection: Connection) -> list[Alarm]:
    """The shares that moved since the live rulebook was published, and did not move back."""
    newest = rulebooks.publications(connection, limit=1)
    found = alarms.of_publication(connection, newest[0].id) if newest else []
    return [each for each in found if each.cleared_at is None]
