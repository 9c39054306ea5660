"""Whom and what the records of a file name: reps and accounts that may not be there yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection

from service.db import directory
from service.engagement.records import SignalRecord
from service.imports.headers import Kind
from service.records.accounts import AccountRecord
from service.records.activities import ActivityRecord
from service.records.contacts import ContactIn
from service.records.opportunities import OpportunityRecord
from service.records.reps import RepRecord

_THERE: Mapping[Kind, Callable[[Connection, Collection[str]], set[str]]] = {
    Kind.ACCOUNTS: directory.accounts_there,
    Kind.REPS: directory.reps_there,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A rep or an account that a record names in a field."""

    field: str
    to: Kind
    id: str


def references(record: BaseModel) -> Iterator[Reference]:
    """Everything that a record names, field by field."""
    for kind, field, name in _NAMED[type(record)](record):
        if name is not None:
            yield Reference(field=field, to=kind, id=name)


def unknown(connection: Connection, kind: Kind, ids: Iterable[str]) -> set[str]:
    """Those of the ids that are of no account, or of no rep."""
    named = set(ids)
    return named - _THERE[kind](connection, named)


_Named = Iterator[tuple[Kind, str, str | None]]


def _of_account(record: AccountRecord) -> _Named:
    yield Kind.REPS, "owner", record.owner.rep if record.owner else None
    yield Kind.ACCOUNTS, "parent_id", record.parent_id
    for role, held in (record.team or {}).items():
        yield Kind.REPS, f"team.{role}", held.rep if held else None


def _of_rep(record: RepRecord) -> _Named:
    yield Kind.REPS, "manager", record.manager
    for absence in record.absences or ():
        yield Kind.REPS, "absences", absence.cover


def _of_opportunity(record: OpportunityRecord) -> _Named:
    yield Kind.ACCOUNTS, "account_id", record.account_id
    yield Kind.REPS, "owner", record.owner


def _of_activity(record: ActivityRecord) -> _Named:
    yield Kind.ACCOUNTS, "account_id", record.account_id
    yield Kind.REPS, "rep", record.rep


def _on_account(record: SignalRecord | ContactIn) -> _Named:
    yield Kind.ACCOUNTS, "account_id", record.account_id


_NAMED: Mapping[type[BaseModel], Callable[[Any], _Named]] = {
    AccountRecord: _of_account,
    RepRecord: _of_rep,
    OpportunityRecord: _of_opportunity,
    ActivityRecord: _of_activity,
    SignalRecord: _on_account,
    ContactIn: _on_account,
}
