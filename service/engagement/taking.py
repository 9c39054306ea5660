"""Taking signals in: each once, put on its account, counted, and what it activates, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.db.engagement import signals, sums
from service.db.engagement.signals import Signal
from service.db.program import settings as stored
from service.db.upserts import Outcome, Refused, Stored, refusal
from service.engagement.activating import activate
from service.engagement.placing import Place, Subject, place, subject, without_erased
from service.engagement.records import SignalRecord

_AHEAD = timedelta(hours=1)  # clocks differ; what is further ahead is a mistake
_FUTURE = Refused("at", "lies in the future; send the time at which it happened, with its offset")
_SAID = ("account_id", "domain", "company", "country")


@dataclass(frozen=True, slots=True)
class _New:
    """A signal that is not stored yet, at its place among the records."""

    index: int
    record: SignalRecord
    at: datetime


def upsert(connection: Connection, records: Sequence[SignalRecord], now: datetime) -> list[Stored]:
    """Store signals; what became of each, in the order given. One that was stored before changes nothing."""
    names = [(record.source, record.name) for record in records]
    before = signals.known(connection, names)
    results: dict[int, Stored] = {}
    fresh: dict[tuple[str, str], _New] = {}
    for index, (record, name) in enumerate(zip(records, names, strict=True)):
        if record.at is not None and record.at > now + _AHEAD:
            results[index] = refusal(record.name, _FUTURE)
        elif name in before or name in fresh:
            results[index] = Stored(external_id=record.name, outcome=Outcome.UNCHANGED)
        else:
            fresh[name] = _New(index, record, min(record.at or now, now))
    stored_now = _take(connection, list(fresh.values()), now)
    for name, each in fresh.items():
        outcome = Outcome.CREATED if name in stored_now else Outcome.UNCHANGED
        results[each.index] = Stored(external_id=each.record.name, outcome=outcome)
    return [results[index] for index in range(len(records))]


def _take(connection: Connection, fresh: Sequence[_New], now: datetime) -> set[tuple[str, str]]:
    """Place and store signals; the names of those that nobody else has stored meanwhile."""
    subjects = without_erased(
        connection,
        [subject(_said(each.record), each.record.contact_id, each.record.email) for each in fresh],
    )
    places = place(connection, subjects, now) if fresh else []
    made = [
        _signal(each, where, asked, now) for each, where, asked in zip(fresh, places, subjects, strict=True)
    ]
    added = signals.add(connection, made)
    count(connection, [each for each in added if each.account is not None], now)
    return {(each.source, each.external_id) for each in added}


def count(connection: Connection, heard: Sequence[Signal], now: datetime) -> None:
    """Add signals to their accounts, and activate those that are due. Every signal has its account."""
    if not heard:
        return
    version = stored.newest(connection)
    sums.lock(connection, heard)
    sums.add(connection, heard, version.settings.engagement)
    activate(connection, heard, version, now)


def _said(record: SignalRecord) -> dict[str, str]:
    return {name: value for name in _SAID if (value := getattr(record, name)) is not None}


def _signal(each: _New, where: Place, asked: Subject, now: datetime) -> Signal:
    record = each.record
    return Signal(
        source=record.source,
        external_id=record.name,
        kind=record.kind,
        at=each.at,
        weight=record.weight,
        score=record.score,
        topic=record.topic[:255] if record.topic else None,
        stage=record.stage,
        campaign=record.campaign[:255] if record.campaign else None,
        person=where.person,
        contact=asked.contact,
        email=asked.email,
        said=dict(asked.said),
        account=where.account,
        outcome=where.outcome,
        likely=where.likely,
        placed_at=now if where.account is not None else None,
        tried_at=now,
        received_at=now,
    )
