"""service/db/migrate.py: the way up, once, from any number of processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text

from matching.types import Contact
from routing.types.people import RepId
from service.db import migrate
from service.db.engine import Database
from service.db.tables import decision_figure
from tests.postgres import create_postgres, drop_postgres, on_server
from tests.service.organisation import MONDAY, listen, organisation


def test_a_fresh_database_is_at_head(database: Database) -> None:
    assert migrate.is_current(database)
    with database.read() as connection:
        assert migrate.current(connection) == migrate.head() == migrate.revisions()[-1]


def test_upgrading_again_changes_nothing(database: Database) -> None:
    migrate.upgrade(database)
    assert migrate.is_current(database)


def test_another_revision_is_noticed(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    assert not migrate.is_current(database)


def test_an_empty_database_is_at_no_revision(tmp_path: Path) -> None:
    empty = Database(f"sqlite:///{tmp_path / 'new.db'}")
    assert not migrate.is_current(empty)
    empty.dispose()


def test_two_processes_that_start_at_once_upgrade_once_on_sqlite(tmp_path: Path) -> None:
    _upgrade_at_once(f"sqlite:///{tmp_path / 'new.db'}")


def test_two_processes_that_start_at_once_upgrade_once_on_postgresql(postgres_server: str) -> None:
    name = create_postgres(postgres_server, "template0")
    _upgrade_at_once(on_server(postgres_server, name))
    drop_postgres(postgres_server, name)


BOOK = """
version: 1
rules:
  - {id: fair, because: A, when: {contact.source: fair}, then: {rep: bo}}
  - {id: owner, because: B, when: {account.owner: {exists: true}}, then: {owner of: account}}
  - {id: again, because: C, when: {account.owner: {exists: true}}, then: {rep: cleo}}
conflicts:
  - {id: who-comes-first, because: D, between: [owner of account, rep], prefer: rep}
fallback: {because: Turns, then: {pool: inbound}}
"""


def test_decisions_from_before_there_were_figures_are_counted_as_newer_ones(database: Database) -> None:
    """0005 and 0012 count what was decided before them as the service counts what it decides."""
    org = organisation(database, BOOK)
    listen(database)
    for number, source in enumerate(["web", "fair", None]):
        for domain in ("northwind-robotics.com", f"firm{number}.example"):
            org.clock.forward(seconds=1.5)
            contact = Contact(email=f"{number}@{domain}", source=source)
            taken = org.send(contact, f"{number}@{domain}", MONDAY, digest="a digest").decision
    assert taken.assignment is not None
    org.desk.reassign(taken.assignment.id, RepId("dan"), reason="hers", by="ops")
    first = import_module("migrations.versions.0005_handovers_and_credit")
    second = import_module("migrations.versions.0012_assignment")
    on = "_ON_SQLITE" if database.sqlite else "_ON_POSTGRES"
    counted = select(decision_figure).order_by(decision_figure.c.decision_id)
    with database.write() as connection:
        before = [row._asdict() for row in connection.execute(counted)]
        connection.execute(delete(decision_figure))
        connection.execute(text(first._FIGURES.format(**getattr(first, on))))
        connection.execute(text(second._PREFERRED.format(**getattr(second, on))))
        after = [row._asdict() for row in connection.execute(counted)]
    assert after == before
    for column, values in {"conflict": 2, "contested": 2, "again": 2, "started": 7}.items():
        assert len({row[column] for row in before}) == values, column


def _upgrade_at_once(url: str) -> None:
    databases = [Database(url) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(migrate.upgrade, databases))
    assert all(migrate.is_current(database) for database in databases)
    for database in databases:
        database.dispose()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_upgrade_refuses_to_leave_references_broken(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        connection.execute(
            text("INSERT INTO account_alias (account_id, name, source) VALUES (99, 'nobody', 'given')")
        )
    with pytest.raises(RuntimeError, match="references"):
        migrate.upgrade(database)
