"""Who engaged, and when: one definition, for the measure and for the report on an account.

Somebody engaged who wrote or answered, met us, answered a campaign that had begun, or left a signal. She is
known by her id or by her address alone, as campaigns and signals know her.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, or_, select

from service.db.measures.expressions import names
from service.db.measures.reach import answered
from service.db.measures.sources import Counting
from service.db.tables import activity, contact, signal_person_day
from service.program.core.criteria import ANSWERS
from service.records.known_by import EMAIL, ID, by_id, ways

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """Of whom it is asked: contacts by their ids, and everybody of an account."""

    contacts: Sequence[str]
    account: str | None = None


def moments(
    connection: Connection, among: Among, since: datetime, until: datetime, counting: Counting
) -> Mapping[str, Sequence[datetime]]:
    """When each engaged from one moment up to, not including, another; a signal: from the start of its day.

    By "id:..." of a contact, or "email:..." of somebody whom no contact's address names.
    """
    known = _known(connection, among)
    persons = {by_id(each) for each in among.contacts}.union(known, *known.values())
    found: dict[str, list[datetime]] = defaultdict(list)
    for person, moment in _found(connection, among, persons, since, until, counting):
        for each in known.get(person) or (person,):
            found[each].append(moment)
    return found


def _known(connection: Connection, among: Among) -> Mapping[str, Sequence[str]]:
    """The contacts by what they are known by, ids and addresses, each with the ids that it stands for."""
    rows = contact.c
    query = select(rows.external_id, rows.email).where(
        or_(rows.external_id.in_(among.contacts), _of(among, rows.account))
    )
    found: dict[str, list[str]] = defaultdict(list)
    for external_id, email in connection.execute(query.order_by(rows.id)):
        for person in ways(external_id, email):
            found[person] += ways(external_id, None)
    return found


def _found(
    connection: Connection,
    among: Among,
    persons: Set[str],
    since: datetime,
    until: datetime,
    counting: Counting,
) -> Iterable[tuple[str, datetime]]:
    """Who engaged, as it was recorded, and when. What is found in two ways comes twice."""
    done, said, left = activity.c, answered().subquery("answered").c, signal_person_day.c
    met = and_(func.lower(done.kind).in_(counting.meetings), done.at <= counting.now)
    for whom in (done.contact.in_(among.contacts), _of(among, done.account)):
        spoke = select(done.contact, done.at).where(whom, or_(done.direction.in_(ANSWERS), met))
        within = spoke.where(done.contact.is_not(None), done.at >= since, done.at < until)
        yield from ((by_id(row.contact), row.at) for row in connection.execute(within))
    ids, addresses = (_names(connection, persons, kind) for kind in (ID, EMAIL))
    for whom in (said.contact.in_(ids), said.email.in_(addresses), _of(among, said.account)):
        heard = select(said.contact, said.email, said.at).where(whom, said.at >= since, said.at < until)
        for row in connection.execute(heard):
            said_of = ways(row.contact, row.email)
            yield next((each for each in said_of if each in persons), said_of[0]), row.at
    first, last = (since - _EPOCH).days, (until - _EPOCH - timedelta(microseconds=1)).days
    for whom in (left.person.in_(_names(connection, persons, "")), _of(among, left.account)):
        signals = select(left.person, left.day).where(whom, left.day.between(first, last))
        for person, day in connection.execute(signals):
            yield person, max(_EPOCH + timedelta(days=day), since)


def _names(connection: Connection, persons: Set[str], kind: str) -> Select[tuple[str]]:
    """The names of one kind among persons, without it, as rows."""
    wanted = sorted(each.removeprefix(kind) for each in persons if each.startswith(kind))
    return select(names(wanted, sqlite=connection.dialect.name == "sqlite").c.name)


def _of(among: Among, account: ColumnElement[str | None]) -> ColumnElement[bool]:
    return false() if among.account is None else account == among.account
