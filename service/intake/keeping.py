"""What sources tell of accounts and of what was done, written down.

A CRM's record of an account replaces what was known; a data provider's knowledge is added to the one
account that has its domain. Events may come in any order: what is older than what was heard before changes
nothing. What happened is an activity of the account and counts as a signal of it (`service.engagement`);
one of a company that has no account here is kept, and put on its account once there is one.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from matching.types import Scalar
from service.db import accounts, activities, heard
from service.db.upserts import Outcome, Stored
from service.engagement import taking
from service.engagement.records import SignalRecord
from service.imports import cells
from service.intake.accounts import AccountSaid, ActivitySaid, SignalSaid
from service.records.activities import ActivityRecord

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
    if said.kind is not None:
        taking.upsert(connection, [_signal(said, said.kind, key)], now)
    account_id = _account_of(connection, said)
    if account_id is None:
        if said.kind is None:
            raise NotKept("no account has this id or one of these domains; retry it when there is one")
        return
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


def _signal(said: SignalSaid, kind: str, key: str) -> SignalRecord:
    """What happened, as it counts; the fields of your own that `intent` fills say how strong it is."""
    score, topic = said.custom.get("intent_score"), said.custom.get("intent_topics")
    record = {
        "external_id": key[:255],
        "source": key.split(":", 2)[1][:64],
        "kind": kind,
        "at": said.at,
        "account_id": said.external_id,
        "domain": said.domains[0] if said.domains else None,
        "company": said.aliases[0] if said.aliases else None,
        "topic": str(topic)[:255] if topic else None,
        "stage": str(stage)[:64] if (stage := said.custom.get("buying_stage")) else None,
        "score": _strength(score),
    }
    return SignalRecord.model_validate({name: value for name, value in record.items() if value is not None})


def _strength(score: Scalar) -> float | None:
    """A score of 0 to 100, given as a number, as text or in a word; None where it is none."""
    try:
        found = cells.score(str(score)) if score is not None else None
    except ValueError:
        return None
    return found if found is None or 0 <= found <= 100 else None


def _account_of(connection: Connection, said: SignalSaid) -> str | None:
    if said.external_id is not None and accounts.get(connection, said.external_id) is not None:
        return said.external_id
    found = accounts.with_domains(connection, said.domains)
    if len(found) > 1:
        raise NotClear("several accounts have one of these domains; name the account by its id")
    return found[0] if found else None


def _in_order(connection: Connection, subject: str, at: datetime) -> None:
    if not heard.is_news(connection, subject, at):
        raise NotKept("something newer was heard of this record before")


def _stored(results: list[Stored]) -> None:
    for result in results:
        if result.outcome is Outcome.REFUSED:
            raise NotClear(f"{result.field}: {result.problem}")
