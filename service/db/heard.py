"""How new what is known of a record is, by its source's own time. Older news changes nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from service.db.tables import heard as table


def is_news(connection: Connection, subject: str, at: datetime) -> bool:
    """Note that ``subject`` was heard of as it was ``at``; whether nothing newer was known."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    said = dialect.insert(table).values(subject=subject[:320], at=at)
    newer = said.on_conflict_do_update(
        index_elements=[table.c.subject], set_={"at": at}, where=table.c.at <= at
    )
    return connection.execute(newer.returning(table.c.subject)).first() is not None
