"""The history of the schema: one line of Alembic revisions, for SQLite and PostgreSQL alike.

`service.db.migrate` runs it; `python -m migrations "what changes"` writes the
next revision from `service.db.tables`.
"""
