"""The list of decisions: filters, search, how many they are; kept up to date while it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from matching.types import Motion
from service.api.views import cursor, position
from service.console.links import listed
from service.console.period import NAMES, OWN, Span, asked
from service.console.visit import Visit
from service.db import console, decision_list
from service.db.decision_list import Event, Row, Waits, Wanted
from service.db.decisions import Position
from service.spreadsheet import line

PAGE = 40
NEWER = 99
FILE_ROWS = 5_000
PATH = "/decisions"
COLUMNS = (
    *("at", "who", "company", "match", "account_id", "account"),
    *("outcome", "rule", "rep_id", "rep", "pool_or_queue", "decision_id"),
)
_TEXTS = (
    "match_outcome",
    "routing_outcome",
    "account",
    "rep",
    "rule",
    "pool",
    "source",
    "tier",
    "holder",
    "search",
)
_CHOICES: Mapping[str, type[StrEnum]] = {"event": Event, "waits": Waits, "motion": Motion}
EVENTS = {"outside": "Something came in", "again": "Decided once more", "started": "A rep got to work"}
LATE = "late"
MORE = ("pool", "source", "tier", "motion", "event", "waits", "holder", LATE)
"""Filters that are behind a click until one of them is used."""


def listing(visit: Visit) -> Response:
    """Decisions, newest first, as far as they fit the filters."""
    span = asked(visit.query, visit.zone, visit.services.now())
    chosen = _chosen(visit.query)
    wanted = _wanted(visit, chosen, span)
    after, seen = position(visit.query.get("after")), position(visit.query.get("seen"))
    with visit.services.database.read() as connection:
        if seen is not None and visit.fragment:
            newer = decision_list.newer(connection, wanted, (seen.at, seen.id), NEWER + 1)
            here = listed(PATH, chosen, span.said if span else {})
            return visit.show("decision_news.html", newer=newer, most=NEWER, here=here)
        if visit.query.get("format") == "csv":
            return visit.file(_lines(connection, wanted), "decisions")
        place = (after.at, after.id) if after else None
        rows = decision_list.page(connection, wanted, place, PAGE + 1)
        shown = rows[:PAGE]
        said = dict(span.said) if span else {}
        older = None
        if len(rows) > PAGE:
            behind = cursor(Position(at=shown[-1].at, id=shown[-1].id))
            older = listed(PATH, chosen, said, after=behind)
        values: dict[str, Any] = {
            "rows": shown,
            "older": older,
            "chosen": chosen,
            "span": span,
            "first": after is None,
            "here": listed(PATH, chosen, said),
            "file": listed(PATH, chosen, said, format="csv"),
            "most": FILE_ROWS,
            "news": listed(PATH, chosen, said, seen=_first(shown, visit)),
            "reps": console.rep_names(connection),
            "accounts": console.account_names(
                connection, [chosen.get("account"), *(row.account for row in shown)]
            ),
        }
        if visit.fragment and after:
            return visit.show("decision_rows.html", **values)
        values["counted"] = decision_list.count(connection, wanted)
        if visit.fragment:
            return visit.show("decision_list.html", **values)
        return visit.show("decisions.html", **values, **_choices(connection, chosen))


def _lines(connection: Connection, wanted: Wanted) -> str:
    """The newest decisions that fit, as lines for a spreadsheet."""
    rows = decision_list.page(connection, wanted, None, FILE_ROWS)
    reps = console.rep_names(connection)
    accounts = console.account_names(connection, [row.account for row in rows])
    told = [
        (
            row.at.astimezone(UTC).isoformat(timespec="seconds"),
            *(row.who, row.company, row.match_outcome, row.account, accounts.get(row.account or "")),
            *(row.routing_outcome, row.rule, row.rep, reps.get(row.rep or ""), row.place, row.id),
        )
        for row in rows
    ]
    return "".join(map(line, (COLUMNS, *told)))


def _first(shown: Sequence[Row], visit: Visit) -> str:
    """The place of the newest decision that is shown, or this moment."""
    at, key = (shown[0].at, shown[0].id) if shown else (visit.services.now(), "")
    return cursor(Position(at=at, id=key))


def _chosen(query: Mapping[str, str]) -> dict[str, str]:
    """The filters of an address that are any."""
    found = {name: query[name] for name in _TEXTS if name in query}
    for name, choices in _CHOICES.items():
        if query.get(name) in set(choices):
            found[name] = query[name]
    if LATE in query:
        found[LATE] = "1"
    return found


def _wanted(visit: Visit, chosen: Mapping[str, str], span: Span | None) -> Wanted:
    given: dict[str, Any] = dict(chosen)
    for name, choices in _CHOICES.items():
        if name in given:
            given[name] = choices(given[name])
    if given.pop(LATE, None):
        given[LATE] = visit.services.now()
    if span is not None:
        given |= {"since": span.since, "until": span.until}
    return Wanted(**given)


def _choices(connection: Connection, chosen: Mapping[str, str]) -> dict[str, Any]:
    """What can be chosen in the filters; what is chosen is among it, whether it is still seen or not."""
    seen = decision_list.seen(connection)
    told = {name: sorted(values | {chosen.get(name, "")} - {""}) for name, values in seen.items()}
    return {
        "periods": NAMES,
        "own": OWN,
        "rules": console.rules_used(connection),
        "told": told,
        "events": EVENTS,
        "more": any(name in chosen for name in MORE),
    }
