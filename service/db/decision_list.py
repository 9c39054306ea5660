"""The list of decisions as the console shows it: filters, search, how many there are. Read-only.

What is counted and what is listed is one question asked in two ways, so a number
always leads to a list of that many. Narrow rows (`decision_figure`) answer it where they
can; decisions themselves are large, and only those that are shown are read. Decisions
that were only recorded beside another system have no figures: what only figures tell
(source, pool, tier, motion, what kind of event it was) leaves them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Connection,
    FromClause,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
)

from service.db.likeness import containing
from service.db.tables import CAME_IN, account, assignment, contact, decision, waiting
from service.db.tables import decision_figure as figure

NEWEST = 2000
"""A search by a part of a name looks at this many decisions, the newest."""
COUNTED = 10_000
"""Beyond so many, what no index counts is not counted."""

_SHOWN = ("id", "at", "match_outcome", "account", "score", "routing_outcome", "rule", "rep", "pool", "queue")
_OUTCOMES = ("match_outcome", "routing_outcome", "rule")
_TOLD = ("source", "pool", "tier", "motion")


class Event(StrEnum):
    """What kind of event a decision is about."""

    OUTSIDE = "outside"  # something came in
    AGAIN = "again"  # nothing did: a person or a clock had the contact decided once more
    STARTED = "started"  # whichever it was, a rep got to work on it


class Waits(StrEnum):
    """What a contact waits for at this moment."""

    REVIEW = "review"
    ASKED = "asked"
    HELD = "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the list of decisions. ``place``: the pool it was drawn from, or the queue it stands in."""

    id: str
    at: datetime
    who: str
    company: str | None
    match_outcome: str
    account: str | None
    score: float
    routing_outcome: str
    rule: str | None
    rep: str | None
    place: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which decisions a reader of the list wants; None leaves a field open.

    ``rep`` was given the contact by the decision, ``holder`` has it now; ``late``
    are those whose due time was up before that time and that nobody accepted.
    """

    match_outcome: str | None = None
    routing_outcome: str | None = None
    account: str | None = None
    rep: str | None = None
    rule: str | None = None
    pool: str | None = None
    source: str | None = None
    tier: str | None = None
    motion: str | None = None
    event: Event | None = None
    waits: Waits | None = None
    holder: str | None = None
    late: datetime | None = None
    search: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many there are; at least so many, unless ``exact``."""

    number: int
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    """Where the decisions are looked for: the columns by which they are told apart and ordered."""

    table: FromClause
    id: Any
    at: Any


_DECISIONS = _Base(table=decision, id=decision.c.id, at=decision.c.at)
_FIGURES = _Base(table=figure, id=figure.c.decision_id, at=figure.c.at)


def page(connection: Connection, wanted: Wanted, after: tuple[datetime, str] | None, limit: int) -> list[Row]:
    """Up to ``limit`` decisions, newest first, older than the one at ``after``."""
    base = _base(wanted)
    which = _which(base, wanted, base.id).order_by(base.at.desc(), base.id.desc()).limit(limit)
    if after is not None:
        at, key = after
        older = or_(base.at < at, and_(base.at == at, base.id < key))
        which = which.where(base.at <= at, older)
    ids = list(connection.execute(which).scalars())
    return by_ids(connection, ids)


def newer(connection: Connection, wanted: Wanted, than: tuple[datetime, str], limit: int) -> int:
    """How many wanted decisions are newer than the one at ``than``, at most ``limit``."""
    base, (at, key) = _base(wanted), than
    after = or_(base.at > at, and_(base.at == at, base.id > key))
    found = _which(base, wanted, base.id).where(base.at >= at, after).limit(limit).subquery()
    return connection.execute(select(func.count()).select_from(found)).scalar_one()


def by_ids(connection: Connection, ids: list[str]) -> list[Row]:
    """These decisions, newest first."""
    query = select(*_columns()).where(decision.c.id.in_(ids))
    return [
        _row(row) for row in connection.execute(query.order_by(decision.c.at.desc(), decision.c.id.desc()))
    ]


def count(connection: Connection, wanted: Wanted) -> Counted:
    """How many decisions are wanted: all of them where an index counts them, else up to `COUNTED`."""
    base = _base(wanted)
    if _is_narrow(base, wanted):
        return Counted(number=connection.execute(_which(base, wanted, func.count())).scalar_one(), exact=True)
    some = _which(base, wanted, base.id).limit(COUNTED + 1).subquery()
    number = connection.execute(select(func.count()).select_from(some)).scalar_one()
    return Counted(number=min(number, COUNTED), exact=number <= COUNTED)


def seen(connection: Connection) -> dict[str, set[str]]:
    """The sources, pools and tiers of the newest decisions, to choose from."""
    columns = (figure.c.source, figure.c.pool, figure.c.tier)
    newest = select(*columns).order_by(figure.c.at.desc()).limit(NEWEST).subquery()
    found: dict[str, set[str]] = {column.name: set() for column in columns}
    for row in connection.execute(select(newest).distinct()):
        for name, value in row._mapping.items():
            found[name] |= {value} - {None}
    return found


def history(connection: Connection, decision_id: str) -> list[Row]:
    """The other decisions about the person of this one, newest first."""
    person = select(decision.c.contact_id).where(decision.c.id == decision_id).scalar_subquery()
    query = select(*_columns()).where(decision.c.contact_id == person, decision.c.id != decision_id)
    return [_row(row) for row in connection.execute(query.order_by(decision.c.at.desc()).limit(20))]


def _base(wanted: Wanted) -> _Base:
    """Figures, unless something that only decisions have an index for narrows more."""
    if wanted.rep or wanted.account or wanted.search or wanted.waits or wanted.holder or wanted.late:
        return _DECISIONS
    told = any(getattr(wanted, name) for name in _TOLD)
    return _FIGURES if told or wanted.event is not None else _DECISIONS


def _is_narrow(base: _Base, wanted: Wanted) -> bool:
    """Whether one range of one index holds all that are wanted."""
    given = sum(getattr(wanted, name) is not None for name in _OUTCOMES)
    if base is _FIGURES:
        told = any(getattr(wanted, name) for name in _TOLD)
        return given <= 1 and not told and wanted.event is Event.OUTSIDE
    others = (wanted.event, wanted.search, wanted.waits, wanted.holder, wanted.late)
    told = any(getattr(wanted, name) for name in (*_TOLD, "rep", "account"))
    return given <= 1 and not told and not any(others)


def _which(base: _Base, wanted: Wanted, what: Any) -> Select[Any]:
    query = select(what).select_from(base.table)
    if wanted.since is not None:
        query = query.where(base.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(base.at < wanted.until)
    for name in _OUTCOMES:
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(base.table.c[name] == value)
    query = query.where(*_figured(base, wanted))
    for name in ("rep", "account"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(decision.c[name] == value)
    if wanted.waits is not None:
        open_ = select(waiting.c.decision_id).where(
            waiting.c.kind == wanted.waits, waiting.c.settled_at.is_(None)
        )
        query = query.where(base.id.in_(open_))
    if wanted.holder is not None or wanted.late is not None:
        query = query.where(base.id.in_(_held(wanted)))
    return _searched(query, wanted.search) if wanted.search else query


def _figured(base: _Base, wanted: Wanted) -> list[Any]:
    """What only figures tell."""
    said = [figure.c[name] == getattr(wanted, name) for name in _TOLD if getattr(wanted, name) is not None]
    if wanted.event is Event.OUTSIDE:
        said.append(CAME_IN)
    elif wanted.event is Event.AGAIN:
        said.append(figure.c.again)
    elif wanted.event is Event.STARTED:
        said.append(figure.c.started.is_not(None))
    if not said or base is _FIGURES:
        return said
    return [exists().where(figure.c.decision_id == decision.c.id, *said)]


def _held(wanted: Wanted) -> Select[Any]:
    query = select(assignment.c.decision_id).where(assignment.c.ended_at.is_(None))
    if wanted.holder is not None:
        query = query.where(assignment.c.rep == wanted.holder)
    if wanted.late is not None:
        query = query.where(assignment.c.accepted_at.is_(None), assignment.c.due_at < wanted.late)
    return query


def _searched(query: Select[Any], text: str) -> Select[Any]:
    """Narrow to an e-mail address, a domain, an id of ours or theirs, or a part of a company's name."""
    word = text.strip().lower()
    if "@" in word or ("." in word and " " not in word):
        column = contact.c.email if "@" in word else contact.c.domain
        return query.where(decision.c.contact_id.in_(select(contact.c.id).where(column == word)))
    newest = (
        select(decision.c.id, decision.c.company)
        .order_by(decision.c.at.desc(), decision.c.id.desc())
        .limit(NEWEST)
        .subquery()
    )
    among = select(account.c.external_id).where(containing(account.c.name, word)).limit(20)
    return query.where(
        or_(
            decision.c.id == text.strip(),
            decision.c.contact_id.in_(select(contact.c.id).where(contact.c.external_id == text.strip())),
            decision.c.account.in_(among),
            decision.c.id.in_(select(newest.c.id).where(containing(newest.c.company, word))),
        )
    )


def _columns() -> tuple[Any, ...]:
    return (*(decision.c[name] for name in _SHOWN), *who_columns())


def who_columns() -> tuple[Any, ...]:
    """The columns that tell who a contact is."""
    return (
        decision.c.email,
        decision.c.company,
        decision.c.body["contact"]["first_name"].as_string().label("first_name"),
        decision.c.body["contact"]["last_name"].as_string().label("last_name"),
    )


def name_of(row: Any) -> str:
    """How to call the contact of a row with `who_columns`: name, else address."""
    return " ".join(part for part in (row.first_name, row.last_name) if part) or row.email or "no name"


def _row(row: Any) -> Row:
    return Row(
        id=row.id,
        at=row.at,
        who=name_of(row),
        company=row.company,
        match_outcome=row.match_outcome,
        account=row.account,
        score=row.score,
        routing_outcome=row.routing_outcome,
        rule=row.rule,
        rep=row.rep,
        place=row.pool or row.queue,
    )
