"""The chain: every entry's seal is an HMAC over the entry and the seal before it.

A worker seals what was written since, in one transaction with the chain's new
end. Sealing in the transactions themselves would make every decision wait for
the one before. The key is the deployment's; with MUSTER_SECRET_KEY it is not
in the database, so whoever changes rows there cannot make the chain fit again.
What a restored backup lost shows against an earlier end: `muster audit head`
prints it, and every sealing logs it, to be kept elsewhere.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Any

import structlog
from sqlalchemy import Connection

from service.audit.log import DECIDED
from service.db import audit, instance
from service.db.audit import Entry, Head
from service.db.engine import Database
from service.db.keyring import mark

BATCH = 500
START = "0" * 64
"""What stands for the seal before the first."""
ERASED = "erased decisions"
"""The name in an entry's detail of the decisions that an erasure changed, as it should."""
_DECIDED = (
    "id",
    "event_key",
    "event_digest",
    "at",
    "source",
    "email",
    "company",
    "match_outcome",
    "account",
    "score",
    "routing_outcome",
    "rule",
    "rep",
    "pool",
    "queue",
    "assignment_id",
    "policy_version",
    "rulebook_version",
    "body",
)
"""The columns of a decision that its digest is over. Never change these: a new one needs a new digest."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Where the chain does not hold: at which place, and what is wrong there."""

    seq: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What verifying found: no ``faults`` when nothing was changed; ``end`` is where the chain ends."""

    entries: int
    unsealed: int
    end: str
    faults: tuple[Fault, ...]


class Sealer:
    """Lengthens the chain by what was written since. Any number may run at once."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def run(self) -> bool:
        """Seal up to `BATCH` entries; whether there may be more."""
        with self._database.read() as connection:
            if not audit.unsealed(connection, 1):
                return False
        end, count = self._database.transact(self._seal)
        if count:
            log.info("audit.sealed", entries=count, seq=end.seq, seal=end.seal)
        return count == BATCH

    def _seal(self, connection: Connection) -> tuple[Head, int]:
        now = self._now()
        audit.lock(connection)
        key = instance.key(connection, now)
        head = audit.head(connection) or Head(seq=0, seal=START, proof="", at=now)
        entries = audit.unsealed(connection, BATCH)
        rows = audit.decided(connection, [entry.subject for entry in entries if entry.action == DECIDED])
        sealed = []
        seq, seal = head.seq, head.seal
        for entry in entries:
            told = digest(rows[entry.subject]) if entry.action == DECIDED and entry.subject in rows else None
            seq += 1
            placed = replace(entry, seq=seq, digest=told)
            seal = seal_of(key, seal, placed)
            sealed.append(replace(placed, seal=seal))
        if sealed:
            audit.seal(connection, sealed)
            head = Head(seq=seq, seal=seal, proof=proof(key, seq, seal), at=now)
            audit.move_head(connection, head)
        return head, len(sealed)


def verify(connection: Connection, anchor: str | None = None) -> Verified:
    """Read the whole chain and every decision it tells of. ``anchor``: an earlier end, SEQ:SEAL."""
    key = instance.known_key(connection) or ""
    wanted = _anchor(anchor)
    faults: list[Fault] = []
    of_decisions: dict[str, Fault] = {}
    erased: set[str] = set()
    place, seal, anchored = 0, START, START
    for entries in _chunks(connection):
        for entry in entries:
            faults += _placed(key, place + 1, seal, entry)
            place, seal = entry.seq or 0, entry.seal or ""
            anchored = seal if wanted and place == wanted[0] else anchored
            erased.update(entry.detail.get(ERASED, ()))
        of_decisions |= _decisions(connection, entries)
    faults += [fault for told, fault in of_decisions.items() if told not in erased]
    faults += _ends(key, audit.head(connection), place, seal)
    if wanted and anchored != wanted[1]:
        faults.append(Fault(seq=wanted[0], detail="the chain does not hold the end that was noted"))
    waiting = audit.waiting(connection)
    return Verified(entries=place, unsealed=waiting, end=f"{place}:{seal}", faults=tuple(faults))


def seal_of(key: str, before: str, entry: Entry) -> str:
    """The seal of an entry that stands behind the seal ``before``."""
    return mark(
        key,
        "audit entry",
        before,
        str(entry.seq),
        entry.at.astimezone(UTC).isoformat(),
        entry.actor,
        entry.actor_id,
        entry.action,
        entry.subject,
        canonical(entry.detail),
        entry.digest or "",
    )


def proof(key: str, seq: int, seal: str) -> str:
    """What shows that the chain's end was set by whoever has the key."""
    return mark(key, "audit head", str(seq), seal)


def digest(row: Mapping[str, Any]) -> str:
    """The digest of a stored decision, the same whichever database holds it."""
    return sha256(canonical([row[name] for name in _DECIDED]).encode()).hexdigest()


def canonical(value: Any) -> str:
    """The same text for the same value, whichever way it was stored."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)  # PostgreSQL may give 1e16 back without its point
    return value


def _chunks(connection: Connection) -> Iterator[list[Entry]]:
    chain = audit.chain(connection)
    while entries := list(islice(chain, BATCH)):
        yield entries


def _placed(key: str, place: int, before: str, entry: Entry) -> Iterator[Fault]:
    found = entry.seq or 0
    if found != place:
        gone = (
            f"{found - place} entries before it are missing" if found > place else "its place is taken twice"
        )
        yield Fault(seq=found, detail=gone)
    elif not hmac.compare_digest(entry.seal or "", seal_of(key, before, entry)):
        yield Fault(seq=place, detail="the entry is not what was sealed, or stands in another place")


def _decisions(connection: Connection, entries: Sequence[Entry]) -> dict[str, Fault]:
    """What is wrong with the decisions that entries tell of, by decision."""
    told = [entry for entry in entries if entry.action == DECIDED and entry.digest is not None]
    rows = audit.decided(connection, [entry.subject for entry in told])
    faults = {}
    for entry in told:
        if entry.subject not in rows:
            detail = f"decision {entry.subject} is not there any more"
            faults[entry.subject] = Fault(seq=entry.seq or 0, detail=detail)
        elif entry.digest != digest(rows[entry.subject]):
            detail = f"decision {entry.subject} is not what it was"
            faults[entry.subject] = Fault(seq=entry.seq or 0, detail=detail)
    return faults


def _ends(key: str, head: Head | None, count: int, seal: str) -> Iterator[Fault]:
    if head is None:
        if count:
            yield Fault(seq=count, detail="the record of where the chain ends is missing")
        return
    if not hmac.compare_digest(head.proof, proof(key, head.seq, head.seal)):
        yield Fault(seq=head.seq, detail="the record of where the chain ends was changed")
    elif (head.seq, head.seal) != (count, seal):
        yield Fault(seq=head.seq, detail=f"the chain ends at {count} and should end here")


def _anchor(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    seq, _, seal = text.partition(":")
    if not seq.isdecimal() or len(seal) != len(START):
        raise ValueError("An end of the chain is SEQ:SEAL, as `muster audit head` prints it")
    return int(seq), seal
