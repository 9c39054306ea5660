"""The path of a contact, on both databases: one decision an event, one rep a contact."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from matching.types import AccountId, Contact, MatchOutcome
from routing.types.decision import RoutingOutcome
from service.db import accounts, decisions
from service.db.engine import Database
from service.db.tables import assignment, contact, decision, turn
from service.decision import from_json, to_json
from service.flow.flow import Flow
from service.rulebook.live import LiveRulebook, NoRulebook, Policies
from tests.service.organisation import MONDAY, Organisation, arriving, organisation, turns

DANA = Contact(email="dana@northwind-robotics.com", company="Northwind Robotics")


@pytest.fixture
def org(database: Database) -> Organisation:
    return organisation(database)


def stranger(number: int, **said: Any) -> Contact:
    return Contact(external_id=f"c-{number}", email=f"p{number}@firm{number}.example", **said)


def rows(database: Database, table: Any) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_contact_of_an_owned_account_goes_to_the_owner(org: Organisation) -> None:
    taken = org.decide(DANA, "e1")
    assert (taken.match.outcome, taken.match.account_id) == (MatchOutcome.MATCHED, "A-1")
    assert (taken.routing.outcome, taken.routing.assignee) == (RoutingOutcome.ASSIGNED, "dan")
    assert taken.assignment is not None and taken.assignment.rep == "dan"
    assert turns(org.database) == {"ana": 0, "bo": 0, "cleo": 0}


def test_strangers_take_turns_with_a_clock(org: Organisation) -> None:
    taken = [org.decide(stranger(n), f"e{n}") for n in range(3)]
    assert {each.routing.assignee for each in taken} == {"ana", "bo", "cleo"}
    assert [each.routing.move.turn for each in taken if each.routing.move] == [1, 2, 3]
    assert all(each.assignment and each.assignment.due_at == MONDAY + timedelta(hours=4) for each in taken)


def test_the_stored_decision_is_the_decision_taken(org: Organisation) -> None:
    taken = org.decide(DANA, "e1")
    with org.database.read() as connection:
        assert decisions.get(connection, taken.id) == taken
    assert from_json(to_json(taken)) == taken


def test_a_repeat_gets_the_same_decision_and_takes_no_turn(org: Organisation) -> None:
    first = org.send(stranger(1), "e1")
    again = org.send(stranger(1), "e1")
    assert (first.repeated, again.repeated) == (False, True)
    assert again.decision == first.decision
    assert sum(turns(org.database).values()) == 1


def test_a_key_used_for_another_body_is_a_conflict_and_the_first_stands(org: Organisation) -> None:
    first = org.send(stranger(1), "e1", digest="one")
    other = org.send(stranger(2), "e1", digest="two")
    assert other.conflict and other.decision == first.decision
    assert rows(org.database, decision) == 1


def test_a_second_event_of_a_contact_keeps_the_rep_and_takes_no_turn(org: Organisation) -> None:
    first = org.decide(stranger(1), "e1")
    second = org.decide(stranger(1, title="CTO"), "e2")
    assert second.routing.assignee == first.routing.assignee
    assert second.routing.kept and second.assignment == first.assignment
    assert sum(turns(org.database).values()) == 1


def test_what_an_event_leaves_out_is_known_from_before(org: Organisation) -> None:
    org.decide(Contact(external_id="c-1", email="dana@northwind-robotics.com", title="CTO"), "e1")
    second = org.decide(Contact(external_id="c-1", phone="+49 30 1234"), "e2")
    assert second.contact.email == "dana@northwind-robotics.com"
    assert second.match.account_id == "A-1"


def test_an_older_event_changes_nothing(org: Organisation) -> None:
    newer = org.decide(stranger(1, title="CTO"), "e2", MONDAY - timedelta(minutes=5))
    older = org.decide(stranger(1, title="student"), "e1", MONDAY - timedelta(minutes=9))
    assert older.routing.outcome is RoutingOutcome.SUPERSEDED
    assert org.decide(stranger(1), "e3").routing.assignee == newer.routing.assignee
    assert rows(org.database, assignment) == 1


def test_a_time_in_the_future_counts_as_now(org: Organisation) -> None:
    org.decide(stranger(1), "e1", MONDAY + timedelta(days=400))
    org.clock.forward(minutes=1)
    assert org.decide(stranger(1), "e2", org.clock.now).routing.outcome is RoutingOutcome.ASSIGNED


def test_a_contact_that_moves_to_another_rep_has_one_active_assignment(org: Organisation) -> None:
    first = org.decide(stranger(1), "e1")
    second = org.decide(Contact(external_id="c-1", email=DANA.email, company=DANA.company), "e2")
    assert (first.routing.assignee != "dan", second.routing.assignee) == (True, "dan")
    with org.database.read() as connection:
        ended = connection.execute(select(assignment.c.rep, assignment.c.status, assignment.c.ended_by)).all()
    assert {tuple(row) for row in ended} == {
        (first.routing.assignee, "reassigned", second.id),
        ("dan", "assigned", None),
    }


def test_a_contact_that_nobody_should_have_is_taken_from_its_rep(org: Organisation) -> None:
    org.decide(stranger(1), "e1")
    rejected = org.decide(stranger(1, title="student"), "e2")
    assert (rejected.routing.outcome, rejected.routing.code) == (RoutingOutcome.REJECTED, "student")
    with org.database.read() as connection:
        assert connection.execute(select(assignment.c.status)).scalars().all() == ["withdrawn"]


def test_a_batch_decides_as_singles_would(org: Organisation) -> None:
    events = [arriving(stranger(n), f"e{n}") for n in range(7)]
    handled = org.flow.handle([*events, events[2], arriving(stranger(0, title="CTO"), "e0b")])
    assert [each.repeated for each in handled] == [False] * 7 + [True, False]
    assert handled[7].decision == handled[2].decision
    assert handled[8].decision.routing.kept
    assert sorted(turns(org.database).values()) == [2, 2, 3]


def test_a_thousand_contacts_are_one_decision_each(org: Organisation) -> None:
    handled = org.flow.handle([arriving(stranger(n), f"e{n}") for n in range(1001)])
    assert len({each.decision.id for each in handled}) == rows(org.database, decision) == 1001
    drawn = turns(org.database).values()
    assert sum(drawn) == rows(org.database, turn) == 1001
    assert max(drawn) - min(drawn) <= 1


def test_events_of_many_contacts_from_many_threads_are_decided_once_each(org: Organisation) -> None:
    """Every event comes three times, in another order in each thread."""
    answers: list[dict[str, str]] = [{} for _ in range(6)]

    def send(mine: dict[str, str], start: int) -> None:
        for n in range(40):
            number = (n * 7 + start * 13) % 40
            mine[f"e{number}"] = org.decide(stranger(number % 20), f"e{number}").id

    threads = [threading.Thread(target=send, args=(mine, n)) for n, mine in enumerate(answers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(mine == answers[0] and len(mine) == 40 for mine in answers)
    assert (rows(org.database, decision), rows(org.database, contact)) == (40, 20)
    assert rows(org.database, assignment) == sum(turns(org.database).values()) == 20


def test_nobody_in_the_pool_means_held_and_visible(database: Database) -> None:
    org = organisation(database, members=())
    held = org.decide(stranger(1), "e1")
    assert (held.routing.outcome, held.routing.code) == (RoutingOutcome.HELD, "nobody_available")


def test_preview_stores_nothing_and_says_the_same(org: Organisation) -> None:
    seen = org.flow.preview(stranger(1))
    assert rows(org.database, decision) == rows(org.database, contact) == 0
    assert org.decide(stranger(1), "e1").routing == seen.routing


def test_match_alone_stores_nothing(org: Organisation) -> None:
    [result] = org.flow.match([DANA])
    assert result.account_id == "A-1"
    assert rows(org.database, decision) == 0


def test_without_a_rulebook_nothing_is_decided(database: Database) -> None:
    flow = Flow(database, LiveRulebook(), Policies(), clock=lambda: MONDAY, new_id=lambda: "id")
    with pytest.raises(NoRulebook):
        flow.handle([arriving(DANA, "e1")])
    assert rows(database, contact) == 0


def domains(database: Database, account_id: str) -> dict[tuple[str, str], tuple[int, bool]]:
    with database.read() as connection:
        found = accounts.get(connection, account_id)
    assert found is not None
    return {(each.domain, each.source.value): (each.support, each.quarantined) for each in found.domains}


def test_each_contact_backs_the_domain_of_its_account_once(org: Organisation) -> None:
    for n, event in enumerate(("e1", "e2", "e3")):
        said = Contact(external_id=f"c-{min(n, 1)}", email=f"p{min(n, 1)}@northwind-robotics.com")
        org.decide(replace(said, company="Northwind Robotics"), event)
    assert domains(org.database, "A-1")["northwind-robotics.com", "given"] == (2, False)


def test_a_domain_is_learned_from_contacts_the_crm_put_there_and_believed_when_two_back_it(
    org: Organisation,
) -> None:
    for n in (1, 2):
        org.decide(Contact(email=f"p{n}@nwr.example", account_id=AccountId("A-1")), f"e{n}")
        assert domains(org.database, "A-1")["nwr.example", "contact"] == (n, n < 2)
    assert org.decide(Contact(email="p3@nwr.example"), "e3").match.account_id == "A-1"


def test_a_domain_is_not_learned_from_what_people_type(org: Organisation) -> None:
    for n in (1, 2):
        said = Contact(email=f"p{n}@consult.example", company="Northwind Robotics GmbH", country="DE")
        assert org.decide(said, f"e{n}").match.outcome is MatchOutcome.MATCHED
    assert ("consult.example", "contact") not in domains(org.database, "A-1")


def test_a_contact_stays_decidable_whatever_names_its_events_use(org: Organisation) -> None:
    """Two CRM records share an e-mail, and events come by id, by e-mail, and by both."""
    shared = "info@firm1.example"
    said = [
        Contact(external_id="E1", email=shared),
        Contact(external_id="E2", email=shared),
        Contact(email=shared),
        Contact(external_id="E1", email=shared),
        Contact(email=shared),
        Contact(external_id="E2", email=shared),
    ]
    for n, each in enumerate(said):
        assert org.decide(each, f"e{n}").routing.outcome is RoutingOutcome.ASSIGNED
    assert rows(org.database, contact) == 2


def test_one_contact_named_in_two_ways_in_one_batch_is_decided_in_turn(org: Organisation) -> None:
    org.decide(Contact(external_id="E1", email="old@firm1.example"), "e1")
    changed = Contact(external_id="E1", email="new@firm1.example")
    handled = org.flow.handle([arriving(changed, "e2"), arriving(Contact(email="old@firm1.example"), "e3")])
    assert all(each.decision.routing.outcome is RoutingOutcome.ASSIGNED for each in handled)


def test_one_contact_named_in_two_ways_at_once_is_never_decided_twice_at_once(org: Organisation) -> None:
    faults: list[BaseException] = []

    def send(said: Contact, event: str) -> None:
        try:
            org.decide(said, event)
        except BaseException as fault:  # noqa: BLE001 - reported by the test's own thread
            faults.append(fault)

    for n in range(8):
        old, new = f"old{n}@firm1.example", f"new{n}@firm1.example"
        org.decide(Contact(external_id=f"E{n}", email=old), f"{n}a")
        threads = [
            threading.Thread(target=send, args=(Contact(external_id=f"E{n}", email=new), f"{n}b")),
            threading.Thread(target=send, args=(Contact(email=old), f"{n}c")),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert faults == []
