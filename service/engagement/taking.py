"""Taking signals in: each once, put on its account, counted, and what it activates, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.db import event_keys
from service.db.engagement import signals, sums
from service.db.engagement.signals import Signal
from service.db.program import settings as stored
from service.db.upserts import Outcome, Refused, Stored, refusal
from service.engagement.activating import activate
from service.engagement.placing import Place, Subject, names_erased, place, subject, without_erased
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
    hidden: str  # what stands for its name where that may tell of a person who was erased


def upsert(connection: Connection, records: Sequence[SignalRecord], now: datetime) -> list[Stored]:
    """Store signals; what became of each, in the order given. One that was stored before changes nothing."""
    names = [(record.source, record.name) for record in records]
    hidden = {key: form for form, key in event_keys.by_hidden(connection, [key for _, key in names]).items()}
    forms = {name: (name[0], hidden.get(name[1], name[1])) for name in names}
    before = signals.known(connection, {*forms, *forms.values()})
    results: dict[int, Stored] = {}
    fresh: dict[tuple[str, str], _New] = {}
    for index, (record, name) in enumerate(zip(records, names, strict=True)):
        if record.at is not None and record.at > now + _AHEAD:
            results[index] = refusal(record.name, _FUTURE)
        elif name in before or forms[name] in before or name in fresh:
            results[index] = Stored(external_id=record.name, outcome=Outcome.UNCHANGED)
        else:
            fresh[name] = _New(index, record, min(record.at or now, now), forms[name][1])
    for each, new in zip(fresh.values(), _take(connection, list(fresh.values()), now), strict=True):
        outcome = Outcome.CREATED if new else Outcome.UNCHANGED
        results[each.index] = Stored(external_id=each.record.name, outcome=outcome)
    return [results[index] for index in range(len(records))]


def _take(connection: Connection, fresh: Sequence[_New], now: datetime) -> list[bool]:
    """Place and store signals; of each whether it is new: nobody else has stored it meanwhile."""
    if not fresh:
        return []
    asked = [subject(_said(each.record), each.record.contact_id, each.record.email) for each in fresh]
    subjects = without_erased(connection, asked)
    telling = names_erased(connection, [each.record.external_id for each in fresh])
    places = place(connection, subjects, now)
    made = [
        _signal(each, each.hidden if tells or kept is not said else each.record.name, where, kept, now)
        for each, said, kept, tells, where in zip(fresh, asked, subjects, telling, places, strict=True)
    ]
    added = signals.add(connection, made)
    count(connection, [each for each in added if each.account is not None], now)
    stored_now = {(each.source, each.external_id) for each in added}
    return [(each.source, each.external_id) in stored_now for each in made]


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


def _signal(each: _New, name: str, where: Place, asked: Subject, now: datetime) -> Signal:
    record = each.record
    return Signal(
        source=record.source,
        external_id=name,
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
