"""Taking webhook calls in: verified, read, and kept; the calls of one moment in one transaction.

A commit waits for the disk, whether it holds one call or fifty, and on SQLite for whoever else writes. So
calls that arrive meanwhile are kept together by the next one (`service.batcher`), and each call waits for one
thread only, however much else the process is busy with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from service.db import inbox, sources
from service.db.engine import Database
from service.db.inbox import Item, Received
from service.db.sources import Source
from service.intake.kinds import Call, Kind
from service.intake.reading import read_items
from service.intake.signatures import Untimely
from service.intake.sources import KINDS
from service.problems import Invalid, Problem, UnsupportedMediaType

_NO_SOURCE = "There is no source with this name; /v1/sources lists those there are"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A call for the source of this name. ``known``: who makes it has shown an API key that may."""

    source: str
    call: Call
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A call that was kept: its items, and what became of each, in the same order."""

    source: Source
    items: Sequence[Item]
    received: Sequence[Received]


class NotAuthentic(Exception):
    """The call is not from the source, as far as its own scheme can tell; or there is no such source.

    It says why of nothing but a call that the source signed.
    """


Outcome = Taken | NotAuthentic | Problem
"""What became of a call. A Problem: it is authentic and cannot be read as a whole."""


class Taking:
    """Takes calls in. Safe to share between threads."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def take(self, arrived: Sequence[Arrived]) -> list[Outcome]:
        """What became of each call, in the order given. What is kept is kept together or not at all."""
        now = self._now()
        with self._database.read() as connection:
            known = {name: sources.get(connection, name) for name in {each.source for each in arrived}}
        outcomes = [_read(each, known[each.source], now) for each in arrived]
        full = {place: each for place, each in enumerate(outcomes) if isinstance(each, Taken) and each.items}
        if full:
            kept = self._database.transact(partial(_keep, read=full, now=now))
            for place, each in full.items():
                outcomes[place] = Taken(source=each.source, items=each.items, received=kept[place])
        return outcomes


def _read(arrived: Arrived, source: Source | None, now: datetime) -> Outcome:
    """The call, verified and read; nothing of it is kept yet."""
    if source is None:
        return Invalid(_NO_SOURCE) if arrived.known else NotAuthentic()
    kind = KINDS[source.kind]
    try:
        if not arrived.known and not kind.verified(arrived.call, source, now):
            return NotAuthentic()
    except Untimely as untimely:
        return NotAuthentic(str(untimely))
    try:
        _check_media_type(arrived.call, kind)
        return Taken(source=source, items=read_items(source, arrived.call, now), received=())
    except Problem as problem:
        return problem


def _keep(
    connection: Connection, *, read: Mapping[int, Taken], now: datetime
) -> dict[int, Sequence[Received]]:
    by_source: dict[str, list[int]] = defaultdict(list)
    for place, each in read.items():
        by_source[each.source.name].append(place)
    kept: dict[int, Sequence[Received]] = {}
    for name in sorted(by_source):  # one order for all, as within a source: nobody waits in a circle
        items = [item for place in by_source[name] for item in read[place].items]
        received = iter(inbox.receive(connection, name, items, now))
        kept |= {place: [next(received) for _ in read[place].items] for place in by_source[name]}
    return kept


def _check_media_type(call: Call, kind: Kind) -> None:
    """Raise UnsupportedMediaType unless the body is of a type that the kind sends, and not compressed."""
    if call.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Compressed bodies are not read; send it without Content-Encoding")
    given, _, parameters = call.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if given.strip().lower() not in kind.media_types or charset not in ("", "charset=utf-8"):
        wanted = " or ".join(sorted(kind.media_types))
        raise UnsupportedMediaType(f"Send the body as Content-Type: {wanted}, in UTF-8")
