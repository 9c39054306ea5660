"""The migrations lead to exactly the tables of `service.db.tables`, and back, on both databases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from service.db import migrate
from service.db.engine import Database
from service.db.tables import metadata

_SQLITE_SCHEMA = """
SELECT type, name, tbl_name, sql FROM sqlite_master
WHERE name NOT LIKE 'sqlite_%' AND name <> 'alembic_version' ORDER BY 1, 2
"""

_POSTGRES_SCHEMA = """
SELECT 'column', table_name, column_name, data_type, character_maximum_length, numeric_precision,
       is_nullable, column_default
FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), 0, 0, '', ''
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
     AND conrelid::regclass::text <> 'alembic_version'
UNION ALL
SELECT 'index', tablename, indexname, indexdef, 0, 0, '', ''
FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
ORDER BY 1, 2, 3
"""


def schema(connection: Connection) -> list[tuple[object, ...]]:
    """Everything the database says about the tables, in a fixed order."""
    if connection.dialect.name == "postgresql":
        return [tuple(row) for row in connection.execute(text(_POSTGRES_SCHEMA))]
    rows = connection.execute(text(_SQLITE_SCHEMA)).mappings()
    return [(row["type"], row["name"], row["tbl_name"], _clauses(row)) for row in rows]


def _clauses(row: Mapping[str, object]) -> list[str]:
    """What follows CREATE, clause by clause: Alembic writes the constraints in another order.

    Without quotes: SQLite puts them round the name of a table that was rebuilt. What ALTER
    TABLE added stands on the line of the column before it.
    """
    body = str(row["sql"]).replace('"', "").strip().removesuffix(")")
    return sorted(" ".join(clause.split()) for clause in re.split(r",\s*\n|, (?=\w+ [A-Z])", body))


def test_the_migrations_give_the_tables_and_take_them_away_again(database: Database) -> None:
    with database.read() as connection:
        migrated = schema(connection)
    with database.write() as connection:
        command.downgrade(migrate.config(connection), "base")
        assert schema(connection) == []
        metadata.create_all(connection)
    with database.read() as connection:
        assert schema(connection) == migrated


def test_the_history_is_one_line() -> None:
    scripts = ScriptDirectory.from_config(migrate.config())
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1
    assert not any(script.is_merge_point or script.is_branch_point for script in scripts.walk_revisions())


def test_a_revision_names_no_code_of_ours() -> None:
    for script in ScriptDirectory.from_config(migrate.config()).walk_revisions():
        source = Path(script.path).read_text(encoding="utf-8")
        assert "service" not in source and "matching" not in source, script.path
