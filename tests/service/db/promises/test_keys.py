"""The doctor finds accounts whose stored keys are not those of their names, and they can be made anew."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, select, text

from service.db import accounts
from service.db.engine import Database
from service.db.promises import keys
from service.db.tables import account, account_domain
from service.doctor import examine
from service.stewardship import rekeying
from tests.service.db.organisation import account_records

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
COUNT = 30
SPOILED = {
    "a3": "DELETE FROM account_key WHERE account_id = {row}",
    "a9": "UPDATE account SET name_key = 7 WHERE id = {row}",
    "a12": "UPDATE account SET name_key = NULL WHERE id = {row}",
    "a21": "UPDATE account_domain SET name_key = 7 WHERE account_id = {row}",
}
"""How keys could have come to differ: an account, and what was done to it behind the program's back."""


def test_keys_of_other_names_are_found_and_made_anew(database: Database) -> None:
    with database.write() as connection:
        accounts.upsert(connection, account_records(COUNT), NOW)
        rows = dict(map(tuple, connection.execute(select(account.c.external_id, account.c.id))))
        made = connection.execute(select(account.c.id, account.c.name_key)).all()
        on_domains = connection.execute(select(account_domain)).all()
        for name, statement in SPOILED.items():
            assert connection.execute(text(statement.format(row=rows[name]))).rowcount, f"{name} has none"
    found = list(examine(database, NOW))
    assert {each.row for each in found} == {f"account {name}" for name in SPOILED}
    assert all("muster db rebuild-keys" in each.detail for each in found)

    assert rekeying.rebuild(database, NOW, lambda _: None) == COUNT
    with database.read() as connection:
        assert set(connection.execute(select(account.c.id, account.c.name_key))) == set(made)
        assert set(connection.execute(select(account_domain))) == set(on_domains)
    assert list(examine(database, NOW)) == []

    with database.write() as connection:
        connection.execute(delete(account_domain).where(account_domain.c.account_id == rows["a5"]))
        connection.execute(delete(account).where(account.c.id == rows["a5"]))
    assert [(each.row, each.promise) for each in examine(database, NOW)] == [
        (f"account of row {rows['a5']}", keys.FOUND)
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_many_accounts_are_looked_at_here_and_there(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "STRETCH", 5)
    with database.write() as connection:
        accounts.upsert(connection, account_records(COUNT), NOW)
        connection.execute(text("UPDATE account SET name_key = 7"))
    looked_at = {
        most: [each.row for each in examine(database, NOW, accounts=most)] for most in (0, 10, COUNT, 1000)
    }
    everywhere = sorted(f"account a{number}" for number in range(COUNT))  # the order of their rows
    some = everywhere[:5] + everywhere[14:19]
    assert looked_at == {0: [], 10: some, COUNT: everywhere, 1000: everywhere}
