from __future__ import annotations

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from service.app import create_app
from service.db.engine import Database
from service.settings import Settings
from tests.service.organisation import organisation


def test_a_database_without_a_rulebook_is_not_ready(anonymous: TestClient) -> None:
    answer = anonymous.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "checks": {
            "database": "ok",
            "writes": "ok",
            "schema": "ok",
            "rulebook": "none is live: publish one",
        },
    }


def test_a_disk_that_is_full_is_not_ready_until_a_write_succeeds(settings: Settings) -> None:
    def full(connection: Connection) -> None:
        raise OperationalError("INSERT", {}, psycopg.errors.DiskFull("a message that may quote a row"))

    app = create_app(settings)
    database: Database = app.state.services.database
    organisation(database)
    with TestClient(app) as client:
        assert client.get("/readyz").json()["checks"]["writes"] == "ok"
        with pytest.raises(OperationalError):
            database.transact(full)
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["ready"] is False
        assert answer.json()["checks"]["writes"] == "the disk of the database is full (53100)"
        database.transact(lambda c: c.execute(text("UPDATE alembic_version SET version_num = version_num")))
        assert client.get("/readyz").status_code == 200


def test_a_schema_of_another_version_is_not_ready(anonymous: TestClient, database: Database) -> None:
    database.transact(lambda c: c.execute(text("UPDATE alembic_version SET version_num = 'other'")))
    assert "muster db upgrade" in anonymous.get("/readyz").json()["checks"]["schema"]


def test_without_a_database_the_process_lives_and_is_not_ready() -> None:
    settings = Settings(database_url="postgresql://nobody@127.0.0.1:1/none", worker=False)
    with TestClient(create_app(settings)) as client:
        assert client.get("/livez").status_code == 200
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "does not answer"}


def test_without_a_database_callers_are_asked_to_come_again() -> None:
    settings = Settings(database_url="postgresql://nobody@127.0.0.1:1/none", worker=False)
    key = {"Authorization": "Bearer muster_x_y"}
    with TestClient(create_app(settings)) as client:
        answer = client.get("/v1/decisions", headers=key)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert "nobody" not in answer.text


def test_the_figures(admin: TestClient) -> None:
    admin.get("/v1/keys")
    answer = admin.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert 'muster_http_requests_total{method="GET",route="/v1/keys",status="200"} 1.0' in answer.text
    assert "muster_outbox_oldest_seconds 0.0" in answer.text
