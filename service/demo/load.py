"""Loads the demo into a database, by the same repositories and the same flow as everybody's data.

What came in over the last week is decided as of the moment it came in, so that
lists, charts and clocks have something to show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from service.db import accounts, activities, opportunities, pools, reps
from service.db.engine import Database
from service.db.measures import rates
from service.decision import Decision, Incoming
from service.demo import engagement, program
from service.demo.organisation import Organisation, entries, organisation
from service.desk.desk import Desk
from service.flow.flow import Flow
from service.records.activities import ActivityRecord
from service.records.contacts import ContactIn
from service.rulebook.live import LiveRulebook, Policies
from service.rulebook.publishing import publish

BEGAN = timedelta(days=14)
"""How long ago the demo's deployment began."""

AUTHOR = "Helena Brandt"
REASON = "The rules of engagement as agreed in writing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A contact of the demo: the situation it shows, what came in and when, and what is expected.

    ``accepted``, ``touched`` and ``completed`` are minutes after which the rep took it on, wrote
    or called, and was done with it; None where the rep did not.
    """

    shows: str
    incoming: Incoming
    at: datetime
    accepted: int | None
    touched: int | None
    completed: int | None
    expected: dict[str, str]


def arrivals(now: datetime) -> Iterator[Arrival]:
    """The contacts of the demo, the oldest first, as of ``now``."""
    for entry in entries("contacts.yaml"):
        at = now - timedelta(hours=entry["hours_ago"])
        said = ContactIn.model_validate(entry["contact"] | {"occurred_at": at.isoformat()})
        then: dict[str, Any] = entry.get("then", {})
        yield Arrival(
            shows=entry["shows"],
            incoming=said.incoming(),
            at=at,
            accepted=then.get("accepted"),
            touched=then.get("touched"),
            completed=then.get("completed"),
            expected=entry["expect"],
        )


def load(database: Database, now: datetime, new_id: Callable[[], str]) -> list[tuple[Arrival, Decision]]:
    """Fill an empty database with the demo; each contact with the decision it got."""
    known = organisation(now)
    began = now - BEGAN
    database.transact(lambda connection: _store(connection, known, began))
    publish(database, known.rulebook, author=AUTHOR, reason=REASON, now=began)
    program.load(database, now, new_id)
    engagement.load(database, now, new_id)
    office = _Office(database, new_id)
    return [(arrival, office.receive(arrival)) for arrival in arrivals(now)]


def _store(connection: Connection, known: Organisation, began: datetime) -> None:
    reps.upsert(connection, known.reps, began)
    pools.upsert(connection, known.pools, began)
    accounts.upsert(connection, known.former, began)
    accounts.upsert(connection, known.accounts, began)
    opportunities.upsert(connection, known.opportunities, began)
    rates.put(connection, known.rates)
    activities.upsert(connection, known.activities, began)


class _Office:
    """The demo's last week: contacts come in, reps act on them, on a clock that is set by hand."""

    def __init__(self, database: Database, new_id: Callable[[], str]) -> None:
        self._now = datetime.min.replace(tzinfo=UTC)
        self._database = database
        self._flow = Flow(database, LiveRulebook(), Policies(), clock=self._clock, new_id=new_id)
        self._desk = Desk(database, self._flow, clock=self._clock, new_id=new_id)

    def receive(self, arrival: Arrival) -> Decision:
        """Decide the contact when it came in, and let the rep take it on and finish it."""
        self._now = arrival.at
        [handled] = self._flow.handle([arrival.incoming])
        assignment = handled.decision.assignment
        if assignment is not None and arrival.accepted is not None:
            self._now = arrival.at + timedelta(minutes=arrival.accepted)
            self._desk.accept(assignment.id)
        if assignment is not None and arrival.touched is not None:
            self._touch(arrival, handled.decision, arrival.touched)
        if assignment is not None and arrival.completed is not None:
            self._now = arrival.at + timedelta(minutes=arrival.completed)
            self._desk.complete(assignment.id, handled.decision.routing.assignee or "")
        return handled.decision

    def _touch(self, arrival: Arrival, decision: Decision, minutes: int) -> None:
        """Let the rep get in touch: an activity, as the CRM would send it."""
        person, self._now = arrival.incoming.contact.external_id, arrival.at + timedelta(minutes=minutes)
        record = ActivityRecord(
            external_id=f"ACT-{person}",
            rep=decision.routing.assignee,
            account_id=decision.match.account_id,
            contact_id=person,
            kind="call" if minutes % 2 else "email",
            direction="outbound",
            at=self._now,
        )
        self._database.transact(lambda connection: activities.upsert(connection, [record], self._now))

    def _clock(self) -> datetime:
        return self._now
