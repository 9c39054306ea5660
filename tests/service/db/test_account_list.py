"""service/db/account_list.py: the people of an account are those who came in, each counted once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from service.db import account_list
from service.db.engine import Database
from service.db.tables import contact

NOW = datetime(2026, 10, 14, 9, 30, tzinfo=UTC)
CONTACTS = (
    ("A-1", None, "ann@acme.example"),
    ("A-1", "WEB-1", None),
    ("A-1", "activation:7", None),  # stands in for the account in a decision: nobody
    ("A-2", "WEB-2", "bo@borg.example"),
)


def test_what_stands_in_for_an_activation_is_no_person_of_the_account(database: Database) -> None:
    rows = [
        {
            "identity": f"x:{number}",
            "data": {"first_name": "Person", "last_name": str(number)} if external_id else {},
            "answers": {},
            "account": account,
            "external_id": external_id,
            "email": email,
        }
        | dict.fromkeys(("occurred_at", "created_at", "updated_at"), NOW + timedelta(hours=number))
        for number, (account, external_id, email) in enumerate(CONTACTS)
    ]
    with database.write() as connection:
        for row in rows:
            connection.execute(insert(contact).values(row))
        found, number = account_list.people(connection, "A-1", limit=5)
        assert ([each.name for each in found], number) == (["Person 1", "ann@acme.example"], 2)
        found, number = account_list.people(connection, "A-1", limit=1)
        assert ([each.name for each in found], number) == (["Person 1"], 2)
