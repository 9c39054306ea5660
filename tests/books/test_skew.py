"""Two processes whose clocks are twenty minutes apart decide, hold and run out over one pool."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle

from sqlalchemy import func, select

from matching.types import Contact
from service.clocks.running_out import RunningOut
from service.db import pools
from service.db.engine import Database
from service.db.tables import assignment, assignment_clock, timer, turn
from service.desk.desk import Desk
from service.doctor import examine
from service.flow.flow import Flow
from service.records.pools import PoolRecord
from service.rulebook.live import LiveRulebook, Policies
from service.worker.holds import Holds
from service.worker.timers import Timers
from tests.service.organisation import Organisation, arriving, organisation, turns

RULES = """
version: 1
timezone: UTC
rules:
  - id: cooling
    because: Trials are left alone for a while
    when: {contact.source: trial}
    then: {hold: 1 hours, then: {pool: inbound}}
fallback:
  then: {pool: inbound}
  sla: {clock: acceptance, within: 30 minutes, then: reassign, hops: 2, finally: {queue: overdue}}
"""
MOST = 4
REPS = ("ana", "bo", "cleo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process with a clock of its own."""

    flow: Flow
    holds: Holds
    timers: Timers

    @classmethod
    def of(cls, org: Organisation, minutes: int) -> Process:
        def clock() -> datetime:
            return org.clock() + timedelta(minutes=minutes)

        flow = Flow(org.database, LiveRulebook(), Policies(), clock=clock, new_id=org.new_id)
        desk = Desk(org.database, flow, clock=clock, new_id=org.new_id)
        firing = RunningOut(flow, LiveRulebook(), new_id=org.new_id)
        return cls(
            flow=flow,
            holds=Holds(org.database, desk.release, clock),
            timers=Timers(org.database, firing.handlers, clock),
        )


def test_caps_hold_turns_are_fair_and_everything_that_is_due_happens_once(database: Database) -> None:
    org = organisation(database, RULES, REPS)
    with database.write() as connection:
        pools.upsert(connection, [PoolRecord(name="inbound", caps={"hour": MOST})], org.clock())
    ahead, behind = Process.of(org, 10), Process.of(org, -10)
    for number, process in zip(range(40), cycle((ahead, behind)), strict=False):
        source = "trial" if number % 6 == 0 else None
        contact = Contact(external_id=f"c-{number}", email=f"p{number}@firm{number}.example", source=source)
        [handled] = process.flow.handle([arriving(contact, f"e{number}")])
        repeated = (behind if process is ahead else ahead).flow.handle([arriving(contact, f"e{number}")])
        assert [(each.decision.id, each.repeated) for each in repeated] == [(handled.decision.id, True)]
        for each in (ahead, behind):
            each.holds.run()
            each.timers.run()
        org.clock.forward(minutes=5)
    _ends_well(database, org.clock())


def _ends_well(database: Database, now: datetime) -> None:
    with database.read() as connection:
        drawn = connection.execute(select(turn.c.rep, turn.c.at).where(turn.c.kind == "draw")).all()
        given = connection.execute(select(func.count()).select_from(assignment)).scalar_one()
        missed = select(func.count()).where(assignment_clock.c.missed_at.is_not(None))
        ran_out = connection.execute(missed).scalar_one()
        fired = (
            connection.execute(select(timer.c.outcome).where(timer.c.fired_at.is_not(None))).scalars().all()
        )
    by_hour = Counter((row.rep, row.at.replace(minute=0, second=0, microsecond=0)) for row in drawn)
    assert max(by_hour.values()) == MOST
    assert (
        max(turns(database).values()) - min(turns(database).values()) <= 2
    )  # whoever missed it keeps a turn
    assert sum(turns(database).values()) == len(drawn) == given
    assert ran_out == len(fired)
    assert {"reassigned", "queue"} <= set(fired)
    assert list(examine(database, now)) == []
