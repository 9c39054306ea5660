"""The audit log: written with every change, sealed soon after, and telling when somebody tampered with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from service.audit import chain, log
from service.audit.chain import Sealer, Verified
from service.audit.log import Act
from service.db import audit, migrate
from service.db.engine import Database
from service.db.keyring import Keyring
from tests.service.served import served, services_of

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
def client(database_url: str) -> Iterator[TestClient]:
    """The API with a live rulebook, and a chain of decisions and changes."""
    with served(database_url, secret_key="s" * 40) as client:
        yield client


def seal(database: Database) -> None:
    while Sealer(database, lambda: NOW).run():
        pass


def verify(database: Database, anchor: str | None = None) -> Verified:
    with database.read() as connection:
        return chain.verify(connection, anchor)


def test_every_change_and_decision_is_on_record(client: TestClient) -> None:
    database = services_of(client).database
    made = client.post("/v1/contacts", json={"email": "ana@acme.example", "company": "Acme"}).json()
    client.put("/v1/pools/inbound", json={"members": []}, headers={"Idempotency-Key": "k1"})
    client.put("/v1/pools/inbound", json={"members": []}, headers={"Idempotency-Key": "k1"})
    assert client.put("/v1/pools/inbound", json={"wrong": 1}).status_code == 422
    key = client.post("/v1/keys", json={"name": "form", "scopes": ["intake"]}).json()
    client.delete(f"/v1/keys/{key['id']}")
    client.get("/v1/keys")
    said = client.get("/v1/audit").json()["entries"]
    assert [(each["actor"], each["action"], each["subject"]) for each in reversed(said)] == [
        ("muster", "decision", made["id"]),
        ("bootstrap", "PUT /v1/pools/{identifier:path}", "inbound"),
        ("bootstrap", "changed", "pool inbound"),
        ("bootstrap", "POST /v1/keys", ""),
        ("bootstrap", "DELETE /v1/keys/{key_id}", key["id"]),
    ]
    assert key["key"].split("_", 2)[2] not in str(said)
    assert all(each["seq"] is None for each in said)
    seal(database)
    filtered = client.get("/v1/audit", params={"actor": "bootstrap", "decisions": "false", "limit": 2}).json()
    assert [each["seq"] for each in filtered["entries"]] == [5, 4]
    older = client.get("/v1/audit", params={"actor": "bootstrap", "before": filtered["next"]}).json()
    assert [each["seq"] for each in older["entries"]] == [3, 2] and older["next"] is None
    verified = client.get("/v1/audit/verification").json()
    assert (verified["entries"], verified["unsealed"], verified["faults"]) == (5, 0, [])


Tamper = Callable[[TestClient], str]


def _sql(*statements: str) -> Tamper:
    def tamper(client: TestClient) -> str:
        with services_of(client).database.write() as connection:
            for statement in statements:
                connection.execute(text(statement))
        return ""

    return tamper


@pytest.mark.parametrize(
    ("tamper", "first"),
    [
        (_sql("UPDATE audit SET actor = 'ben' WHERE seq = 3"), 3),
        (_sql("UPDATE audit SET at = '2020-01-01 00:00:00+00:00' WHERE seq = 1"), 1),
        (_sql("UPDATE audit SET detail = '{\"a\": 1}' WHERE seq = 4"), 4),
        (_sql("DELETE FROM audit WHERE seq = 2"), 3),
        (_sql("DELETE FROM audit WHERE seq = 1"), 2),
        (
            _sql(
                "UPDATE audit SET seq = 100 WHERE seq = 2",
                "UPDATE audit SET seq = 2 WHERE seq = 3",
                "UPDATE audit SET seq = 3 WHERE seq = 100",
            ),
            2,
        ),
        (_sql("DELETE FROM audit WHERE seq >= 5"), 6),
        (_sql("DELETE FROM audit WHERE seq >= 5", "UPDATE audit_head SET seq = 4"), 4),
        (_sql("DELETE FROM audit"), 6),
        (_sql("DELETE FROM audit_head"), 6),
        # by way of the negatives: a statement that moves them one by one may meet the number of the next
        (_sql("UPDATE audit SET seq = -seq", "UPDATE audit SET seq = -seq - 1"), 0),
        (_sql("UPDATE decision SET rep = 'ben'"), 5),
        (_sql("UPDATE decision SET body = '{}'"), 5),
    ],
    ids=[
        *("edited", "dated back", "detail", "deleted", "first deleted", "swapped", "tail cut off"),
        *("tail and head", "emptied", "no head", "moved", "decision changed", "decision emptied"),
    ],
)
def test_tampering_shows(client: TestClient, tamper: Tamper, first: int) -> None:
    database = services_of(client).database
    with database.write() as connection:
        for count in range(4):
            log.note(connection, Act(actor="ana", actor_id="p", action=f"do {count}", subject="x"), NOW)
    client.post("/v1/contacts", json={"email": "ana@acme.example"})
    with database.write() as connection:
        log.note(connection, Act(actor="ana", actor_id="p", action="last", subject="x"), NOW)
    seal(database)
    before = verify(database)
    assert before.faults == () and before.entries == 6
    tamper(client)
    faults = verify(database).faults
    assert faults and faults[0].seq == first, faults


def test_a_database_that_was_put_back_shows_against_an_earlier_end(client: TestClient) -> None:
    database = services_of(client).database
    act = Act(actor="ana", actor_id="p", action="do", subject="x")
    with database.write() as connection:
        log.note(connection, act, NOW)
    seal(database)
    early = verify(database).end
    with database.write() as connection:
        log.note(connection, act, NOW)
    seal(database)
    late = verify(database).end
    assert verify(database, early).faults == verify(database, late).faults == ()
    with database.write() as connection:  # as a backup from before would have it, its own head included
        connection.execute(text("DELETE FROM audit WHERE seq = 2"))
        connection.execute(text("DELETE FROM audit_head"))
        seq, seal_ = early.split(":")
        held = chain.proof("s" * 40, 1, seal_)
        connection.execute(
            text(
                "INSERT INTO audit_head (id, seq, seal, proof, at) "
                "VALUES (1, :q, :s, :p, '2026-01-05 09:00:00+00')"
            ),
            {"q": int(seq), "s": seal_, "p": held},
        )
    assert verify(database).faults == ()
    assert [fault.seq for fault in verify(database, late).faults] == [2]
    with pytest.raises(ValueError, match="SEQ:SEAL"):
        verify(database, "nonsense")


def test_two_sealers_make_one_chain(database: Database) -> None:
    act = Act(actor="ana", actor_id="p", action="do", subject="x")
    with database.write() as connection:
        for _ in range(7):
            log.note(connection, act, NOW)
    for _ in range(3):
        Sealer(database, lambda: NOW).run()
    found = verify(database)
    assert (found.entries, found.unsealed, found.faults) == (7, 0, ())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_the_key_nobody_can_make_the_chain_fit(database_url: str) -> None:
    own = Database(database_url, keyring=Keyring(secret="k" * 32))
    with own.write() as connection:
        log.note(connection, Act(actor="ana", actor_id="p", action="do", subject="x"), NOW)
    seal(own)
    other = Database(database_url, keyring=Keyring(secret="o" * 32))
    assert verify(own).faults == ()
    assert verify(other).faults != ()
    with own.read() as connection:
        assert migrate.current(connection) == migrate.head()
        assert audit.oldest_unsealed(connection) is None
    own.dispose()
    other.dispose()
