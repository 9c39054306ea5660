"""Contacts of one company that come at one moment, on both databases: they find each other."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import Connection

from matching.types import Contact
from routing.rulebook import parse
from routing.types.people import RepId
from routing.types.pools import PoolName
from service.db import contacts, facts, pools
from service.db.engine import Database
from service.decision import Decision
from service.flow.cases import arrive, hold
from service.flow.writing import write
from service.pools import turns
from service.records.pools import PoolRecord
from tests.service.organisation import MONDAY, RULEBOOK, Organisation, arriving, organisation

TOGETHER = """
version: 1
timezone: UTC
rules:
  - id: colleagues
    because: One company, one voice
    when: {earlier: {any: {relation: [account, domain], assigned_at: {within: 1 hour}}}}
    then: {owner of: earlier contact, where: {relation: [account, domain]}, if several: latest}
fallback:
  then: {pool: inbound}
"""


def two_at_once(org: Organisation, monkeypatch: pytest.MonkeyPatch, domain: str) -> tuple[Decision, Decision]:
    """Two colleagues' decisions: the second comes when the first is decided and not yet written."""
    database = org.database
    reached = threading.Event()
    taken: list[Decision] = []
    really_lock, really_gather = contacts.lock, facts.gather

    def lock(connection: Connection, names: Iterable[str]) -> None:
        wanted = set(names)
        if any(name.startswith("domain:") for name in wanted):
            reached.set()
        really_lock(connection, wanted)

    def gather(*given: Any) -> Any:
        found = really_gather(*given)
        reached.set()
        return found

    second = threading.Thread(target=lambda: taken.append(org.decide(Contact(email=f"bo@{domain}"), "e2")))
    with database.write() as connection:
        arrivals = hold(connection, [arrive(arriving(Contact(email=f"al@{domain}"), "e1"))])
        batch = org.flow.decide(connection, arrivals, MONDAY)
        monkeypatch.setattr(contacts, "lock", lock)
        monkeypatch.setattr(facts, "gather", gather)
        second.start()
        assert database.sqlite or reached.wait(30)  # on SQLite it waits for its transaction to begin
        write(connection, batch, MONDAY)
    second.join()
    return batch.decisions[0], taken[0]


@pytest.mark.parametrize("domain", ["harbourlogistics.co.uk", "nobody-knows.example"])
def test_who_comes_while_a_colleague_is_decided_waits_and_goes_to_the_same_rep(
    database: Database, monkeypatch: pytest.MonkeyPatch, domain: str
) -> None:
    first, second = two_at_once(organisation(database, TOGETHER), monkeypatch, domain)
    assert (second.routing.assignee, second.routing.rule) == (first.routing.assignee, "colleagues")


def test_who_comes_while_a_colleague_is_decided_is_not_given_to_the_same_rep_where_a_pool_skips(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    org = organisation(database, "version: 1\nfallback: {because: Turns, then: {pool: inbound}}\n")
    skipping = {"skip_last": 1, "skip_of": "account", "members": [{"rep": "ana"}, {"rep": "bo"}]}
    with database.write() as connection:
        pools.upsert(connection, [PoolRecord.model_validate({"name": "inbound", **skipping})], MONDAY)
        owed: dict[str, Any] = {"note": "by turns alone ana would get both", "by": "ops", "now": MONDAY}
        turns.correct(connection, PoolName("inbound"), RepId("ana"), -5, **owed)
    first, second = two_at_once(org, monkeypatch, "harbourlogistics.co.uk")
    assert (first.routing.assignee, second.routing.assignee) == ("ana", "bo")


def test_only_rules_that_ask_about_earlier_contacts_make_contacts_of_a_company_wait() -> None:
    assert parse(TOGETHER, "together.yaml").looks_around
    assert not parse(RULEBOOK, "plain.yaml").looks_around
