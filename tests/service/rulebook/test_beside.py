"""Deciding in the shadow: everything is recorded, nobody is put to work; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from matching.types import Contact
from service import doctor
from service.db import decisions, recorded, shadow
from service.db.engine import Database
from service.db.recorded import Span
from service.db.shadow import Beside, Mode, Verdict
from service.db.tables import assignment, delivery, destination, turn, waiting
from service.rulebook.beside import report
from tests.service.organisation import MONDAY, arriving, organisation, turns

WEB = Mode(sources=frozenset({"web"}), owner_field="owner", since=MONDAY, author="ann")
DAY = timedelta(days=1)


def web(name: str, owner: str | None, **fields: str) -> Contact:
    custom = {"owner": owner} if owner else {}
    return Contact(
        external_id=name, email=f"{name}@new-{name}.example", source="web", custom=custom, **fields
    )


def disagreements(database: Database, rule: str | None = None) -> list[Beside]:
    with database.read() as connection:
        return shadow.page(connection, MONDAY - DAY, shadow.DISAGREEMENTS, rule=rule, after=None, limit=100)


def test_the_shadow_records_and_puts_nobody_to_work(database: Database) -> None:
    office = organisation(database)
    told = {
        "id": "d",
        "name": "d",
        "kind": "webhook",
        "url": "https://x.example",
        "secrets": [],
        "events": [],
    }
    at_work = office.decide(web("before", None), "e0")
    assert at_work.assignment is not None
    with database.write() as connection:
        connection.execute(insert(destination).values(**told, active=True, created_at=MONDAY))
        shadow.switch(connection, WEB)
    before = turns(database)
    customer = {"company": "Northwind Robotics GmbH", "website": "https://northwind-robotics.example"}
    sent = [
        (web("same", "dan", **customer), "owner", Verdict.AGREES),
        (web("other", "ana", **customer), "owner", Verdict.DIFFERS),
        (web("turn", "cleo"), "fallback", Verdict.SAME_POOL),
        (web("outside", "dan"), "fallback", Verdict.DIFFERS),
        (web("stranger", "zoe@agency.example"), "fallback", Verdict.DIFFERS),
        (web("student", "ana", title="student"), "students", Verdict.UNASSIGNED),
        (web("later", None), "fallback", Verdict.UNKNOWN),
        (web("before", "dan"), "fallback", Verdict.DIFFERS),  # work that somebody has goes on
    ]
    live = Contact(external_id="live", email="li@live.example", source="phone")
    mixed = [
        *(arriving(contact, f"e-{contact.external_id}") for contact, _, _ in sent),
        arriving(live, "live"),
    ]
    handled = [each.decision for each in office.flow.handle(mixed)]
    *hidden, real = handled
    assert [each.shadow for each in handled] == [True] * len(sent) + [False]
    assert [each.routing.rule for each in hidden] == [rule for _, rule, _ in sent]
    assert all(each.assignment is None for each in hidden) and real.assignment is not None
    with database.read() as connection:
        found = {
            each.contact_id: each.verdict
            for each in shadow.page(
                connection, MONDAY - DAY, tuple(Verdict), rule=None, after=None, limit=100
            )
        }
        started = connection.execute(select(assignment.c.decision_id)).scalars().all()
        counts = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (turn, delivery, waiting)
        ]
        replayed = list(recorded.recorded(database, Span(since=MONDAY - DAY, until=MONDAY + DAY)))
        standing = decisions.newest(connection, 1)
    assert found == {contact.external_id: verdict for contact, _, verdict in sent}
    assert set(started) == {at_work.id, real.id}
    assert counts == [2, 1, 0]  # of the two contacts that were decided for real; the message is the second's
    assert sum(turns(database).values()) == sum(before.values()) + 1
    assert standing.id == at_work.id
    assert {each.id for each in replayed} == {each.id for each in (at_work, *handled)}
    assert [each.placement.assignee for each in replayed if each.id == hidden[1].id] == ["dan"]
    assert list(doctor.examine(database, MONDAY)) == []
    done = office.desk.reject(at_work.assignment.id, "no time", "bo")  # decided anew, for real
    assert not done.shadow and done.assignment is not None
    assert list(doctor.examine(database, MONDAY)) == []


def test_owners_that_come_later_and_the_report(database: Database) -> None:
    office = organisation(database)
    with database.write() as connection:
        shadow.switch(connection, Mode(sources=None, owner_field="owner", since=MONDAY, author="ann"))
    first = office.decide(web("a", None), "e1")
    office.decide(web("b", None), "e2")
    office.clock.forward(days=1)
    office.decide(web("c", "dan"), "e3")
    office.decide(web("c", "dan"), "e4")  # the latest decision on a contact counts, once
    with database.write() as connection:
        given = {"a": str(first.routing.assignee), "b": "DAN@x.example", "nobody": "dan"}
        assert shadow.report_owners(connection, given) == 2
    with database.read() as connection:
        found = report(connection, MONDAY - DAY)
    assert (found.total.contacts, found.total.rate) == (3, 0.6667)
    [fallback] = found.by_rule
    assert (fallback.name, fallback.verdicts[Verdict.DIFFERS]) == ("fallback", 2)
    assert [(each.name, each.contacts, each.rate) for each in found.by_day] == [
        ("2026-03-02", 2, 0.5),
        ("2026-03-03", 1, 1.0),
    ]
    assert {each.contact_id for each in disagreements(database)} == {"b", "c"}
    assert disagreements(database, rule="owner") == []
    with database.write() as connection:
        shadow.switch(connection, None)
    assert not office.decide(web("c", "dan"), "e5").shadow


@pytest.mark.parametrize(
    ("value", "owner"), [("ana", "ana"), (" ana ", "ana"), (17, "17"), ("", None), (None, None)]
)
def test_the_owner_that_a_contact_carries(value: str | int | None, owner: str | None) -> None:
    assert WEB.incumbent(Contact(email="a@b.example", custom={"owner": value})) == owner
