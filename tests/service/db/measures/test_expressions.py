"""service/db/measures/expressions.py: what PostgreSQL is told ends with the transaction."""

from __future__ import annotations

from sqlalchemy import text

from service.db.engine import Database
from service.db.measures.expressions import planned

NOW = text("SELECT current_setting('plan_cache_mode'), current_setting('enable_mergejoin')")


def test_how_to_plan_is_said_for_one_transaction_alone(database: Database) -> None:
    with database.read() as connection:
        planned(connection)
        if database.sqlite:
            return  # it was told nothing, and took no offence
        assert connection.execute(NOW).one() == ("force_custom_plan", "off")
    with database.read() as connection:
        assert connection.execute(NOW).one() == ("auto", "on")
