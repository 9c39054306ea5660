"""What the console's pages read beyond the repositories: counts, bars and lists of names. Read-only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, literal, or_, select, union_all

from matching.types import MatchOutcome
from routing.types import RoutingOutcome
from service.db.tables import account, account_domain, assignment, contact, decision, rep, waiting

_SHOWN = ("id", "at", "match_outcome", "account", "score", "routing_outcome", "rule", "rep", "pool", "queue")

NEWEST = 2000
"""A search by a part of a name looks at this many decisions, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the list of decisions."""

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
    place: str | None  # the pool it was drawn from, or the queue it stands in


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which decisions a reader of the list wants; None leaves a field open."""

    match_outcome: str | None = None
    routing_outcome: str | None = None
    account: str | None = None
    rep: str | None = None
    rule: str | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a rep has to act on, and what they were given since a time."""

    rep: str
    name: str
    active: bool
    open: int
    overdue: int
    given: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """One contact that waits for a time or for a person."""

    decision_id: str
    kind: str
    since: datetime
    due_at: datetime | None
    who: str
    company: str | None


def outcomes(connection: Connection, since: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """How many decisions since a time had each match outcome, and each routing outcome."""
    matched = {(outcome, None): (outcome, since, None) for outcome in MatchOutcome}
    routed = {(outcome, None): (outcome, since, None) for outcome in RoutingOutcome}
    return (
        {outcome: n for (outcome, _), n in _counted(connection, decision.c.match_outcome, matched).items()},
        {outcome: n for (outcome, _), n in _counted(connection, decision.c.routing_outcome, routed).items()},
    )


def fallbacks(connection: Connection, since: datetime, rule: str) -> int:
    """How many decisions since a time were taken by one rule."""
    query = select(func.count()).where(decision.c.rule == rule, decision.c.at >= since)
    return connection.execute(query).scalar_one()


def by_day(connection: Connection, first: date, last: date) -> dict[date, dict[str, int]]:
    """How many decisions of each UTC day, from the first to the last, had each routing outcome."""
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    spans = {
        (outcome, day): (outcome, _midnight(day), _midnight(day + timedelta(days=1)))
        for outcome in RoutingOutcome
        for day in days
    }
    found: dict[date, dict[str, int]] = {}
    for (outcome, day), count in _counted(connection, decision.c.routing_outcome, spans).items():
        found.setdefault(day, {})[outcome] = count
    return found


def _counted(
    connection: Connection, column: Any, spans: Mapping[Any, tuple[str, datetime, datetime | None]]
) -> dict[Any, int]:
    """How many decisions have a value of the column within a span of time, where there are any.

    One range of an index for each span: counting so does not touch the
    decisions themselves, which are large, as grouping them would.
    """
    counts = []
    for place, (value, since, until) in enumerate(spans.values()):
        query = select(literal(place).label("place"), func.count().label("count")).select_from(decision)
        query = query.where(column == value, decision.c.at >= since)
        counts.append(query if until is None else query.where(decision.c.at < until))
    rows = connection.execute(union_all(*counts)).all()
    names = list(spans)
    return {names[place]: count for place, count in rows if count}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def open_counts(connection: Connection) -> dict[str, int]:
    """How many contacts wait, by what they wait for."""
    query = (
        select(waiting.c.kind, func.count()).where(waiting.c.settled_at.is_(None)).group_by(waiting.c.kind)
    )
    return dict(connection.execute(query).all())


def oldest_open(connection: Connection, limit: int) -> list[Open]:
    """The contacts that have waited longest, the oldest first."""
    query = (
        select(waiting.c.decision_id, waiting.c.kind, waiting.c.due_at, decision.c.at, *who_columns())
        .join(decision, decision.c.id == waiting.c.decision_id)
        .where(waiting.c.settled_at.is_(None))
        .order_by(waiting.c.id)
        .limit(limit)
    )
    return [
        Open(
            decision_id=row.decision_id,
            kind=row.kind,
            since=row.at,
            due_at=row.due_at,
            who=name_of(row),
            company=row.company,
        )
        for row in connection.execute(query)
    ]


def open_matters(connection: Connection, decision_id: str) -> list[tuple[str, datetime | None]]:
    """What one decision still waits for, each with the time at which it is looked at again."""
    query = select(waiting.c.kind, waiting.c.due_at).where(
        waiting.c.decision_id == decision_id, waiting.c.settled_at.is_(None)
    )
    return [(kind, due_at) for kind, due_at in connection.execute(query)]


def history(connection: Connection, decision_id: str) -> list[Row]:
    """The other decisions about the person of this one, newest first."""
    person = select(decision.c.contact_id).where(decision.c.id == decision_id).scalar_subquery()
    query = select(*_columns()).where(decision.c.contact_id == person, decision.c.id != decision_id)
    return [_row(row) for row in connection.execute(query.order_by(decision.c.at.desc()).limit(20))]


def loads(connection: Connection, now: datetime, since: datetime) -> list[Load]:
    """Every rep with the number of contacts they act on now, are late with, and were given since a time."""
    mine = assignment.c.rep == rep.c.external_id
    is_open = and_(assignment.c.id.is_not(None), assignment.c.ended_at.is_(None))
    late = and_(is_open, assignment.c.accepted_at.is_(None), assignment.c.due_at < now)
    query = (
        select(
            rep.c.external_id,
            rep.c.name,
            rep.c.active,
            func.count(case((is_open, 1))),
            func.count(case((late, 1))),
            func.count(case((assignment.c.assigned_at >= since, 1))),
        )
        .outerjoin(
            assignment, and_(mine, or_(assignment.c.ended_at.is_(None), assignment.c.assigned_at >= since))
        )
        .group_by(rep.c.external_id, rep.c.name, rep.c.active)
        .order_by(rep.c.active.desc(), rep.c.name)
    )
    return [
        Load(rep=row[0], name=row[1], active=row[2], open=row[3], overdue=row[4], given=row[5])
        for row in connection.execute(query)
    ]


def rep_names(connection: Connection) -> dict[str, str]:
    """Every rep's name, by external id."""
    query = select(rep.c.external_id, rep.c.name).order_by(rep.c.name)
    return dict(connection.execute(query).all())


def account_names(connection: Connection, ids: Iterable[str | None]) -> dict[str, str]:
    """The names of these accounts, by external id; unknown ids are left out."""
    wanted = {each for each in ids if each}
    query = select(account.c.external_id, account.c.name).where(account.c.external_id.in_(wanted))
    return dict(connection.execute(query).all())


def rules_used(connection: Connection) -> list[str]:
    """The names of the rules that took a decision so far, found by leaps through the index."""
    known = select(func.min(decision.c.rule).label("rule")).cte("known", recursive=True)
    after = select(func.min(decision.c.rule)).where(decision.c.rule > known.c.rule).scalar_subquery()
    leaps = known.union_all(select(after).where(known.c.rule.is_not(None)))
    return [rule for rule in connection.execute(select(leaps.c.rule)).scalars() if rule is not None]


def decisions(
    connection: Connection, wanted: Wanted, after: tuple[datetime, str] | None, limit: int
) -> list[Row]:
    """Up to ``limit`` decisions, newest first, older than the one at ``after``.

    Which they are is found in the indexes first; only those are then read.
    """
    newest_first = (decision.c.at.desc(), decision.c.id.desc())
    which = select(decision.c.id).order_by(*newest_first).limit(limit)
    for name in ("match_outcome", "routing_outcome", "account", "rep", "rule"):
        value = getattr(wanted, name)
        if value is not None:
            which = which.where(decision.c[name] == value)
    if wanted.search:
        which = _searched(which, wanted.search)
    if after is not None:
        at, key = after
        older = or_(decision.c.at < at, and_(decision.c.at == at, decision.c.id < key))
        which = which.where(decision.c.at <= at, older)
    query = select(*_columns()).where(decision.c.id.in_(which)).order_by(*newest_first)
    return [_row(row) for row in connection.execute(query)]


def _searched(query: Select[Any], text: str) -> Select[Any]:
    """Narrow to an e-mail address, a domain, an id of ours or theirs, or a part of a company's name."""
    word = text.strip().lower()
    if "@" in word or ("." in word and " " not in word):
        column = contact.c.email if "@" in word else contact.c.domain
        return query.where(decision.c.contact_id.in_(select(contact.c.id).where(column == word)))
    newest = select(decision.c.id).order_by(decision.c.at.desc(), decision.c.id.desc()).limit(NEWEST)
    part = _part(word)
    among = select(account.c.external_id).where(func.lower(account.c.name).like(part, escape="\\")).limit(20)
    return query.where(
        or_(
            decision.c.id == text.strip(),
            decision.c.contact_id.in_(select(contact.c.id).where(contact.c.external_id == text.strip())),
            decision.c.account.in_(among),
            and_(decision.c.id.in_(newest), func.lower(decision.c.company).like(part, escape="\\")),
        )
    )


def accounts(connection: Connection, text: str, limit: int) -> list[Any]:
    """Accounts whose name has this part, or with this domain or external id, by name."""
    shown = ("external_id", "name", "country", "city", "lifecycle", "segment")
    query = select(*(account.c[name] for name in shown))
    word = text.strip().lower()
    if word:
        with_domain = select(account_domain.c.account_id).where(account_domain.c.domain == word)
        query = query.where(
            or_(
                func.lower(account.c.name).like(_part(word), escape="\\"),
                account.c.external_id == text.strip(),
                account.c.id.in_(with_domain),
            )
        )
    return list(connection.execute(query.order_by(account.c.name).limit(limit)))


def children(connection: Connection, external_id: str) -> list[Any]:
    """The accounts directly below one, by name."""
    query = select(account.c.external_id, account.c.name, account.c.country).where(
        account.c.parent == external_id
    )
    return list(connection.execute(query.order_by(account.c.name).limit(200)))


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


def _part(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
