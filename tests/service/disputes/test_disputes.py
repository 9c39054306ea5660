"""Disputes from the claim to the end: evidence, levels, timers that fire once, what is carried out."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from matching.types import Contact
from routing.types.decision import Credit
from routing.types.people import RepId
from service.db import activities, assignments, credit, disputes, reps
from service.db.credit import Filter
from service.db.disputes import Dispute, Level, Resolution
from service.db.engine import Database
from service.db.tables import delivery, timer
from service.disputes.disputes import Claimed, Disputes, Settled
from service.doctor import examine
from service.problems import Conflict, Invalid
from service.records.activities import ActivityRecord
from service.records.reps import RepRecord
from service.worker.timers import Timers
from tests.service.db.test_credit import RULEBOOK
from tests.service.organisation import Organisation, listen, organisation

ANYA = Contact(email="anya@northwind-robotics.com", external_id="c-1")
CLEO = RepId("cleo")


@pytest.fixture
def org(database: Database) -> Organisation:
    """Dan owns the account and got Anya; Cleo, whose manager is Meg, has worked with her."""
    org = organisation(database, RULEBOOK.replace("    credit:", "    sla: 4 hours\n    credit:"))
    with database.write() as connection:
        people: list[dict[str, Any]] = [
            {"external_id": "meg", "name": "Meg"},
            {"external_id": "cleo", "name": "Cleo", "manager": "meg"},
        ]
        reps.upsert(connection, [RepRecord.model_validate(each) for each in people], org.clock())
        calls = [
            {
                "external_id": f"call-{number}",
                "rep": "cleo",
                "contact_id": "c-1",
                "kind": "call",
                "direction": "outbound",
                "at": f"2026-02-{20 + number}T10:00:00Z",
            }
            for number in range(3)
        ]
        activities.upsert(connection, [ActivityRecord.model_validate(each) for each in calls], org.clock())
    listen(database)
    return org


def all_of(org: Organisation) -> Disputes:
    numbers = iter(range(1, 100))
    return Disputes(org.database, org.desk, clock=org.clock, new_id=lambda: f"q-{next(numbers)}")


def opened(org: Organisation, every: Disputes, **said: Any) -> Dispute:
    decision = org.decide(ANYA, "e1")
    claimed = Claimed(
        **{
            "decision_id": decision.id,
            "claimant": CLEO,
            "reason": "I have worked with her since February",
            "hours": 24,
            "freeze": False,
            **said,
        }
    )
    return every.open(claimed, "cleo")


def settled(resolution: Resolution, *shares: tuple[str, float], to: str | None = None) -> Settled:
    credits = tuple(
        Credit(kind="sourced", rep=RepId(rep), share=share, rule="dispute") for rep, share in shares
    )
    return Settled(
        resolution=resolution, to=RepId(to) if to else None, credits=credits, note="two-way calls in February"
    )


def told(org: Organisation) -> list[tuple[str, list[str]]]:
    with org.database.read() as connection:
        query = (
            select(delivery.c.type, delivery.c.payload)
            .where(delivery.c.type.like("dispute.%"))
            .order_by(delivery.c.id)
        )
        return [(row.type, row.payload["data"]["notify"]) for row in connection.execute(query)]


def shares(org: Organisation) -> dict[tuple[str, str], float]:
    with org.database.read() as connection:
        return {(each.rep, each.kind): each.credit for each in credit.totals(connection, Filter())}


def test_a_dispute_has_its_evidence(org: Organisation) -> None:
    found = opened(org, all_of(org))
    assert (found.level, found.holder, found.claimant) == (Level.PEERS, "dan", "cleo")
    evidence = found.evidence
    assert evidence["activity_counts"] == [
        {"rep": "cleo", "kind": "call", "direction": "outbound", "count": 3}
    ]
    assert evidence["ownership"] == [{"role": "OWNER", "rep": "dan", "from": None, "until": None}]
    assert evidence["claims"][0]["rule"] == "owner"
    assert {each["rep"] for each in evidence["credit"]} == {"dan", "ana", "bo"}
    assert evidence["assignments"][0]["rep"] == "dan"
    assert told(org) == [("dispute.opened", ["cleo", "dan"])]


def test_it_goes_up_level_by_level_each_once(org: Organisation) -> None:
    every = all_of(org)
    found = opened(org, every)
    workers = [Timers(org.database, every.handlers, org.clock) for _ in range(2)]
    levels = []
    for _ in range(4):
        org.clock.forward(hours=24)
        for worker in workers:
            worker.run()
        with org.database.read() as connection:
            now = disputes.get(connection, found.id)
        assert now is not None
        levels.append((now.level, now.due_at is None))
    assert levels == [(Level.MANAGERS, False), *[(Level.REVOPS, True)] * 3]
    assert told(org)[1:] == [("dispute.escalated", ["meg"]), ("dispute.escalated", [])]
    with org.database.read() as connection:
        steps = disputes.steps_of(connection, found.id)
        fired = connection.execute(select(timer.c.fired_at).where(timer.c.kind == "dispute")).scalars().all()
    assert [each.level for each in steps] == [Level.PEERS, Level.MANAGERS, Level.REVOPS]
    assert len(fired) == 2 and all(fired)


def test_a_reassignment_moves_the_contact_and_its_credit(org: Organisation) -> None:
    every = all_of(org)
    found = opened(org, every)
    org.clock.forward(hours=2)
    done = every.resolve(found.id, settled(Resolution.REASSIGN), "meg")
    assert every.resolve(found.id, settled(Resolution.REASSIGN), "meg") == done
    with org.database.read() as connection:
        assert disputes.open_about(connection, found.contact_row) is None
    assert shares(org)["cleo", "sourced"] == 0.7
    assert told(org)[-1] == ("dispute.resolved", ["cleo", "dan"])
    with pytest.raises(Conflict, match="settled by meg"):
        every.resolve(found.id, settled(Resolution.KEEP), "dan")
    with org.database.read() as connection:
        set_for = select(timer.c.cancelled_at).where(timer.c.kind == "dispute")
        assert connection.execute(set_for).scalars().all() == [org.clock()]
    assert list(examine(org.database, org.clock())) == []


def test_credit_is_split_and_the_contact_stays(org: Organisation) -> None:
    every = all_of(org)
    found = opened(org, every)
    done = every.resolve(found.id, settled(Resolution.SPLIT, ("dan", 0.5), ("cleo", 0.5)), "meg")
    assert done.outcome["decision"] is None
    assert shares(org) == {("dan", "sourced"): 0.5, ("cleo", "sourced"): 0.5, ("bo", "influenced"): 1.0}


def test_more_than_everything_cannot_be_given(org: Organisation) -> None:
    every = all_of(org)
    found = opened(org, every)
    with pytest.raises(Invalid):
        every.resolve(found.id, settled(Resolution.SPLIT, ("dan", 0.6), ("cleo", 0.6)), "meg")
    with pytest.raises(Invalid):
        every.resolve(found.id, settled(Resolution.SPLIT), "meg")


def test_clocks_stand_still_while_it_is_frozen(org: Organisation) -> None:
    every = all_of(org)
    found = opened(org, every, freeze=True)
    assert found.assignment_id is not None
    org.clock.forward(hours=10)
    every.resolve(found.id, settled(Resolution.KEEP), "meg")
    with org.database.read() as connection:
        kept = assignments.get(connection, found.assignment_id)
    assert kept is not None and kept.due_at is not None
    assert (kept.due_at - org.clock()).total_seconds() == 4 * 3600


def test_one_is_open_at_a_time(org: Organisation) -> None:
    every = all_of(org)
    found = opened(org, every)
    again = Claimed(decision_id=found.decision_id, claimant=CLEO, reason=found.reason, hours=24, freeze=False)
    assert every.open(again, "cleo") == found
    with pytest.raises(Conflict, match="is open"):
        every.open(
            Claimed(
                decision_id=found.decision_id, claimant=RepId("bo"), reason="mine", hours=24, freeze=False
            ),
            "bo",
        )
    every.resolve(found.id, settled(Resolution.WITHDRAWN), "cleo")
    with pytest.raises(Conflict, match="already"):
        opened(org, every, claimant=RepId("dan"))
