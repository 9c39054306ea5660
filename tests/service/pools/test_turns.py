"""service/pools/turns.py, and what decisions do to turns: given back once, counted, capped, corrected."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from matching.types import AccountId, Contact, MatchOutcome
from routing.types.decision import RoutingOutcome
from routing.types.people import RepId
from routing.types.pools import PoolName, TurnReturn
from routing.types.rotation import EntryKind
from service.db import ledger, pools, reps
from service.db.engine import Database
from service.db.ledger import Line
from service.db.memory import Answer
from service.db.upserts import Outcome
from service.doctor import examine
from service.pools import turns
from service.pools.asking import preview, report
from service.problems import Conflict, NotFound
from service.records.pools import PoolRecord
from service.records.reps import RepRecord
from service.stewardship.memory import Said
from service.stewardship.reviews import Reviews
from tests.service.organisation import MONDAY, Organisation, organisation

INBOUND = PoolName("inbound")

OWNER_FIRST = """
version: 1
rules:
  - {id: owner, because: Theirs, when: {account.owner: {exists: true}}, then: {owner of: account}}
fallback: {because: Turns, then: {pool: inbound}}
"""

TWO_POOLS = """
version: 1
rules:
  - id: events
    because: A pool of its own
    when: {contact.source: event}
    then: {pool: events}
fallback: {because: Turns, then: {pool: inbound}}
"""


def say(database: Database, at: datetime = MONDAY, *, name: str = INBOUND, **said: Any) -> Outcome:
    """Change a pool as a caller does."""
    record = PoolRecord.model_validate({"name": name, **said})
    with database.write() as connection:
        stored = pools.upsert(connection, [record], at)[0]
    assert stored.problem is None, stored.problem
    return stored.outcome


def entries(database: Database, name: str = INBOUND) -> list[Line]:
    with database.read() as connection:
        return ledger.page(connection, PoolName(name))[::-1]


def kinds(database: Database) -> list[tuple[str, str, int | None]]:
    return [
        (line.kind, line.rep, line.amount) for line in entries(database) if line.kind is not EntryKind.DRAW
    ]


def standings(database: Database) -> dict[str, tuple[int, int]]:
    with database.read() as connection:
        state = pools.get(connection, INBOUND)
    assert state is not None
    return {member.rep: (member.turns, member.credit) for member in state.members}


def send(org: Organisation, count: int, first: int = 0) -> list[Any]:
    return [org.decide(Contact(email=f"p{n}@firm{n}.example"), f"e{n}") for n in range(first, first + count)]


def healthy(database: Database) -> bool:
    return [*examine(database, MONDAY)] == []


def test_a_turn_is_given_back_once_and_only_for_the_pools_reasons(database: Database) -> None:
    org = organisation(database)
    say(database, gives_back=["no_show", "wrong_match"])
    decision = send(org, 1)[0]
    move = decision.routing.move
    rejected = org.desk.reject(decision.assignment.id, "busy", "ops", TurnReturn.TOO_BUSY)
    assert rejected.routing.assignee != move.rep
    assert kinds(database) == []
    for _ in range(2):
        with database.write() as connection:
            done = turns.give_back(
                connection, INBOUND, move.turn, TurnReturn.NO_SHOW, note="empty room", by="ops", now=MONDAY
            )
        assert done is not None and (done.gives_back, done.rep, done.by) == (move.turn, move.rep, "ops")
    assert kinds(database) == [("give_back", move.rep, -1)]
    assert standings(database)[move.rep] == (1, -1)
    with database.write() as connection:
        args: dict[str, Any] = {"note": None, "by": "ops", "now": MONDAY}
        assert turns.give_back(connection, INBOUND, 99, TurnReturn.NO_SHOW, **args) is None
        assert turns.give_back(connection, PoolName("no"), 1, TurnReturn.NO_SHOW, **args) is None
    say(database, members=[{"rep": rep} for rep in ("ana", "bo", "cleo") if rep != rejected.routing.assignee])
    say(database, members=[{"rep": rep} for rep in ("ana", "bo", "cleo")])
    with database.write() as connection:
        again = rejected.routing.move
        assert again is not None
        given = turns.give_back(connection, INBOUND, again.turn, TurnReturn.NO_SHOW, **args)
        assert given is None, "joined anew"
    assert healthy(database)


def test_owned_and_manual_contacts_use_a_turn_where_the_pool_says_so(database: Database) -> None:
    org = organisation(database, members=("ana", "bo", "dan"))
    say(database, count_owned=True, count_manual=True)
    owned = org.decide(Contact(email="a@northwind-robotics.com", company="Northwind Robotics"), "o1")
    assert (owned.routing.rule, owned.routing.assignee) == ("owner", "dan")
    assert kinds(database) == [("owned", "dan", 1)]
    drawn = send(org, 1)[0]
    other = "bo" if drawn.routing.assignee == "ana" else "ana"
    org.desk.reassign(drawn.assignment.id, RepId(other), "knows them", "ops")
    assert kinds(database) == [("owned", "dan", 1), ("manual", other, 1)]
    assert standings(database) == {"dan": (0, 1), other: (0, 1), drawn.routing.assignee: (1, 0)}
    assert Counter(each.routing.assignee for each in send(org, 6, 10)) == {"ana": 2, "bo": 2, "dan": 2}
    assert healthy(database)


def test_a_turn_comes_back_when_the_contact_belonged_to_another_account(database: Database) -> None:
    org = organisation(database, OWNER_FIRST)
    unsure = org.decide(Contact(company="Norhwynd Robtix", email="x@gmail.com"), "u1")
    assert (unsure.match.outcome, unsure.routing.pool) == (MatchOutcome.REVIEW, INBOUND)
    said = Said(answer=Answer.ACCOUNT, account_id=AccountId("A-1"))
    settled = Reviews(database, org.flow, org.clock).settle(unsure.id, said, "helena")
    assert settled.routing.assignee == "dan"
    assert kinds(database) == [("give_back", unsure.routing.assignee, -1)]
    assert healthy(database)


def test_a_correction_and_a_reset_by_hand(database: Database) -> None:
    org = organisation(database)
    send(org, 3)
    with database.write() as connection:
        turns.correct(connection, INBOUND, RepId("ana"), -2, note="was ill", by="ops", now=MONDAY)
    assert [each.routing.assignee for each in send(org, 2, 3)] == ["ana", "ana"]
    with database.write() as connection:
        with pytest.raises(Conflict):
            turns.correct(connection, INBOUND, RepId("dan"), 1, note="x", by="ops", now=MONDAY)
        with pytest.raises(NotFound):
            turns.reset(connection, PoolName("none"), note="x", by="ops", now=MONDAY)
        turns.reset(connection, INBOUND, note="new quarter", by="ops", now=MONDAY)
    assert standings(database) == {"ana": (3, -3), "bo": (1, -1), "cleo": (1, -1)}
    assert Counter(each.routing.assignee for each in send(org, 3, 5)) == {"ana": 1, "bo": 1, "cleo": 1}
    assert healthy(database)


def test_time_passes_with_the_first_draw_after_it(database: Database) -> None:
    """A ramp and a reset stand in the ledger with the draw that found them due."""
    org = organisation(database, members=("ana", "bo"))
    ana = {"rep": "ana", "since": "2025-01-01T00:00Z"}
    say(database, members=[ana, {"rep": "bo"}], ramp=[0, 100], reset="monthly", zone="Europe/Berlin")
    bo = {"rep": "bo", "since": "2026-02-20T00:00Z"}
    say(database, members=[ana, bo])
    assert [each.routing.assignee for each in send(org, 2)] == ["ana", "ana"]
    org.clock.now = datetime(2026, 4, 1, 9, tzinfo=UTC)
    assert Counter(each.routing.assignee for each in send(org, 4, 2)) == {"ana": 2, "bo": 2}
    assert kinds(database) == [
        ("reweight", "bo", 0),
        ("reset", "ana", -2),
        ("reset", "bo", 0),
        ("reweight", "bo", 0),
    ]
    assert healthy(database)


def test_members_by_attributes_follow_at_once(database: Database) -> None:
    org = organisation(database)
    said = [RepRecord(external_id=name, team="emea") for name in ("ana", "dan")]
    with database.write() as connection:
        reps.upsert(connection, said, MONDAY)
    say(database, name="emea", members_where={"team": "EMEA"}, members=[{"rep": "cleo"}])

    def members() -> dict[str, bool]:
        with database.read() as connection:
            state = pools.get(connection, "emea")
        assert state is not None
        return {member.rep: member.named for member in state.members}

    assert members() == {"ana": False, "cleo": True, "dan": False}
    with database.write() as connection:
        moves = [RepRecord(external_id="ana", team="apac"), RepRecord(external_id="bo", team="EMEA")]
        reps.upsert(connection, [*moves, RepRecord(external_id="dan", active=False)], org.clock())
    assert members() == {"bo": False, "cleo": True}
    assert [(line.kind, line.rep) for line in entries(database, "emea")][3:] == [
        ("leave", "ana"),
        ("leave", "dan"),
        ("join", "bo"),
    ]
    say(database, name="emea", members_where=None)
    assert members() == {"cleo": True}
    assert healthy(database)


@pytest.mark.parametrize("cap", ["caps", "pool_caps", "rep", "open_cap"])
def test_a_cap_is_never_exceeded_by_batches_at_the_same_time(database: Database, cap: str) -> None:
    """Eight threads, two pools with the same members: what is over the cap is held, nothing else is."""
    org = organisation(database, TWO_POOLS)
    members = [{"rep": name} for name in ("ana", "bo", "cleo")]
    settings: dict[str, Any] = {} if cap == "rep" else {cap: 4 if cap == "open_cap" else {"day": 4}}
    for name in ("inbound", "events"):
        say(database, name=name, members=members, **settings)
    if cap == "rep":
        with database.write() as connection:
            said = [RepRecord.model_validate({"external_id": m["rep"], "caps": {"day": 4}}) for m in members]
            reps.upsert(connection, said, MONDAY)
    outcomes: list[Any] = []

    def work(thread: int) -> None:
        for n in range(4):
            source = "event" if n % 2 else "web"
            contact = Contact(email=f"p{thread}x{n}@firm{thread}x{n}.example", source=source)
            outcomes.append(org.decide(contact, f"t{thread}-{n}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 32
    by = {
        "caps": lambda routing: (routing.pool, routing.assignee),
        "pool_caps": lambda routing: routing.pool,
        "rep": lambda routing: routing.assignee,
        "open_cap": lambda routing: routing.assignee,
    }[cap]
    drawn = Counter(by(each.routing) for each in outcomes if each.routing.outcome is RoutingOutcome.ASSIGNED)
    assert set(drawn.values()) == {4}
    assert len(drawn) == {"caps": 6, "pool_caps": 2, "rep": 3, "open_cap": 3}[cap]
    assert healthy(database)


def test_who_is_next_and_how_fair_it_was(database: Database) -> None:
    org = organisation(database)
    say(database, members=[{"rep": "ana", "weight": 2}, {"rep": "bo"}, {"rep": "cleo"}])
    with database.read() as connection:
        ahead = [each.move.rep for each in preview(connection, INBOUND, MONDAY, 6)]
        again = preview(connection, INBOUND, MONDAY, 1)[0]
    assert again.because[-1].startswith("It was turn 1 of the pool 'inbound'")
    org.clock.forward(hours=1)
    assert [each.routing.assignee for each in send(org, 6)] == ahead
    org.clock.forward(hours=1)
    with database.read() as connection:
        state = pools.get(connection, INBOUND)
        assert state is not None
        found = report(connection, state, MONDAY.replace(minute=30), org.clock())
        before = report(connection, state, datetime(2020, 1, 1, tzinfo=UTC), MONDAY)
    assert (found.turns, before.turns) == (6, 0)
    assert {each.rep: each.expected for each in found.members} == {"ana": 3, "bo": 1.5, "cleo": 1.5}
    assert all(abs(each.gap) < 1 for each in found.members)


def test_what_a_pool_without_anybody_does_replays_to_itself(database: Database) -> None:
    org = organisation(database, TWO_POOLS)
    say(database, name="events", nobody="next_rule")
    event = org.decide(Contact(email="a@firm.example", source="event"), "n1")
    assert (event.routing.rule, event.routing.pool) == ("fallback", "inbound")
    assert [move.pool for move in event.routing.passed] == ["events"]
    say(database, name="events", nobody="queue", queue="Night desk")
    queued = org.decide(Contact(email="b@firmb.example", source="event"), "n2")
    assert (queued.routing.outcome, queued.routing.queue) == (RoutingOutcome.QUEUED, "Night desk")
    overflow = {"nobody": "overflow", "overflow": "inbound"}
    say(database, name="events", members=[{"rep": "ana"}], caps={"day": 0}, **overflow)
    over = org.decide(Contact(email="c@firmc.example", source="event"), "n3")
    assert over.routing.move is not None
    assert (over.routing.pool, over.routing.move.tried) == ("inbound", ("events", "inbound"))
    say(database, nobody="hold", caps={"day": 0})
    held = org.decide(Contact(email="d@firmd.example", source="event"), "n4")
    assert held.routing.outcome is RoutingOutcome.HELD
    assert held.routing.until == datetime(2026, 3, 3, tzinfo=UTC)
    say(database, caps=None, pool_caps={"hour": 0}, zone="Asia/Kathmandu")
    held = org.decide(Contact(email="e@firme.example"), "n5")
    assert held.routing.until == datetime(2026, 3, 2, 9, 15, tzinfo=UTC)  # its hours begin at a quarter past
    assert healthy(database)


def test_what_cannot_be_saved(database: Database) -> None:
    def refused(**said: Any) -> tuple[str | None, str | None]:
        with database.write() as connection:
            stored = pools.upsert(connection, [PoolRecord.model_validate(said)], MONDAY)[0]
        assert stored.outcome is Outcome.REFUSED
        return stored.field, stored.problem

    organisation(database)
    say(database, name="b", nobody="overflow", overflow="c")
    say(database, name="a", nobody="overflow", overflow="b")
    field, problem = refused(name="c", nobody="overflow", overflow="a")
    assert field == "overflow"
    assert problem is not None and "from 'c' to 'a' to 'b' to 'c'" in problem
    with database.read() as connection:
        assert pools.get(connection, "c") is None
    assert refused(name="b", overflow="b")[0] == "overflow"
    assert refused(name="d", nobody="queue")[0] == "queue"
    assert refused(name="d", nobody="overflow")[0] == "overflow"
    assert refused(name="d", nobody="first_available", otherwise="first_available")[0] == "otherwise"
