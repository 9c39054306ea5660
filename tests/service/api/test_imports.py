"""service/api/imports.py and service/worker/imports.py: files sent over HTTP."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.db import imports as runs
from service.db.engine import Database
from service.decision import Incoming
from service.worker.imports import Imports

CSV = "Account ID,Account Name,Billing Country,Fax\n1,Acme,Germany,0\n2,Borg,Nowhere,0\n3,,,\n"
CSV_TYPE = {"Content-Type": "text/csv"}
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def handle(incoming: Sequence[Incoming]) -> list[Any]:
    return [SimpleNamespace(repeated=False, conflict=False) for _ in incoming]


@pytest.fixture
def worker(database: Database) -> Imports:
    """The worker's part that stores files, run by hand."""
    return Imports(database, handle, lambda: NOW)


def sent(
    admin: TestClient, body: bytes, kind: str = "accounts", media_type: str = "text/csv"
) -> dict[str, Any]:
    answer = admin.post(f"/v1/imports?kind={kind}", content=body, headers={"Content-Type": media_type})
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"/v1/imports/{answer.json()['id']}"
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_kept_stored_and_told_of(admin: TestClient, worker: Imports, packed: bool) -> None:
    body = gzip.compress(CSV.encode()) if packed else CSV.encode()
    waiting = sent(admin, body)
    assert (waiting["state"], waiting["rows"]) == ("waiting", 0)
    assert worker.run()
    assert not worker.run()
    done = admin.get(f"/v1/imports/{waiting['id']}").json()
    assert (done["state"], done["rows"], done["stored"], done["refused"]) == ("done", 3, 2, 1)
    assert done["notes"] == ["columns not known and left aside: Fax"]
    assert [(error["line"], error["column"], error["left_out"]) for error in done["errors"]] == [
        (3, "Billing Country", True),
        (4, "Account Name", False),
    ]
    assert admin.get("/v1/accounts/1").json()["country"] == "DE"
    assert admin.get("/v1/imports").json()["imports"] == [done]


def test_what_the_worker_changed_by_a_file_is_on_record(admin: TestClient, worker: Imports) -> None:
    sent(admin, b"Rep ID,Name,Time Zone\nana,Ana,UTC\n", "reps")
    assert worker.run()
    entries = admin.get("/v1/audit?action=changed").json()["entries"]
    assert [(each["actor"], each["subject"]) for each in entries] == [("muster", "rep ana")]
    assert entries[0]["detail"]["after"]["name"] == "Ana"


def test_a_file_that_cannot_be_read(admin: TestClient, worker: Imports) -> None:
    waiting = sent(admin, b"First Name,Last Name\nA,B\n", "contacts")
    worker.run()
    failed = admin.get(f"/v1/imports/{waiting['id']}").json()
    assert failed["state"] == "failed"
    assert "a contact needs one of them" in failed["problem"]


def test_a_file_of_nothing_but_headers_says_so(admin: TestClient, worker: Imports) -> None:
    headers = CSV.partition("\n")[0].encode()
    said = "holds no rows: there is nothing behind its headers"
    tried = admin.post("/v1/imports/try?kind=accounts", content=headers, headers=CSV_TYPE)
    assert said in tried.json()["notes"]
    waiting = sent(admin, headers)
    assert worker.run()
    done = admin.get(f"/v1/imports/{waiting['id']}").json()
    assert (done["state"], done["rows"]) == ("done", 0)
    assert done["notes"] == ["columns not known and left aside: Fax", said]


@pytest.mark.parametrize("body", [b"id,n\x81me\n1,Acme\n", b"id,name\n1,Acme\n2,Caf\x8d\n"])
def test_bytes_in_no_encoding_are_refused_before_a_row_goes_in(
    admin: TestClient, worker: Imports, body: bytes
) -> None:
    tried = admin.post("/v1/imports/try?kind=accounts", content=body, headers=CSV_TYPE)
    assert tried.status_code == 422
    waiting = sent(admin, body)
    assert worker.run()
    done = admin.get(f"/v1/imports/{waiting['id']}").json()
    assert (done["state"], done["rows"]) == ("failed", 0)
    assert "save the file as CSV in UTF-8" in str(done)
    assert admin.get("/v1/accounts/1").status_code == 404


def test_how_dates_are_written_is_said_with_the_file(admin: TestClient, worker: Imports) -> None:
    body = b"kind,domain,at\nform,one.example,3/1/2026\n"
    for kind, stored in (("signals", 0), ("signals&dates=mdy", 1)):
        waiting = sent(admin, body, kind)
        assert worker.run()
        assert admin.get(f"/v1/imports/{waiting['id']}").json()["stored"] == stored
    [heard] = admin.get("/v1/signals").json()["signals"]
    assert heard["at"].startswith("2026-03-01")
    assert admin.post("/v1/imports?kind=signals&dates=ymd", content=body).status_code == 422


def test_columns_are_mapped_by_hand(admin: TestClient, worker: Imports) -> None:
    said = "accounts&dates=mdy&column=Our%20No=external_id&column=Title=name&column=Since=owner_from"
    done = sent(admin, b"Our No,Title,Owner ID,Since\n1,Acme,ann,3/4/2026\n", said)
    assert worker.run()
    assert admin.get(f"/v1/imports/{done['id']}").json()["stored"] == 1
    account = admin.get("/v1/accounts/1").json()
    assert (account["name"], account["owner"]) == ("Acme", "ann")
    wrong = admin.post("/v1/imports?kind=accounts&column=Title", content=b"a", headers=CSV_TYPE)
    assert wrong.status_code == 422 and "write Header=field" in wrong.text
    strange = sent(admin, b"Our No\n1\n", "accounts&column=Nummer=external_id")
    assert worker.run()
    assert "no column 'Nummer'" in admin.get(f"/v1/imports/{strange['id']}").json()["problem"]


def test_storing_is_tried_and_taken_back(admin: TestClient, worker: Imports) -> None:
    tried = admin.post(
        "/v1/imports/try?kind=accounts", content=CSV, headers={**CSV_TYPE, "Idempotency-Key": "once"}
    )
    assert tried.status_code == 200, tried.text
    found = tried.json()
    assert (found["rows"], found["whole"]) == (3, True)
    assert found["outcomes"] == {"created": 2, "refused": 1}
    assert found["notes"] == ["columns not known and left aside: Fax"]
    assert [(error["line"], error["column"], error["left_out"]) for error in found["errors"]] == [
        (3, "Billing Country", True),
        (4, "Account Name", False),
    ]
    assert found["unknown"] == []
    assert not worker.run() and admin.get("/v1/accounts").json()["accounts"] == []
    assert admin.get("/v1/audit").json()["entries"] == [], "what is taken back is not on record"
    unread = admin.post("/v1/imports/try?kind=accounts", content=b"Nummer\n1\n", headers=CSV_TYPE)
    assert unread.status_code == 422 and "No column is known as the id" in unread.json()["detail"]


def test_lines_of_json(admin: TestClient, worker: Imports) -> None:
    sent(admin, b'{"external_id": "1", "name": "Acme"}\n', media_type="application/x-ndjson")
    sent(admin, b'[{"external_id": "2", "name": "Borg"}]', media_type="application/json")
    assert worker.run() and worker.run()
    assert [each["external_id"] for each in admin.get("/v1/accounts").json()["accounts"]] == ["1", "2"]


def test_what_is_no_import(admin: TestClient, anonymous: TestClient) -> None:
    def status(kind: str, media_type: str, body: bytes) -> int:
        headers = {"Content-Type": media_type}
        return admin.post(f"/v1/imports?kind={kind}", content=body, headers=headers).status_code

    assert status("accounts", "application/pdf", b"x") == 415
    assert status("planets", "text/csv", b"x") == 422
    assert status("accounts", "text/csv", b" ") == 400
    assert admin.get("/v1/imports/none").status_code == 404


def test_an_import_whose_worker_died_is_taken_over(
    admin: TestClient, database: Database, worker: Imports
) -> None:
    waiting = sent(admin, CSV.encode())
    with database.write() as connection:
        assert runs.claim(connection, NOW - timedelta(minutes=1)) is not None
        assert runs.claim(connection, NOW) is None
    assert not worker.run()
    with database.write() as connection:
        taken = runs.claim(connection, NOW + runs.LEASE)
    assert taken is not None and taken.id == waiting["id"]
