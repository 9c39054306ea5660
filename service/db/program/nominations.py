"""Nominations with what each side says of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from routing.types.people import RepId
from service.db.decisions import Position
from service.db.once import insert_once
from service.db.tables import program_nomination as table
from service.db.tables import program_verdict as verdicts
from service.program.core.criteria import Criterion, Evidence
from service.program.core.review import STANDING, Said, Standing, State, Verdict

_EVIDENCE: TypeAdapter[tuple[Evidence, ...]] = TypeAdapter(tuple[Evidence, ...])


@dataclass(frozen=True, slots=True, kw_only=True)
class Nomination:
    """An account that a rep wants to be strategic in a quarter.

    ``starts`` is the quarter's start, ``ends`` the end of the term that an approval gives.
    ``claims`` are the criteria that the rep says hold, each with what was said of it;
    ``evidence`` is what the records said at ``evidence_at``. ``place`` is that on the waitlist.
    """

    id: str
    quarter: str
    starts: datetime
    ends: datetime
    account: str
    rep: RepId
    note: str | None
    claims: Mapping[Criterion, str | None]
    evidence: tuple[Evidence, ...]
    evidence_at: datetime
    state: State
    made_by: str
    made_at: datetime
    place: int | None = None
    reason: str | None = None
    settled_at: datetime | None = None
    settled_by: str | None = None
    said: Mapping[str, Said] = field(default_factory=dict)

    @property
    def standing(self) -> Standing:
        """What its place among the others is made of."""
        ranks = tuple(each.rank for each in self.said.values() if each.rank is not None)
        return Standing(id=self.id, made_at=self.made_at, ranks=ranks)


def add(connection: Connection, made: Nomination) -> bool:
    """Store a nomination; False, and no change, when the account has one for the quarter that stands."""
    plain = ("id", "quarter", "starts", "ends", "account", "rep", "note", "state", "made_by", "made_at")
    values = {name: getattr(made, name) for name in plain}
    values |= {"claims": dict(made.claims)} | _evidence(made.evidence, made.evidence_at)
    return insert_once(connection, table, values)


def change(connection: Connection, nomination_id: str, **values: Any) -> None:
    """Set columns of a nomination; the caller has the program's lock."""
    connection.execute(update(table).where(table.c.id == nomination_id).values(**values))


def refresh(
    connection: Connection, nomination_id: str, evidence: tuple[Evidence, ...], now: datetime
) -> None:
    """Keep what the records say now."""
    change(connection, nomination_id, **_evidence(evidence, now))


def get(connection: Connection, nomination_id: str) -> Nomination | None:
    """One nomination, or None."""
    found = _found(connection, select(table).where(table.c.id == nomination_id))
    return found[0] if found else None


def standing(connection: Connection, quarter: str, account: str) -> Nomination | None:
    """The nomination of an account for a quarter that stands."""
    query = select(table).where(
        table.c.quarter == quarter, table.c.account == account, table.c.state.in_(STANDING)
    )
    found = _found(connection, query)
    return found[0] if found else None


def of_quarter(
    connection: Connection, quarter: str, states: Sequence[State] | None = None
) -> list[Nomination]:
    """The nominations for a quarter in the order they were made, all or those in some states."""
    query = select(table).where(table.c.quarter == quarter)
    if states is not None:
        query = query.where(table.c.state.in_(states))
    return _found(connection, query.order_by(table.c.made_at, table.c.id))


def newest(
    connection: Connection,
    *,
    account: str | None = None,
    rep: str | None = None,
    quarter: str | None = None,
    state: State | None = None,
    after: Position | None = None,
    limit: int = 100,
) -> list[Nomination]:
    """Nominations of an account or by a rep, the newest first, behind a place in the list."""
    query = select(table)
    if quarter is not None:
        query = query.where(table.c.quarter == quarter)
    if state is not None:
        query = query.where(table.c.state == state)
    if after is not None:
        at, place = table.c.made_at, table.c.id
        query = query.where(or_(at < after.at, and_(at == after.at, place < after.id)))
    if account is not None:
        query = query.where(table.c.account == account)
    if rep is not None:
        query = query.where(table.c.rep == rep)
    return _found(connection, query.order_by(table.c.made_at.desc(), table.c.id.desc()).limit(limit))


def quarters_ahead(connection: Connection, now: datetime) -> list[str]:
    """The quarters that have not begun and for which nominations stand."""
    query = select(table.c.quarter).where(table.c.starts > now, table.c.state.in_(STANDING)).distinct()
    return sorted(connection.execute(query).scalars())


def count(connection: Connection, quarter: str) -> dict[State, int]:
    """How many nominations a quarter has in each state."""
    query = select(table.c.state, func.count()).where(table.c.quarter == quarter).group_by(table.c.state)
    return {State(row[0]): row[1] for row in connection.execute(query)}


def say(connection: Connection, nomination_id: str, said: Said) -> None:
    """Keep what a side says; what it said before is replaced. The caller has the program's lock."""
    this = (verdicts.c.nomination == nomination_id, verdicts.c.side == said.side)
    values = {
        "verdict": said.verdict,
        "rank": said.rank,
        "reason": said.reason,
        "by": said.by,
        "by_id": said.by_id,
        "at": said.at,
    }
    if connection.execute(update(verdicts).where(*this).values(values)).rowcount == 0:
        connection.execute(insert(verdicts).values(nomination=nomination_id, side=said.side, **values))


def _found(connection: Connection, query: Any) -> list[Nomination]:
    rows = connection.execute(query).all()
    said: dict[str, dict[str, Said]] = defaultdict(dict)
    if rows:
        wanted = select(verdicts).where(verdicts.c.nomination.in_([row.id for row in rows]))
        for row in connection.execute(wanted.order_by(verdicts.c.nomination, verdicts.c.side)):
            said[row.nomination][row.side] = _said(row)
    return [_nomination(row, said[row.id]) for row in rows]


def _said(row: Row[Any]) -> Said:
    return Said(
        side=row.side,
        verdict=None if row.verdict is None else Verdict(row.verdict),
        rank=row.rank,
        reason=row.reason,
        by=row.by,
        by_id=row.by_id,
        at=row.at,
    )


def _nomination(row: Row[Any], said: Mapping[str, Said]) -> Nomination:
    return Nomination(
        id=row.id,
        quarter=row.quarter,
        starts=row.starts,
        ends=row.ends,
        account=row.account,
        rep=RepId(row.rep),
        note=row.note,
        claims={Criterion(name): text for name, text in row.claims.items()},
        evidence=_EVIDENCE.validate_python(row.evidence, strict=False),
        evidence_at=row.evidence_at,
        state=State(row.state),
        made_by=row.made_by,
        made_at=row.made_at,
        place=row.place,
        reason=row.reason,
        settled_at=row.settled_at,
        settled_by=row.settled_by,
        said=said,
    )


def _evidence(evidence: tuple[Evidence, ...], at: datetime) -> dict[str, Any]:
    return {"evidence": _EVIDENCE.dump_python(evidence, mode="json"), "evidence_at": at}
