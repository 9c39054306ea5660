"""The shares since a publication beside those before it, and the alarms; on both databases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select

from matching.types import MatchOutcome
from routing.rulebook import version_of
from routing.types.decision import RoutingOutcome
from service.db import alarms
from service.db.engine import Database
from service.db.shares import Stretch
from service.db.tables import delivery, destination
from service.rulebook.publishing import publish
from service.rulebook.watch import Baseline, Watch, Watcher, same_hours, watch
from tests.service.organisation import MONDAY, Clock, organisation
from tests.service.rulebook.log import Row, log
from tests.service.rules import text_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
OLD, NEW = text_of("italy"), text_of("italy").replace("Italy is Dan's", "Italy stays Dan's")
ASSIGNED, MATCHED = RoutingOutcome.ASSIGNED, MatchOutcome.MATCHED


def rows(since: datetime, many: int, fallback: int) -> Iterable[Row]:
    """So many decisions within an hour, the first of them by the fallback."""
    for place in range(many):
        yield (
            since + place * timedelta(seconds=20),
            "fallback" if place < fallback else "italy",
            ASSIGNED,
            MATCHED,
        )


def look(database: Database, now: datetime) -> Watch:
    with database.read() as connection:
        found = watch(connection, now)
    assert found is not None
    return found


def test_an_alarm_is_raised_told_once_and_cleared(database: Database) -> None:
    organisation(database, OLD)
    told = {
        "id": "d",
        "name": "d",
        "kind": "webhook",
        "url": "https://x.example",
        "secrets": [],
        "events": [],
    }
    published = MONDAY + 7 * DAY
    publish(database, NEW, author="ann", reason=None, now=published)
    with database.write() as connection:
        connection.execute(insert(destination).values(**told, active=True, created_at=MONDAY))
        log(connection, version_of(OLD), rows(MONDAY, 100, 10))  # the same hour, a week before
        log(connection, version_of(OLD), rows(MONDAY - 3 * HOUR, 100, 90))  # other hours are another crowd
    clock = Clock(published + HOUR)
    watchers = [Watcher(database, clock) for _ in range(2)]
    assert look(database, clock()).decisions == 0
    with database.write() as connection:
        log(connection, version_of(NEW), rows(published, 80, 30))
    seen = look(database, clock())
    assert (seen.baseline, seen.baseline_decisions, seen.decisions) == (Baseline.SAME_HOURS, 100, 80)
    fallback = next(each for each in seen.measures if each.measure == "fallback")
    assert (fallback.before_share, fallback.now_share, fallback.drifted) == (0.1, 0.375, True)
    for watcher in watchers * 2:
        assert not watcher.run()
    with database.read() as connection:
        messages = connection.execute(select(delivery.c.type, delivery.c.payload)).all()
        raised = alarms.of_publication(connection, seen.publication_id)
    assert [alarm.measure for alarm in raised] == ["fallback"]
    [(kind, payload)] = messages
    data = payload["data"]
    assert (kind, data["measure"], data["now_count"], data["now_total"]) == (
        "rulebook.drift", "fallback", 30, 80,
    )  # fmt: skip
    with database.write() as connection:
        log(connection, version_of(NEW), rows(published + HOUR, 2000, 100))
    clock.forward(days=1)
    watchers[0].run()
    with database.read() as connection:
        assert alarms.standing(connection, seen.publication_id) == 0
    assert look(database, clock()).alarms[0].cleared_at == clock()


def test_what_the_shares_are_compared_with(database: Database) -> None:
    organisation(database, OLD)
    assert look(database, MONDAY + HOUR).baseline is Baseline.NONE
    with database.write() as connection:
        log(connection, version_of(OLD), rows(MONDAY + DAY, 60, 3))
    publish(database, NEW, author="ann", reason=None, now=MONDAY + 2 * DAY)
    assert look(database, MONDAY + 2 * DAY + HOUR).baseline is Baseline.SAME_VERSION
    publish(database, text_of("other"), author="ann", reason=None, now=MONDAY + 2 * DAY + 2 * HOUR)
    assert look(database, MONDAY + 3 * DAY).baseline is Baseline.FOUR_WEEKS


PUBLISHED = MONDAY + 40 * DAY
WINDOWS = {
    "an hour after": (Stretch(since=PUBLISHED, until=PUBLISHED + HOUR), 7),
    "a week after": (Stretch(since=PUBLISHED, until=PUBLISHED + 7 * DAY), 7),
    "ten days after": (Stretch(since=PUBLISHED + 3 * DAY, until=PUBLISHED + 10 * DAY), 14),
}


@pytest.mark.parametrize("case", WINDOWS)
def test_the_same_hours_before_a_publication(case: str) -> None:
    window, days = WINDOWS[case]
    found = same_hours(window, PUBLISHED)
    assert found[0] == Stretch(since=window.since - days * DAY, until=window.until - days * DAY)
    assert len(found) == 4 and all(stretch.until <= PUBLISHED for stretch in found)
