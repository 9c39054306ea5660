"""Personal data: exported whole, erased everywhere, kept out afterwards, and the log still verifies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import LargeBinary, Text, cast, func, select, text, update

from service.audit.chain import Sealer, verify
from service.db.tables import contact, decision, delivery, inbox, metadata
from service.delivery import signing
from service.delivery.signing import Secret
from service.doctor import examine
from service.privacy.erase import Eraser, Scrubber
from service.privacy.retention import Retention
from service.services import Services
from service.worker.inbox import Inbox
from tests.service.served import served, services_of

EMAIL = "zyxwvia.canaryson@canary-mail.example"
PERSONAL = ("zyxwvia", "canaryson", "1234567", "crm-4711-z")
SENT = {
    "first_name": "Zyxwvia",
    "last_name": "Canaryson",
    "email": "Zyxwvia.Canaryson@canary-mail.example",
    "phone": "+49 30 1234567",
    "company": "Acme",
    "external_id": "crm-4711-z",
    "custom": {"note": "asked for Zyxwvia"},
}


@pytest.fixture
def client(database_url: str) -> Iterator[TestClient]:
    with served(database_url) as client:
        yield client


def everything(services: Services) -> str:
    """All that is stored, as text."""
    said = []
    with services.database.read() as connection:
        for table in metadata.sorted_tables:
            for column in table.columns:
                shown = cast(column, Text)
                if isinstance(column.type, LargeBinary) and not services.database.sqlite:
                    shown = func.encode(column, "escape")  # type: ignore[assignment]
                said += [str(value) for value in connection.execute(select(shown)).scalars()]
    return "\n".join(said).casefold()


def decide_inbox(services: Services) -> None:
    worker = Inbox(services.database, services.flow.handle, services.now)
    while worker.run():
        pass


def test_erased_everywhere_and_kept_out(client: TestClient) -> None:
    services = services_of(client)
    client.post("/v1/contacts", json=SENT, headers={"Idempotency-Key": "k1"})
    client.post("/v1/contacts", json={"email": "other@acme.example", "last_name": "Keeper"})
    client.post("/v1/contacts/batch", json={"contacts": [SENT | {"title": "CTO"}]})
    while Sealer(services.database, services.now).run():
        pass
    assert all(each in everything(services) for each in PERSONAL)

    exported = client.post("/v1/erasures/export", json={"email": EMAIL})
    assert exported.status_code == 200
    assert {"contact", "decision"} <= set(exported.json()["data"])
    assert "keeper" not in exported.text.casefold()

    erased = client.post("/v1/erasures", json={"email": EMAIL})
    assert erased.status_code == 201, erased.text
    assert erased.json()["erased"]["contact"] == 1
    left = everything(services)
    assert [each for each in PERSONAL if each in left] == []
    assert "keeper" in left
    assert client.post("/v1/erasures/export", json={"email": EMAIL}).json() == {"data": {}}

    page = client.get("/v1/decisions").json()
    assert page["decisions"], "what was decided stays, and can be read"
    while Sealer(services.database, services.now).run():
        pass
    with services.database.read() as connection:
        assert verify(connection).faults == ()
    broken = [each for each in examine(services.database, services.now()) if "encrypted" not in each.promise]
    assert broken == []

    again = client.post("/v1/contacts", json=SENT | {"title": "CEO"})
    assert again.status_code == 201
    assert again.json()["routing"]["outcome"] == "superseded"
    assert [each for each in PERSONAL if each in everything(services)] == []

    by_id = {"external_id": "crm-4711-z", "first_name": "Zyxwvia", "last_name": "Canaryson"}
    elsewhere = {"email": EMAIL, "external_id": "crm-4712-z", "title": "CFO"}
    events = [
        by_id,  # the CRM's id and a name
        by_id | {"email": "zyxwvia@canary.example"},  # the same record with another address
        {"external_id": EMAIL.title(), "title": "CTO"},  # a system that calls people by their address
        elsewhere,  # a second record of the CRM, told by the address
        elsewhere | {"email": None, "first_name": "Zyxwvia"},  # and known from then on
    ]
    for event in events:
        told = client.post("/v1/contacts", json=event).json()
        assert told["routing"]["outcome"] == "superseded", event
    assert [each for each in (*PERSONAL, "crm-4712-z") if each in everything(services)] == []
    stranger = client.post("/v1/contacts", json={"external_id": "CRM-4711-Z", "last_name": "Stranger"}).json()
    assert stranger["routing"]["outcome"] == "queued", "ids are told apart by case"

    listed = client.get("/v1/erasures").json()["erasures"]
    assert len(listed) == 1 and EMAIL not in json.dumps(listed)
    assert client.post(f"/v1/erasures/{listed[0]['id']}/lift").json()["lifted_at"]
    back = client.post("/v1/contacts", json=SENT | {"title": "Founder"}).json()
    assert back["routing"]["outcome"] == "queued"
    assert client.post("/v1/erasures/none/lift").status_code == 404


def test_an_event_named_by_the_address_is_known_again_and_not_named(client: TestClient) -> None:
    """Of two people of one source, erased one after the other; what comes again leaves nothing behind."""
    services = services_of(client)
    mapping = {"event_id": "email", "email": "email", "last_name": "name"}
    secret = client.post("/v1/sources", json={"name": "form", "mapping": mapping}).json()["secret"]
    signing_with = [Secret(value=secret, created_at=services.now())]

    def hook(**body: str) -> str:
        raw = json.dumps(body).encode()
        signed = signing.headers(signing_with, "msg", services.now(), raw)
        headers = signed | {"content-type": "application/json"}
        answer = client.post("/v1/webhooks/form", content=raw, headers=headers)
        assert answer.status_code == 202, answer.text
        decide_inbox(services)
        return str(answer.json()["results"][0]["result"])

    bodies = [{"email": each, "name": "Canaryson"} for each in (EMAIL, "second@canary-mail.example")]
    named = [{"email": each["email"], "event_id": f"{each['email']}/1"} for each in bodies]
    assert [hook(**each) for each in bodies] == ["accepted", "accepted"]
    first = [client.post("/v1/contacts", json=each).json() for each in named]
    for each in bodies:
        assert client.post("/v1/erasures", json={"email": each["email"]}).status_code == 201

    def nothing_left() -> bool:
        return not [each for each in ("canaryson", "second@canary") if each in everything(services)]

    assert nothing_left()
    again = [client.post("/v1/contacts", json=each) for each in named]
    assert [(each.status_code, each.json()["id"]) for each in again] == [(200, each["id"]) for each in first]
    assert [hook(**each) for each in bodies] == ["duplicate", "duplicate"]
    assert hook(**bodies[0] | {"name": "Canaryson-Other"}) == "conflict"
    later = named[0] | {"event_id": f"{EMAIL}/2"}
    taken = [client.post("/v1/contacts", json=later) for _ in range(2)]
    assert [each.status_code for each in taken] == [201, 200]
    assert nothing_left()
    client.patch("/v1/sources/form", json={"mapping": mapping | {"event_id": "id"}})
    assert hook(**bodies[0], id=f"{EMAIL}/3") == "accepted"
    assert hook(**bodies[0], id=f"{EMAIL}/3") == "duplicate"
    assert nothing_left()
    with services.database.read() as connection:
        kept = connection.execute(select(inbox.c.state, inbox.c.body, inbox.c.dedupe_key)).all()
    assert sorted(row.state for row in kept) == ["decided", "decided", "decided", "erased"]
    assert all(row.body == b"" and row.dedupe_key.startswith("erased:") for row in kept)


def test_who_is_only_mentioned_is_found_too(client: TestClient) -> None:
    """In the decision of a colleague, also after the note was changed; and under an address given up."""
    about = {"external_id": "x1", "email": "colleague@acme.example"}
    noted = {"custom": {"note": f"asked by {EMAIL.title()}."}, "occurred_at": "2026-01-01T00:00:00Z"}
    first = client.post("/v1/contacts", json=about | noted).json()
    client.post("/v1/contacts", json=about | {"custom": {"note": "none"}})
    moved = client.post("/v1/contacts", json={"external_id": "x2", "email": EMAIL}).json()
    client.post("/v1/contacts", json={"external_id": "x2", "email": "new@acme.example"})
    with services_of(client).database.read() as connection:
        flags = dict(connection.execute(select(decision.c.id, decision.c.mentions)).all())
    assert flags[first["id"]] is True and flags[moved["id"]] is False
    with services_of(client).database.write() as connection:  # as versions before this one left them
        connection.execute(update(decision).values(mentions=None))
    assert not Retention(services_of(client)).run()
    with services_of(client).database.read() as connection:
        assert dict(connection.execute(select(decision.c.id, decision.c.mentions)).all()) == flags
    data = client.post("/v1/erasures/export", json={"email": EMAIL}).json()["data"]
    assert {first["id"], moved["id"]} <= {row["id"] for row in data["decision"]}
    client.post("/v1/erasures", json={"email": EMAIL})
    assert EMAIL not in everything(services_of(client))


def test_somebody_with_a_longer_address_or_a_mention_is_somebody_else(client: TestClient) -> None:
    """What is about others stays, but for the mention; and nothing more is told of who was erased."""
    made = {"name": "crm", "kind": "webhook", "url": "https://hooks.example.com/"}
    assert client.post("/v1/destinations", json=made).status_code == 201
    others = ["joanna@acme.example", "anna@acme.example.org", "x.anna@acme.example"]
    kept = [
        client.post("/v1/contacts", json={"email": each, "last_name": "Keeper", "company": "Acme"}).json()[
            "id"
        ]
        for each in others
    ]
    boss = {"email": "cora@acme.example", "title": "PA of anna@acme.example", "external_id": "x7"}
    colleague = client.post("/v1/contacts", json=boss).json()["id"]
    gone = client.post("/v1/contacts", json={"email": "anna@acme.example", "last_name": "Goner"}).json()["id"]

    exported = client.post("/v1/erasures/export", json={"email": "anna@acme.example"}).json()["data"]
    assert sorted(row["id"] for row in exported["decision"]) == sorted([colleague, gone])
    client.post("/v1/erasures", json={"email": "Anna@acme.example"})
    with services_of(client).database.read() as connection:
        left = connection.execute(select(contact.c.email).where(contact.c.email.is_not(None))).scalars().all()
        known = dict(connection.execute(select(decision.c.id, decision.c.email)).all())
    assert sorted(left) == sorted([*others, "cora@acme.example"])
    assert [known[each] for each in kept] == others
    assert (known[colleague], known[gone]) == ("cora@acme.example", None)
    told = client.get(f"/v1/decisions/{colleague}").json()["contact"]
    assert (told["email"], told["title"]) == ("cora@acme.example", "PA of [erased]")

    with services_of(client).database.read() as connection:
        said = dict(connection.execute(select(delivery.c.decision_id, delivery.c.payload)).all())
    assert said[gone] == {}
    assert said[kept[0]]["data"]["contact"]["email"] == others[0]


def test_retention_forgets_whom_nobody_heard_of_and_has_nothing_open(
    client: TestClient, tmp_path: Path
) -> None:
    services = services_of(client)
    client.post("/v1/contacts", json={"email": "old@acme.example", "occurred_at": "2020-01-01T00:00:00Z"})
    client.post("/v1/contacts", json={"email": "new@acme.example"})
    eraser = Eraser(database=services.database, now=services.now, new_id=services.new_id)
    before = services.now() - timedelta(days=365)
    assert eraser.forget_old(before) == 1
    assert eraser.forget_old(before) == 0, "again: nothing more"
    left = everything(services)
    assert "old@acme" not in left and "new@acme" in left
    with services.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(contact)).scalar() == 2
        assert connection.execute(select(func.count()).select_from(inbox)).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM erasure")).scalar() == 0
    assert (
        client.post("/v1/contacts", json={"email": "old@acme.example"}).json()["routing"]["outcome"]
        == "queued"
    )


@pytest.mark.parametrize(
    ("said", "value", "left"),
    [
        ({"ana@acme.example"}, {"a": ["ANA@acme.example", 1]}, {"a": ["[erased]", 1]}),
        ({"Ana"}, "Ana wrote; banana", "[erased] wrote; banana"),
        ({"Canaryson"}, "canaryson.de", "[erased].de"),
        ({"x"}, {"custom": {"secret": "y"}, "b": None}, {"custom": {}, "b": None}),
        ({"a.b+c@d.example"}, "a.b+c@d.example!", "[erased]!"),
    ],
)
def test_what_is_replaced(said: set[str], value: object, left: object) -> None:
    assert Scrubber(said).json(value) == left
