"""A console over an empty database, and one over the demo, with somebody signed in."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from httpx2 import Response
from sqlalchemy import insert
from starlette.applications import Starlette
from starlette.testclient import TestClient

from service.auth import Scope
from service.console.app import routes
from service.db import decisions
from service.db.engine import Database
from service.db.tables import contact
from service.decision import Decision
from service.demo.load import load
from service.services import Services, compose
from service.settings import Settings

KEY = "a-bootstrap-key-for-the-tests"
NOW = datetime(2026, 10, 14, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """A console: its parts, and a browser that does not follow redirects."""

    services: Services
    client: TestClient

    def page(self, path: str) -> str:
        """The HTML of a page that must be there."""
        response = self.client.get(f"/console{path}")
        assert response.status_code == 200, response.text
        return response.text

    def token(self) -> str:
        """The token that the forms of this session carry."""
        return self.page("/try").split('name="token" value="')[1].split('"')[0]

    def post(self, path: str, **form: str) -> Response:
        """What a form of this session is answered."""
        return self.client.post(f"/console{path}", data={"token": self.token(), **form})

    def colleague(self, name: str, scope: Scope = Scope.OPS_EDITOR) -> Console:
        """The same console in the browser of somebody else, who has this scope."""
        _, key = self.services.keys.create(name, frozenset({scope}))
        other = Console(services=self.services, client=TestClient(self.client.app, follow_redirects=False))
        sign_in(other, key)
        return other

    def store(self, decision: Decision) -> None:
        """Put a decision into the log, as if it had been taken."""
        row: dict[str, Any] = {
            "identity": f"x:{decision.id}",
            "data": {},
            "answers": {},
            "email": decision.normalized.email,
        }
        times = dict.fromkeys(("occurred_at", "created_at", "updated_at"), decision.at)
        with self.services.database.write() as connection:
            made = connection.execute(insert(contact).values(**row, **times).returning(contact.c.id))
            entry = decisions.Entry(decision=decision, contact_row=made.scalar_one())
            decisions.store(connection, [entry])


def undo_in(html: str) -> dict[str, str]:
    """The fields of the form that takes back what a page says was done."""
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html.split("told", 1)[1])
    return {name: unescape(value) for name, value in fields if name != "token"}


def text_of(html: str) -> str:
    """What a reader sees of a page, with single spaces."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def visitor(database_url: str) -> Iterator[Console]:
    """A console over a database, nobody signed in."""
    services = compose(Settings.model_validate({"database_url": database_url, "bootstrap_key": KEY}))
    client = TestClient(Starlette(routes=routes(services)), follow_redirects=False)
    yield Console(services=services, client=client)
    client.close()
    services.database.dispose()


@pytest.fixture
def stranger(database_url: str) -> Iterator[Console]:
    """An empty console that nobody has signed in to."""
    yield from visitor(database_url)


@pytest.fixture
def console(stranger: Console) -> Console:
    """An empty console with an admin signed in."""
    sign_in(stranger)
    return stranger


def sign_in(console: Console, key: str = KEY) -> None:
    """Sign in as a reader would."""
    response = console.client.post("/console/sign-in", data={"key": key, "next": "/"})
    assert response.status_code == 303, response.text


@pytest.fixture(scope="session")
def demo_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the demo in it."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    shutil.copyfile(sqlite_template, path)
    opened = Database(f"sqlite:///{path}")
    load(opened, NOW, lambda: str(uuid4()))
    opened.dispose()
    return path


@pytest.fixture
def demo(demo_file: Path, tmp_path: Path) -> Iterator[Console]:
    """The demo's console with an admin signed in, at the moment the demo was loaded."""
    copy = tmp_path / "demo.db"
    shutil.copyfile(demo_file, copy)
    with time_machine.travel(NOW, tick=False):
        for made in visitor(f"sqlite:///{copy}"):
            sign_in(made)
            yield made
