"""What is promised of how contacts find accounts: by keys that are made of the names and domains of today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from service.db import account_keys, accounts
from service.db.account_state import AccountState, as_matching
from service.db.promises.check import Check, Finding, broken
from service.db.tables import account, account_key

FOUND = "an account is found by the keys that its names and domains give"

STRETCH = 1000
"""Neighbouring accounts that are looked at together."""

CHECKS = (
    Check(
        promise=FOUND,
        query=select(account_key.c.account_id)
        .outerjoin(account, account.c.id == account_key.c.account_id)
        .where(account.c.id.is_(None))
        .distinct(),
        row=lambda row: f"account of row {row.account_id}",
        detail="it is gone, but keys of it are stored",
    ),
)


def findings(connection: Connection, now: datetime, most: int) -> Iterator[Finding]:
    """What breaks the promise: of all accounts, or of some ``most`` that are spread over all of them.

    Making keys anew takes a second for some thousand accounts; so many stretches
    of `STRETCH` accounts are looked at as make ``most``, from even distances.
    """
    yield from broken(connection, CHECKS)
    for states in _stretches(connection, most):
        astray = account_keys.astray(connection, {each.row or 0: as_matching(each, now) for each in states})
        for state in states:
            if state.row in astray:
                detail = "it is stored with keys of other names than it has: muster db rebuild-keys"
                yield Finding(promise=FOUND, row=f"account {state.external_id}", detail=detail)


def _stretches(connection: Connection, most: int) -> Iterator[Sequence[AccountState]]:
    """Stretches of accounts in the order of their rows, none twice."""
    stretches = -(-most // STRETCH)
    first, last = connection.execute(select(func.min(account.c.id), func.max(account.c.id))).one()
    apart = (last - first) // stretches if account_keys.total(connection) > most > 0 else 0
    after = 0
    for number in range(stretches):
        start = first + number * apart - 1 if apart else 0
        states = accounts.page(connection, after=max(after, start), limit=STRETCH)
        if not states:
            return
        yield states
        after = states[-1].row or 0
