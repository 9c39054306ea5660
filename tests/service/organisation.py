"""A small organisation for tests of the service: accounts, reps, a pool and rules, in any database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import insert, select

from matching.types import Contact
from routing.types.pools import PoolSettings
from service.db import accounts, destinations, reps, rulebooks
from service.db.engine import Database
from service.db.rotation import SETTINGS
from service.db.tables import pool, pool_member
from service.decision import Decision, Handled, Incoming
from service.desk.desk import Desk
from service.flow.flow import Flow
from service.records.accounts import AccountRecord
from service.records.reps import RepRecord
from service.rulebook.live import LiveRulebook, Policies

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

RULEBOOK = """
version: 1
timezone: UTC
rules:
  - id: students
    because: Students buy nothing
    when: {contact.title: {contains: student}}
    then: {reject: student}
  - id: unsure
    because: A person confirms the account first
    when: {match.outcome: review}
    then: {queue: confirm}
  - id: ask-first
    because: The owner knows whether it is the same deal
    when: {account.lifecycle: customer, contact.source: event}
    then:
      ask: {owner of: account}
      question: Is this about the running contract?
      within: 24 hours
      answers:
        the contract: {owner of: account}
        something new: {pool: inbound}
      on silence: {pool: inbound}
  - id: cooling
    because: Trials are left alone for a while
    when: {contact.source: trial}
    then: {hold: 3 days, then: {pool: inbound}}
  - id: owner
    because: Accounts stay with their owner
    when: {account.owner: {exists: true}}
    then: {owner of: account}
fallback:
  because: Everyone takes turns
  then: {pool: inbound}
  sla: 4 hours
"""


class Clock:
    """A clock that the test sets."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        """Let time pass, given as for timedelta."""
        self.now += timedelta(**span)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation in a database, with the parts that decide."""

    database: Database
    clock: Clock
    flow: Flow
    desk: Desk
    new_id: Callable[[], str]

    def send(self, contact: Contact, event: str, at: datetime | None = None, digest: str = "") -> Handled:
        """Handle one event."""
        return self.flow.handle([arriving(contact, event, at, digest)])[0]

    def decide(self, contact: Contact, event: str, at: datetime | None = None) -> Decision:
        """Handle one event and take its decision."""
        return self.send(contact, event, at).decision


def arriving(contact: Contact, event: str, at: datetime | None = None, digest: str = "") -> Incoming:
    """An event about a contact."""
    return Incoming(contact=contact, event_key=event, digest=digest, occurred_at=at)


def organisation(
    database: Database, rulebook: str = RULEBOOK, members: Sequence[str] = ("ana", "bo", "cleo")
) -> Organisation:
    """Set up: three reps in the pool `inbound`, Dan who owns the account A-1, and the rulebook live."""
    clock = Clock()
    numbers = count(1)

    def new_id() -> str:
        return f"id-{next(numbers):06d}"

    with database.write() as connection:
        people = [RepRecord(external_id=name, name=name.title()) for name in (*members, "dan")]
        reps.upsert(connection, people, clock())
        accounts.upsert(
            connection,
            [
                AccountRecord(
                    external_id="A-1",
                    name="Northwind Robotics GmbH",
                    website="https://northwind-robotics.example",
                    domains=["northwind-robotics.com"],
                    country="DE",
                    lifecycle="customer",
                    owner="dan",
                ),
                AccountRecord(
                    external_id="A-2", name="Harbour Logistics Ltd", domains=["harbourlogistics.co.uk"]
                ),
            ],
            clock(),
        )
        settings = SETTINGS.dump_python(PoolSettings(), mode="json")
        made = {"name": "inbound", "settings": settings, "turn": 0, "updated_at": clock()}
        number = connection.execute(insert(pool).returning(pool.c.id), made).scalar_one()
        row = {"pool_id": number, "weight": 1, "turns": 0, "credit": 0, "last_turn": 0}
        for name in members:
            connection.execute(insert(pool_member).values(row | {"rep": name}))
        rulebooks.publish(connection, rulebook, author="test", reason=None, at=clock())
    flow = Flow(database, LiveRulebook(), Policies(), clock=clock, new_id=new_id)
    desk = Desk(database, flow, clock=clock, new_id=new_id)
    return Organisation(database=database, clock=clock, flow=flow, desk=desk, new_id=new_id)


def turns(database: Database) -> dict[str, int]:
    """The turns that each member of the pool has drawn."""
    with database.read() as connection:
        rows = connection.execute(select(pool_member.c.rep, pool_member.c.turns))
        return {row.rep: row.turns for row in rows}


def listen(database: Database, name: str = "d") -> None:
    """Add a destination that is told everything; nothing is sent, for nobody runs the sender."""
    everything = destinations.Destination(
        id=name,
        name=name,
        kind="webhook",
        url="https://hooks.example.com",
        secrets=(),
        events=(),
        active=True,
        disabled_reason=None,
        created_at=MONDAY,
    )
    with database.write() as connection:
        destinations.add(connection, everything)
