"""A version goes live at its time, once, if it still may; on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import insert, select, update

from service.db import approvals, audit, rulebooks, schedules
from service.db.approvals import Verdict
from service.db.changes import CHANGED
from service.db.engine import Database
from service.db.schedules import Schedule, State
from service.db.tables import delivery, destination, rep
from service.rulebook import scheduling
from service.rulebook.approval import NotApproved, review
from service.rulebook.examination import NotPublishable, examine
from service.rulebook.publishing import publish
from service.rulebook.scheduling import BadTime, NotWaiting, Scheduler, cancel, schedule_draft
from tests.service.organisation import MONDAY, Clock, organisation
from tests.service.rules import text_of

HOUR = timedelta(hours=1)


@pytest.fixture
def office(database: Database) -> Database:
    """A database with a first rulebook and a destination that is told everything."""
    organisation(database, text_of("first"))
    told = {
        "id": "d",
        "name": "d",
        "kind": "webhook",
        "url": "https://x.example",
        "secrets": [],
        "events": [],
    }
    with database.write() as connection:
        connection.execute(insert(destination).values(**told, active=True, created_at=MONDAY))
    return database


def plan(
    database: Database,
    text: str,
    at: datetime = MONDAY + HOUR,
    *,
    four_eyes: bool = False,
    approve: bool = False,
) -> Schedule:
    with database.write() as connection:
        draft = rulebooks.save_draft(connection, text, author="ann", at=MONDAY)
    if approve:
        review(database, draft.etag, reviewer="bob", verdict=Verdict.APPROVED, comment=None, now=MONDAY)
    return schedule_draft(
        database,
        draft.etag,
        at=at,
        zone="Europe/Berlin",
        author="ann",
        reason="May",
        four_eyes=four_eyes,
        now=MONDAY,
    ).schedule


def live(database: Database) -> str | None:
    with database.read() as connection:
        return rulebooks.live_version(connection)


def state(database: Database, wanted: Schedule) -> Schedule:
    with database.read() as connection:
        found = schedules.get(connection, wanted.id)
    assert found is not None
    return found


def messages(database: Database) -> list[tuple[str, str]]:
    with database.read() as connection:
        rows = connection.execute(select(delivery.c.type, delivery.c.payload).order_by(delivery.c.id)).all()
    return [(row.type, row.payload["data"]["version"]) for row in rows]


def test_a_version_goes_live_at_its_time_and_once(office: Database) -> None:
    clock = Clock()
    schedulers = [Scheduler(office, clock) for _ in range(3)]
    with pytest.raises(NotApproved):
        plan(office, text_of("may"), four_eyes=True)
    wanted = plan(office, text_of("may"), four_eyes=True, approve=True)
    first = live(office)
    with office.read() as connection:
        assert rulebooks.draft(connection).author is None  # the draft has ended: it waits now
    assert not any(scheduler.run() for scheduler in schedulers)
    clock.forward(hours=1)
    assert [scheduler.run() for scheduler in schedulers] == [True, False, False]
    done = state(office, wanted)
    assert (done.state, done.base, live(office)) == (State.PUBLISHED, first, wanted.version)
    with office.read() as connection:
        [said, _] = rulebooks.publications(connection, limit=2)
        [seen] = approvals.of_publications(connection, [said.id])[said.id]
    assert (said.author, said.reason, said.at) == ("ann", "May", MONDAY + HOUR)
    assert seen.reviewer == "bob"
    assert messages(office) == [("rulebook.published", wanted.version)]
    with office.read() as connection:
        newest = audit.page(connection, audit.Wanted(actions=frozenset((CHANGED,))), 1)[0]
    assert (newest.actor, newest.subject) == ("muster", "rulebook live")
    assert newest.detail == {"before": {"version": first}, "after": {"version": wanted.version}}


def test_what_another_process_settled_is_left_alone(
    office: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both saw it due; the second finds it done when it has the lock."""
    wanted = plan(office, text_of("may"))
    clock = Clock(MONDAY + HOUR)

    def meanwhile(*args: object, **kwargs: object) -> object:
        monkeypatch.setattr(scheduling, "examine", examine)
        Scheduler(office, clock).run()
        return examine(*args, **kwargs)

    monkeypatch.setattr(scheduling, "examine", meanwhile)
    Scheduler(office, clock).run()
    with office.read() as connection:
        assert len(rulebooks.publications(connection, limit=9)) == 2
    assert state(office, wanted).state is State.PUBLISHED
    assert len(messages(office)) == 1


def test_what_may_not_go_live_by_then_is_refused_and_says_why(office: Database) -> None:
    wanted, first = plan(office, text_of("may")), live(office)
    with office.write() as connection:
        connection.execute(update(rep).where(rep.c.external_id == "dan").values(external_id="gone"))
    Scheduler(office, Clock(MONDAY + HOUR)).run()
    refused = state(office, wanted)
    assert (refused.state, live(office)) == (State.REFUSED, first)
    assert "dan" in refused.problems[0]
    assert messages(office) == [("rulebook.refused", wanted.version)]


def test_a_change_of_what_is_not_live_any_more_is_refused(office: Database) -> None:
    wanted = plan(office, text_of("may"))
    hotfix = publish(office, text_of("hotfix"), author="eve", reason=None, now=MONDAY).publication
    Scheduler(office, Clock(MONDAY + HOUR)).run()
    assert (state(office, wanted).state, live(office)) == (State.REFUSED, hotfix.version)
    assert hotfix.version in state(office, wanted).problems[0]


def test_schedules_stand_in_a_line(office: Database) -> None:
    may, june = plan(office, text_of("may")), plan(office, text_of("june"), MONDAY + 2 * HOUR)
    assert june.base == may.version
    with pytest.raises(BadTime, match="must be later"):
        plan(office, text_of("between"), MONDAY + 1.5 * HOUR)
    clock = Clock(MONDAY + 3 * HOUR)  # the worker was away when both were due
    scheduler = Scheduler(office, clock)
    assert [scheduler.run() for _ in range(3)] == [True, True, False]
    assert live(office) == june.version
    july, august = plan(office, text_of("july")), plan(office, text_of("august"), MONDAY + 2 * HOUR)
    assert cancel(office, july.id, by="eve", now=MONDAY).settled_by == "eve"
    assert cancel(office, july.id, by="bob", now=MONDAY).settled_by == "eve"
    with pytest.raises(NotWaiting, match="published"):
        cancel(office, may.id, by="eve", now=MONDAY)
    with pytest.raises(NotWaiting):
        cancel(office, 999, by="eve", now=MONDAY)
    assert [scheduler.run() for _ in range(2)] == [True, False]
    assert (state(office, august).state, live(office)) == (State.REFUSED, june.version)


def test_what_cannot_be_scheduled(office: Database) -> None:
    tried = partial(plan, office)
    for at in (MONDAY, MONDAY - HOUR, MONDAY + timedelta(days=1000)):
        with pytest.raises(BadTime):
            tried(text_of("may"), at)
    with pytest.raises(NotPublishable):
        tried(text_of("may").replace("assignee: dan", "assignee: ana"))
    with office.read() as connection:
        assert schedules.waiting(connection) == []
