"""`python -m migrations "what changes"`: write the next revision from `service.db.tables`.

The revision is what turns the schema at head into the tables; read it, and
complete what Alembic cannot see (data, renames), before it is committed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command

from service.db import migrate
from service.db.engine import Database


def main(message: str) -> None:
    """Write a revision named after ``message`` into migrations/versions."""
    number = f"{len(migrate.revisions()) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'head.db'}")
        migrate.upgrade(database)
        with database.read() as connection:
            command.revision(migrate.config(connection), message, autogenerate=True, rev_id=number)
        database.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
