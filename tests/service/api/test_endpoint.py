"""What every endpoint goes through: the caller, the Idempotency-Key, the body."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.openapi import operations
from service.app import create_app
from service.auth import Scope
from service.db import idempotency, tables
from service.db.engine import Database
from service.db.idempotency import Claim, KeyTaken
from service.problems import Conflict
from service.settings import Settings
from tests.described import DOCUMENT
from tests.service.api.conftest import BOOTSTRAP

api = APIRouter(route_class=Endpoint, prefix="/v1/test")


class NoteIn(BaseModel):
    """What the test resource takes."""

    name: str


@api.post("/notes", status_code=201, dependencies=[require(Scope.OPS_EDITOR)])
async def add_note(note: NoteIn, services: ServicesDep) -> dict[str, str]:
    """Write a row that a second run would write again."""

    def work() -> None:
        row = {
            "name": f"{note.name}-{services.new_id()}",
            "settings": {},
            "turn": 0,
            "updated_at": services.now(),
        }
        services.database.transact(lambda connection: connection.execute(tables.pool.insert().values(row)))

    await run_in_threadpool(work)
    if note.name == "refuse":
        raise Conflict("no")
    return {"name": note.name}


@api.post("/refusals", dependencies=[require(Scope.OPS_EDITOR)])
async def refuse(services: ServicesDep) -> None:
    """Write a row and think better of it inside the transaction."""

    def work() -> None:
        with services.database.write() as connection:
            row = {"name": "never", "settings": {}, "turn": 0, "updated_at": services.now()}
            connection.execute(tables.pool.insert().values(row))
            raise Conflict("no")

    await run_in_threadpool(work)


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    app = create_app(settings)
    app.include_router(api)
    return app


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, headers={"Authorization": f"Bearer {BOOTSTRAP}"}) as client:
        yield client


def notes(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(select(tables.pool.c.name)).scalars())


def post(client: TestClient, key: str, name: str = "a") -> tuple[int, bool]:
    answer = client.post("/v1/test/notes", json={"name": name}, headers={"Idempotency-Key": key})
    return answer.status_code, "Idempotency-Replayed" in answer.headers


def test_a_call_without_a_key_learns_nothing(anonymous: TestClient) -> None:
    answer = anonymous.post("/v1/keys", content=b"\xff not json", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_key_of_another_scope_is_not_enough(app: FastAPI, client: TestClient) -> None:
    _, key = app.state.services.keys.create("reader", frozenset({Scope.READ}))
    answer = client.post("/v1/test/notes", json={"name": "a"}, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 403
    assert "ops-editor" in answer.json()["detail"]


def test_a_repeated_call_is_done_once(client: TestClient, database: Database) -> None:
    assert post(client, "k1") == (201, False)
    assert post(client, "k1") == (201, True)
    assert post(client, '"k1"') == (201, True)  # as the draft writes it
    assert len(notes(database)) == 1
    assert post(client, "k2") == (201, False)
    assert len(notes(database)) == 2


def test_the_same_key_for_another_body_is_refused(client: TestClient, database: Database) -> None:
    post(client, "k1")
    assert post(client, "k1", "b") == (422, False)
    assert post(client, "k1") == (201, True)
    assert len(notes(database)) == 1


def test_callers_do_not_share_keys(app: FastAPI, client: TestClient, database: Database) -> None:
    _, other = app.state.services.keys.create("editor", frozenset({Scope.OPS_EDITOR}))
    post(client, "k1")
    client.headers["Authorization"] = f"Bearer {other}"
    assert post(client, "k1") == (201, False)
    assert len(notes(database)) == 2


def test_a_call_that_was_not_valid_does_not_use_its_key(client: TestClient) -> None:
    wrong = client.post("/v1/test/notes", json={"nmae": "a"}, headers={"Idempotency-Key": "k1"})
    assert wrong.status_code == 422
    assert post(client, "k1") == (201, False)


def test_a_call_that_was_rolled_back_does_not_use_its_key(client: TestClient, database: Database) -> None:
    for _ in range(2):
        assert client.post("/v1/test/refusals", headers={"Idempotency-Key": "k1"}).status_code == 409
    assert notes(database) == []
    with database.read() as connection:
        assert connection.execute(select(tables.idempotency)).all() == []


def test_a_call_whose_answer_was_lost_is_not_done_again(client: TestClient, database: Database) -> None:
    """As when the process dies after the commit: the row is there, the answer is not."""
    assert post(client, "k1", "refuse") == (409, False)
    again = client.post("/v1/test/notes", json={"name": "refuse"}, headers={"Idempotency-Key": "k1"})
    assert again.status_code == 409
    assert again.json()["type"].endswith("#in-progress")
    assert again.headers["Retry-After"] == "1"
    assert len(notes(database)) == 1


def test_a_call_that_died_before_its_commit_is_done_by_its_repetition(
    client: TestClient, database: Database, app: FastAPI
) -> None:
    claim = Claim(caller="bootstrap", key="k1", digest="0" * 64, at=app.state.services.now())
    with pytest.raises(RuntimeError), database.write() as connection:
        idempotency.take(connection, claim)
        raise RuntimeError("the process dies here")
    assert post(client, "k1") == (201, False)
    assert len(notes(database)) == 1


def test_a_crowd_with_one_key_is_one_call(client: TestClient, database: Database) -> None:
    start = threading.Barrier(8)

    def call(_: int) -> int:
        start.wait()
        return post(client, "k1")[0]

    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(call, range(8)))
    assert len(notes(database)) == 1
    assert answers.count(201) >= 1
    assert set(answers) <= {201, 409}


def test_an_ambiguous_commit_finds_its_own_row(database: Database, app: FastAPI) -> None:
    """The commit happened, its reply was lost, and the work runs again: that is no other call."""
    mine = Claim(caller="k", key="k1", digest="0" * 64, at=app.state.services.now())
    other = Claim(caller="k", key="k1", digest="0" * 64, at=app.state.services.now())
    for _ in range(2):
        database.transact(lambda connection: idempotency.take(connection, mine))
    with pytest.raises(KeyTaken):
        database.transact(lambda connection: idempotency.take(connection, other))


def test_keys_are_kept_for_thirty_days(client: TestClient, database: Database, app: FastAPI) -> None:
    post(client, "k1")
    now = app.state.services.now()
    assert database.transact(lambda c: idempotency.forget(c, now + timedelta(days=29))) == 0
    assert database.transact(lambda c: idempotency.forget(c, now + timedelta(days=31))) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "\x7f"])
def test_a_key_that_is_none_is_refused(client: TestClient, key: str) -> None:
    assert post(client, key)[0] == 422


def test_what_is_answered_to_a_wrong_key_or_as_a_file_is_described() -> None:
    silent = []
    for path, method, operation in operations(DOCUMENT):
        said = {each.get("name") for each in operation.get("parameters", ())}
        formats = [e["schema"] for e in operation.get("parameters", ()) if e.get("name") == "format"]
        if "Idempotency-Key" in said and "422" not in operation["responses"]:
            silent.append((method, path))
        if "csv" in str(formats) and "text/csv" not in operation["responses"]["200"]["content"]:
            silent.append((method, path))
    assert not silent


def test_a_new_secret_is_not_kept_with_its_call(admin: TestClient, database: Database) -> None:
    made = admin.post(
        "/v1/keys", json={"name": "a", "scopes": ["read"]}, headers={"Idempotency-Key": "k1"}
    ).json()
    with database.read() as connection:
        body = connection.execute(select(tables.idempotency.c.body)).scalar_one()
    assert made["key"].encode() not in body
