"""Events that only name a record: it is got from the CRM, in batches, patiently, and never the wrong one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from service.db import inbox, sources
from service.db.engine import Database
from service.db.sources import Source
from service.delivery.http import ask
from service.delivery.networks import parse_allowed
from service.intake.reading import read_items
from service.worker.fetching import ATTEMPTS, Fetching
from service.worker.inbox import Inbox
from tests.service.deciding import NOW
from tests.service.intake.made import call, source
from tests.service.worker.crm import FakeCrm, serving_crm
from tests.service.worker.test_inbox import Clock, Decider

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def crm() -> Iterator[FakeCrm]:
    with serving_crm() as found:
        yield found


def hubspot(crm: FakeCrm, **settings: Any) -> Source:
    return source("hubspot", crm={"api": "hubspot", "url": crm.url, "token": crm.token, **settings})


def salesforce(crm: FakeCrm) -> Source:
    reached = {"api": "salesforce", "url": crm.url, "client_id": "c", "client_secret": "s"}
    return source("salesforce-cdc", crm=reached)


def event(number: int) -> dict[str, Any]:
    return {"portalId": 1, "subscriptionId": 2, "objectId": number, "subscriptionType": "contact.creation"}


def change(number: int) -> dict[str, Any]:
    head = {"entityName": "Lead", "recordIds": [f"00Q{number}"], "changeType": "UPDATE", "sequenceNumber": 1}
    return {"ChangeEventHeader": {**head, "transactionKey": f"t{number}"}}


class Bench:
    """An inbox with its worker and the fetching beside it."""

    def __init__(self, database: Database, where: Source, bodies: list[dict[str, Any]]) -> None:
        self.database, self.clock, self.flow = database, Clock(), Decider()
        allowed = parse_allowed("127.0.0.1")
        self.fetching = Fetching(database, partial(ask, allowed=allowed), self.clock)
        self.inbox = Inbox(database, self.flow, self.clock)
        with database.write() as connection:
            sources.add(connection, where)
            inbox.receive(connection, "src", read_items(where, call(bodies), NOW), NOW)

    def work(self) -> None:
        """Do all that is due now."""
        while self.inbox.run() or self.fetching.run():
            pass

    def states(self) -> list[str]:
        with self.database.read() as connection:
            return [entry.state.value for entry in inbox.page(connection, "src", None, None, 1000)][::-1]

    def problem(self, state: inbox.State | None = None) -> str:
        with self.database.read() as connection:
            return inbox.page(connection, "src", state, None, 1)[0].problem or ""


def test_records_are_got_many_a_call_and_decided(database: Database, crm: FakeCrm) -> None:
    crm.records = {str(n): {"email": f"p{n}@acme.example", "company": f"Firm {n}"} for n in range(120)}
    bench = Bench(database, hubspot(crm, fields=["tier"]), [event(n) for n in range(121)])
    bench.work()
    assert sorted(bench.states()) == ["decided"] * 120 + ["quarantined"]
    assert "no such record" in bench.problem(inbox.State.QUARANTINED)
    assert [len(said["inputs"]) for _, said in crm.asked] == [100, 21]
    assert "tier" in crm.asked[0][1]["properties"]
    contact = bench.flow.taken["webhook:src:id:1:2:7::"].contact
    assert (contact.external_id, contact.email) == ("7", "p7@acme.example")


def test_a_crm_that_asks_for_patience_gets_it(database: Database, crm: FakeCrm) -> None:
    crm.records = {"1": {"email": "a@acme.example"}, "2": {"email": "b@acme.example"}}
    crm.first = [(429, {"retry-after": "30"}, {"policyName": "TEN_SECONDLY_ROLLING"}), (502, {}, None)]
    bench = Bench(database, hubspot(crm), [event(1), event(2)])
    bench.work()
    assert (bench.states(), len(crm.asked)) == (["fetching"] * 2, 1)
    bench.clock.at += timedelta(seconds=29)
    bench.work()
    assert len(crm.asked) == 1, "not before the time it named"
    bench.clock.at += timedelta(seconds=1)
    bench.work()
    assert (bench.states(), len(crm.asked)) == (["fetching"] * 2, 2)
    bench.clock.at += timedelta(hours=1)
    bench.work()
    assert bench.states() == ["decided"] * 2


def test_salesforce_is_asked_by_a_client_that_renews_its_token(database: Database, crm: FakeCrm) -> None:
    crm.records = {f"00Q{n}": {"Email": f"p{n}@acme.example", "Company": "Acme"} for n in range(3)}
    bench = Bench(database, salesforce(crm), [change(n) for n in range(3)])
    bench.work()
    assert bench.states() == ["decided"] * 3
    crm.token = "another"  # the session has ended
    with database.write() as connection:
        inbox.receive(connection, "src", read_items(salesforce(crm), call([change(1) | {"x": 1}]), NOW), NOW)
        more = change(2)
        more["ChangeEventHeader"]["transactionKey"] = "later"
        inbox.receive(connection, "src", read_items(salesforce(crm), call([more]), NOW), NOW)
    bench.work()
    assert bench.states() == ["decided"] * 3 + ["conflict", "decided"]
    assert [path for path, _ in crm.asked].count("/services/oauth2/token") == 2


@SQLITE
def test_what_cannot_be_got_waits_for_a_person(database: Database, crm: FakeCrm) -> None:
    bench = Bench(database, source("hubspot"), [event(1)])
    bench.work()
    assert bench.states() == ["quarantined"] and "give the source the CRM" in bench.problem()
    with database.write() as connection:
        sources.save(connection, hubspot(crm, token="wrong"))
        inbox.retry(connection, "src", None, NOW)
    bench.work()
    assert bench.states() == ["quarantined"] and "HubSpot answered 401" in bench.problem()
    assert "wrong" not in bench.problem() and "wrong" not in repr(hubspot(crm, token="wrong"))


@SQLITE
def test_a_crm_that_stays_away_ends_in_quarantine_and_no_attempt_is_forgotten(
    database: Database, crm: FakeCrm
) -> None:
    crm.first = [(503, {}, None)] * 200
    bench = Bench(database, hubspot(crm), [event(1)])
    began = bench.clock.at
    while bench.states() != ["quarantined"]:
        bench.work()
        bench.clock.at += timedelta(hours=1)
    assert len(crm.asked) == ATTEMPTS
    assert bench.clock.at - began > timedelta(hours=40)


@SQLITE
def test_an_address_inside_the_network_is_not_asked(database: Database, crm: FakeCrm) -> None:
    bench = Bench(database, hubspot(crm), [event(1)])
    bench.fetching = Fetching(database, partial(ask, allowed=()), bench.clock)
    bench.work()
    assert bench.states() == ["quarantined"] and "address cannot be used" in bench.problem()
    assert crm.asked == [] and json.dumps(crm.asked) == "[]"
