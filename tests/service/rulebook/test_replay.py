"""Recorded contacts routed again, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from matching.policy import default_policy
from matching.types import Contact
from routing.rulebook import parse
from routing.types.decision import RoutingOutcome
from routing.types.people import RepId
from routing.types.pools import PoolName
from service.db import pools, recorded
from service.db import rotation as rotation_rows
from service.db.engine import Database
from service.db.recorded import Span
from service.decision import Decision
from service.records.pools import MemberRecord, PoolRecord
from service.rulebook.comparison import Compared
from service.rulebook.publishing import publish
from service.rulebook.replay import RECORDED, differences, drifted, replay
from tests.service.organisation import MONDAY, Organisation, arriving, organisation

RULES = """\
version: 1
rules:
  - id: students
    because: They want our attention, not our product
    when: {contact.title: student}
    then: {reject: no_buyer}
  - id: italy
    because: Dan knows Italy
    when: {contact.country: IT}
    then: {rep: dan}
  - id: dach
    because: Everyone takes turns
    when: {contact.country: {in: [DE, AT, CH]}}
    then: {pool: inbound}
    sla: 4 business hours
    notify: [{manager of: assignee}]
fallback:
  then: {pool: inbound}
"""
COUNTRIES = ("DE", "IT", "FR", "AT", "US", None)
ALL = Span(since=MONDAY - timedelta(days=1), until=MONDAY + timedelta(days=30))


@pytest.fixture
def office(database: Database) -> Organisation:
    """An organisation that has decided 24 contacts: six an hour, of all countries."""
    opened = organisation(database, RULES)
    with database.write() as connection:
        night = PoolRecord(name=PoolName("night"), members=[MemberRecord(rep="dan")])
        pools.upsert(connection, [night], MONDAY)
    for hour in range(4):
        opened.clock.forward(hours=1)
        numbers = range(hour * 6, hour * 6 + 6)
        opened.flow.handle([arriving(_contact(number), f"e{number}") for number in numbers])
    return opened


def _contact(number: int) -> Contact:
    title = "student" if number % 8 == 3 else None
    return Contact(external_id=f"c{number:02}", country=COUNTRIES[number % 6], title=title)


def stored(office: Organisation) -> list[Decision]:
    return list(recorded.whole(office.database, ALL))


# --- a draft ----------------------------------------------------------------------


def test_the_same_rules_change_nothing(office: Organisation) -> None:
    again = parse(RULES + "# a comment, and so another version\n")
    found = replay(office.database, again, ALL, live=parse(RULES))
    assert (found.contacts, found.changed, found.other_rule, found.other_turn) == (24, 0, 0, 0)
    assert found.reps and all(shift.before == shift.after for shift in found.reps)


def test_who_gains_and_who_loses_by_which_rule(office: Organisation) -> None:
    draft = parse(RULES.replace("{contact.country: IT}", "{contact.country: {in: [IT, FR]}}"))
    told: list[Compared] = []
    found = replay(office.database, draft, ALL, live=parse(RULES), on_change=told.append)
    french = ["c02", "c08", "c14", "c20"]
    assert [change.contact_id for change in found.changes] == french
    assert list(found.changes) == told
    assert [(c.before, c.after, c.contacts) for c in found.by_rule] == [("fallback", "italy", 4)]
    dan = next(shift for shift in found.reps if shift.name == "dan")
    assert (dan.after - dan.before, dan.gained, dan.lost) == (4, 4, 0)
    assert {(s.name, s.changed) for s in found.countries if s.changed} == {("FR", 4)}
    drawn = {change.before.assignee for change in found.changes}
    assert drawn <= {"ana", "bo", "cleo"}
    assert {change.after.assignee for change in found.changes} == {"dan"}


def test_another_pool_and_nobody_there(office: Organisation) -> None:
    draft = parse(RULES.replace("fallback:\n  then: {pool: inbound}", "fallback:\n  then: {pool: nowhere}"))
    found = replay(office.database, draft, ALL, live=parse(RULES))
    assert found.changed == found.newly_held == found.newly_unassigned > 0
    assert {change.after.code for change in found.changes} == {"unknown_pool"}


def test_beside_what_was_decided_at_the_time(office: Organisation) -> None:
    draft = parse(RULES.replace("rep: dan", "pool: night"))
    found = replay(office.database, draft, ALL)
    assert (found.before, found.after) == (RECORDED, draft.version)
    italians = [c for c in found.changes if c.country == "IT"]
    assert len(italians) == found.changed > 0
    assert {(c.before.assignee, c.after.assignee, c.after.pool) for c in italians} == {
        ("dan", "dan", "night")
    }


def test_a_rep_whom_only_the_draft_names_is_found(office: Organisation) -> None:
    draft = parse(RULES.replace("rep: dan", "rep: ana"))
    found = replay(office.database, draft, ALL, live=parse(RULES))
    assert found.changes and {change.after.assignee for change in found.changes} == {"ana"}


def test_nothing_is_drawn_from_the_real_pools(office: Organisation) -> None:
    def state() -> object:
        with office.database.read() as connection:
            return rotation_rows.load(connection, [PoolName("inbound"), PoolName("night")], lock=False)

    before = state()
    replay(office.database, parse(RULES.replace("rep: dan", "pool: night")), ALL, live=parse(RULES))
    assert state() == before


def test_a_stored_judgement_is_what_judging_again_gives(office: Organisation) -> None:
    """Contacts decided under the live version are not judged again; under a copy of it they are."""
    draft = parse(RULES.replace("rep: dan", "rep: bo"))
    short = replay(office.database, draft, ALL, live=parse(RULES))
    long = replay(office.database, draft, ALL, live=parse(RULES + "# a copy\n"))
    assert replace(short, before="") == replace(long, before="")


# --- a decision under its own version -----------------------------------------------


def test_every_decision_replays_to_itself(office: Organisation) -> None:
    publish(office.database, RULES.replace("IT", "FR"), author="ann", reason=None, now=MONDAY)
    office.clock.forward(hours=1)
    for number, country in enumerate(COUNTRIES):
        office.decide(Contact(external_id=f"again{number}", country=country), f"again{number}")
    office.decide(Contact(external_id="c00", country="DE"), "same person, second event")
    assert len(stored(office)) == 31
    assert list(drifted(office.database, ALL)) == []


def _changed(decision: Decision, part: str) -> Decision:
    """The decision, with one thing in it that cannot have come out so."""
    routing = decision.routing
    if part == "facts":
        contact = replace(decision.facts.contact, title="student")
        return replace(decision, facts=replace(decision.facts, contact=contact))
    if part == "assignee":
        return replace(decision, routing=replace(routing, assignee=RepId("dan")))
    if part == "due":
        clocks = tuple(replace(c, due_at=c.due_at + timedelta(minutes=1)) for c in routing.clocks)
        return replace(decision, routing=replace(routing, clocks=clocks))
    if part == "clock":
        return replace(decision, at=decision.at + timedelta(days=1))
    if part == "verdict":
        return replace(decision, routing=replace(routing, claims=routing.claims[:-1]))
    if part == "excluded":
        return replace(decision, facts=replace(decision.facts, excluded=(routing.assignee,)))
    assert part == "score"
    return replace(decision, match=replace(decision.match, score=0.5))


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("facts", "routing.outcome"),
        ("assignee", "routing.assignee"),
        ("due", "routing.clocks"),
        ("clock", "routing.clocks"),
        ("verdict", "routing.claims"),
        ("excluded", "routing.assignee"),
        ("score", "match"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_not_as_it_came_out_is_named(office: Organisation, part: str, expected: str) -> None:
    decision = next(d for d in stored(office) if d.routing.rule == "dach")
    rulebook = parse(RULES)
    assert differences(decision, rulebook, default_policy()) == ()
    assert expected in differences(_changed(decision, part), rulebook, default_policy())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_version_that_is_gone_is_named(office: Organisation) -> None:
    decision = stored(office)[0]
    assert differences(decision, None, None) == ("policy", "rulebook")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_decision_of_a_pool_without_anybody_replays_to_itself(database: Database) -> None:
    away = organisation(database, RULES, members=())
    made = away.decide(Contact(external_id="x", country="DE"), "e")
    assert made.routing.outcome is RoutingOutcome.HELD
    assert list(drifted(database, ALL)) == []
