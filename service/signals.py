"""What sources tell of accounts and of what was done, written down.

A CRM's record of an account replaces what was known; a data provider's knowledge is added to the one
account that has its domain. Events may come in any order: what is older than what was heard before changes
nothing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import accounts, activities, heard
from service.db.upserts import Outcome, Stored
from service.intake.accounts import AccountSaid, ActivitySaid, SignalSaid
from service.records import ActivityRecord

Said = AccountSaid | SignalSaid | ActivitySaid


class NotKept(ValueError):
    """Nothing follows from what was said; the message says why."""


class NotClear(ValueError):
    """What was said cannot be kept as it is; a person must look. The message says why."""


def keep(connection: Connection, said: Said, key: str, now: datetime) -> None:
    """Write down what an event says; ``key`` names the event. Raises NotKept and NotClear."""
    if isinstance(said, AccountSaid):
        _in_order(connection, f"account:{said.record.external_id}", said.at)
        _stored(accounts.upsert(connection, [said.record], now))
    elif isinstance(said, ActivitySaid):
        _stored(activities.upsert(connection, [said.record], now))
    else:
        _keep_signal(connection, said, key, now)


def _keep_signal(connection: Connection, said: SignalSaid, key: str, now: datetime) -> None:
    account_id = _account_of(connection, said)
    source = key.split(":", 2)[1]
    if heard.is_news(connection, f"signal:{source}:{account_id}", said.at):
        knowledge = accounts.Knowledge(
            domains=said.domains, aliases=said.aliases, employees=said.employees, custom=said.custom
        )
        accounts.enrich(connection, account_id, knowledge, now)
    if said.kind is None:
        return
    record = ActivityRecord.model_validate(
        {
            "external_id": key[:255],
            "account_id": account_id,
            "kind": said.kind,
            "direction": said.direction,
            "at": said.at,
        }
    )
    _stored(activities.upsert(connection, [record], now))


def _account_of(connection: Connection, said: SignalSaid) -> str:
    if said.external_id is not None and accounts.get(connection, said.external_id) is not None:
        return said.external_id
    found = accounts.with_domains(connection, said.domains)
    if not found:
        raise NotKept("no account has this id or one of these domains; retry it when there is one")
    if len(found) > 1:
        raise NotClear("several accounts have one of these domains; name the account by its id")
    return found[0]


def _in_order(connection: Connection, subject: str, at: datetime) -> None:
    if not heard.is_news(connection, subject, at):
        raise NotKept("something newer was heard of this record before")


def _stored(results: list[Stored]) -> None:
    for result in results:
        if result.outcome is Outcome.REFUSED:
            raise NotClear(f"{result.field}: {result.problem}")
