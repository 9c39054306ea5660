"""The rows of measures: one select for each source, all with the same columns.

``source``, ``id``, ``account``, ``rep``, ``at``, ``campaign``, and a column for each component
that is asked for: what the row adds to it, null where it adds nothing. With windows also ``unit``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from service.db.engagement.activations import of_person
from service.db.measures.expressions import cents, converted, convertible, day, earlier, lasting
from service.db.measures.reach import by_campaigns, known_as, person_of
from service.db.tables import (
    activation,
    activity,
    assignment,
    contact,
    opportunity,
    program_campaign,
)
from service.measures.core.components import GIVES, Component, Source

REP, CAMPAIGN = "rep", "campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """How rows are counted. ``window``: days of attribution; ``meetings``: kinds, in lower case."""

    home: str
    window: int
    meetings: tuple[str, ...]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Which rows: from ``since`` up to, not including, ``until``; of ``windows``: where they say so, too.

    With windows, ``since`` and ``until`` are the bounds of them all. ``daily`` are the rates of the
    days between them (`expressions.daily`). ``needs``: REP, CAMPAIGN, where those
    are looked at; otherwise they are null for sources that would have to look them up. ``joined``: who was
    in which campaign last, and until when (`reach.joined_last`), where campaigns are looked at.
    """

    since: datetime
    until: datetime
    daily: FromClause
    windows: FromClause | None = None
    needs: frozenset[str] = frozenset()
    joined: FromClause | None = None

    def of(self, account: ColumnElement[Any], at: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether a row of an account at a moment is one of them."""
        within = and_(at >= self.since, at < self.until)
        if self.windows is None:
            return within
        spans = self.windows.c
        return and_(within, account == spans.account, at >= spans.since, at < spans.until)

    def attributed(
        self, rows: FromClause, person: ColumnElement[Any], at: ColumnElement[Any], window: int
    ) -> tuple[FromClause, ColumnElement[Any]]:
        """Rows with the campaign that their people had joined last at a moment, at most a window before."""
        if self.joined is None:
            return rows, cast(null(), String)
        last = self.joined.alias()
        held = and_(
            last.c.person == person,
            last.c.at <= at,
            last.c.at >= earlier(at, window),
            or_(last.c.until.is_(None), last.c.until > at),
        )
        return rows.outerjoin(last, held), last.c.campaign


def facts(sources: Iterable[Source], counting: Counting, within: Within) -> FromClause:
    """The rows of sources, one after the other."""
    wanted = [each for each in Source if each in sources]
    components = tuple(dict.fromkeys(name for each in wanted for name in GIVES[each]))
    return union_all(*(_SOURCES[each](counting, within, components) for each in wanted)).subquery("facts")


def _row(
    source: Source,
    within: Within,
    components: Iterable[Component],
    adds: Mapping[Component, Any],
    **columns: Any,
) -> Select[Any]:
    """The columns of a source, in the order that all have."""
    picked: list[ColumnElement[Any]] = [
        literal(source.value, String).label("source"),
        cast(columns["id"], String).label("id"),
    ]
    picked += [columns[name].label(name) for name in ("account", "rep", "at")]
    picked.append(
        (columns["campaign"] if CAMPAIGN in within.needs else cast(null(), String)).label("campaign")
    )
    if within.windows is not None:
        picked.append(within.windows.c.unit)
    picked += [cast(adds.get(each, null()), BigInteger).label(each.value) for each in components]
    return select(*picked).where(
        columns["account"].is_not(None), within.of(columns["account"], columns["at"])
    )


def _contacts(counting: Counting, within: Within, components: Iterable[Component]) -> Select[Any]:
    first = select(assignment.c.rep).where(assignment.c.contact_id == contact.c.id)
    rep = first.order_by(assignment.c.assigned_at, assignment.c.id).limit(1).scalar_subquery()
    at = contact.c.created_at
    rows, campaign = within.attributed(contact, person_of(contact), at, counting.window)
    found = _row(
        Source.CONTACTS,
        within,
        components,
        {Component.CONTACTS: 1},
        id=contact.c.id,
        account=contact.c.account,
        rep=rep if REP in within.needs else cast(null(), String),
        at=at,
        campaign=campaign,
    )
    return found.select_from(rows).where(of_person(contact.c.external_id))


def _accepted(counting: Counting, within: Within, components: Iterable[Component]) -> Select[Any]:
    other, at = assignment.alias("other"), assignment.c.accepted_at
    before = or_(
        other.c.accepted_at < at,
        and_(other.c.accepted_at == at, other.c.id < assignment.c.id),
    )
    theirs = assignment.join(contact, assignment.c.contact_id == contact.c.id)
    rows, campaign = within.attributed(theirs, person_of(contact), at, counting.window)
    found = _row(
        Source.ACCEPTED,
        within,
        components,
        {Component.ACCEPTED: 1},
        id=assignment.c.id,
        account=contact.c.account,
        rep=assignment.c.rep,
        at=at,
        campaign=campaign,
    )
    return found.select_from(rows).where(
        of_person(contact.c.external_id),
        ~exists().where(other.c.contact_id == assignment.c.contact_id, before).correlate(assignment),
    )


def _meetings(counting: Counting, within: Within, components: Iterable[Component]) -> Select[Any]:
    rows, campaign = within.attributed(activity, known_as(activity.c.contact), activity.c.at, counting.window)
    found = _row(
        Source.MEETINGS,
        within,
        components,
        {Component.MEETINGS: 1},
        id=activity.c.external_id,
        account=activity.c.account,
        rep=activity.c.rep,
        at=activity.c.at,
        campaign=campaign,
    )
    return found.select_from(rows).where(*_held(counting))


def _opened(counting: Counting, within: Within, components: Iterable[Component]) -> Select[Any]:
    value = _value(opportunity.c.amount, counting, within)
    adds = {Component.OPENED: 1, Component.PIPELINE: value, **_unpriced(counting, within)}
    return _opportunities(Source.OPENED, opportunity.c.opened_at, within, components, adds)


def _closed(counting: Counting, within: Within, components: Iterable[Component]) -> Select[Any]:
    deal = opportunity.c
    value, iarr = (_value(money, counting, within) for money in (deal.amount, deal.iarr))
    timed = and_(deal.won, deal.opened_at.is_not(None))
    adds = {
        Component.CLOSED: 1,
        Component.WON: case((deal.won, 1)),
        Component.REVENUE: case((deal.won, value)),
        Component.PRICED: case((and_(deal.won, _known(deal.amount, counting, within)), 1)),
        Component.CYCLE: case((timed, lasting(deal.opened_at, deal.closed_at))),
        Component.TIMED: case((timed, 1)),
        Component.IARR: case((deal.won, iarr)),
        **{name: case((deal.won, one)) for name, one in _unpriced(counting, within).items()},
    }
    closed = _opportunities(Source.CLOSED, deal.closed_at, within, components, adds)
    return closed.where(deal.won.is_not(None))


def _influenced(counting: Counting, within: Within, components: Iterable[Component]) -> Select[Any]:
    deal, found = opportunity.c, _reached(counting, within)
    in_time = and_(
        found.c.account == deal.account,
        found.c.at >= earlier(deal.opened_at, counting.window),
        found.c.at <= func.coalesce(deal.closed_at, counting.now),
    )
    value = _value(deal.amount, counting, within)
    unpriced = _unpriced(counting, within)
    if CAMPAIGN not in within.needs:
        whole = {Component.INFLUENCED: value, **unpriced}
        rows = _opportunities(Source.INFLUENCED, deal.opened_at, within, components, whole)
        return rows.where(exists(select(1).select_from(found).where(in_time).correlate(opportunity)))
    pairs = (
        select(deal.id, found.c.campaign)
        .where(in_time, within.of(deal.account, deal.opened_at))
        .distinct()
        .subquery("pairs")
    )
    named = func.count(pairs.c.campaign).over(partition_by=pairs.c.id)
    order = (case((pairs.c.campaign.is_(None), 1), else_=0), pairs.c.campaign)
    place = func.row_number().over(partition_by=pairs.c.id, order_by=order)
    placed = select(pairs, named.label("named"), place.label("place")).subquery("placed")
    parts = func.coalesce(func.nullif(placed.c.named, 0), 1)
    rest = case((placed.c.place <= func.abs(value % parts), case((value < 0, -1), else_=1)), else_=0)
    share = value // parts + rest
    shares = {Component.INFLUENCED: share, **unpriced}
    rows = _opportunities(
        Source.INFLUENCED, deal.opened_at, within, components, shares, campaign=placed.c.campaign
    )
    return rows.where(placed.c.id == deal.id, or_(placed.c.campaign.is_not(None), placed.c.named == 0))


def _opportunities(
    source: Source,
    at: ColumnElement[Any],
    within: Within,
    components: Iterable[Component],
    adds: Mapping[Component, Any],
    campaign: ColumnElement[Any] | None = None,
) -> Select[Any]:
    deal = opportunity.c
    rated = and_(within.daily.c.currency == deal.currency, within.daily.c.day == day(at))
    joined: FromClause = opportunity.outerjoin(within.daily, rated)
    if campaign is None and CAMPAIGN in within.needs:
        theirs, ours = program_campaign.alias("theirs"), program_campaign.alias("ours")
        joined = joined.outerjoin(ours, ours.c.id == deal.campaign)
        joined = joined.outerjoin(theirs, theirs.c.external_id == deal.campaign)
        campaign = func.coalesce(ours.c.id, theirs.c.id, deal.campaign)
    rows = _row(
        source,
        within,
        components,
        adds,
        id=deal.external_id,
        account=deal.account,
        rep=deal.owner,
        at=at,
        campaign=campaign,
    )
    return rows.select_from(joined)


def _value(money: ColumnElement[Any], counting: Counting, within: Within) -> ColumnElement[Any]:
    """An amount in cents of the home currency, at the rate of the day; null where it is not known."""
    rate = within.daily.c.rate
    return case(
        (_at_home(counting), cents(money)), (convertible(money, rate), converted(money, rate)), else_=null()
    )


def _known(money: ColumnElement[Any], counting: Counting, within: Within) -> ColumnElement[bool]:
    """Whether that is known: a test that converts nothing."""
    return and_(
        money.is_not(None),
        or_(_at_home(counting), func.coalesce(convertible(money, within.daily.c.rate), false())),
    )


def _at_home(counting: Counting) -> ColumnElement[bool]:
    return func.coalesce(opportunity.c.currency, counting.home) == counting.home


def _unpriced(counting: Counting, within: Within) -> dict[Component, Any]:
    money = opportunity.c.amount
    known = _known(money, counting, within)
    return {
        Component.NO_AMOUNT: case((money.is_(None), 1), else_=0),
        Component.NO_RATE: case((or_(money.is_(None), known), 0), else_=1),
    }


def _held(counting: Counting) -> tuple[ColumnElement[bool], ...]:
    return (func.lower(activity.c.kind).in_(counting.meetings), activity.c.at <= counting.now)


def _reached(counting: Counting, within: Within) -> CTE:
    """When the program reached an account, and by which campaign: null for meetings and activations."""
    first, last = within.since - timedelta(days=counting.window), counting.now
    met = select(activity.c.account, activity.c.at, cast(null(), String))
    woken = select(activation.c.account, activation.c.at, cast(null(), String))
    rows: list[Select[Any]] = [
        *by_campaigns(first, last),
        met.where(activity.c.at >= first, activity.c.account.is_not(None), *_held(counting)),
        woken.where(activation.c.at >= first, activation.c.at <= last),
    ]
    if within.windows is not None:  # of other accounts nobody asks
        asked = select(within.windows.c.account)
        rows = [each.where(each.selected_columns[0].in_(asked)) for each in rows]
    return union_all(*rows).cte("reached").prefix_with("MATERIALIZED")


_SOURCES: Mapping[Source, Callable[[Counting, Within, Iterable[Component]], Select[Any]]] = {
    Source.CONTACTS: _contacts,
    Source.ACCEPTED: _accepted,
    Source.MEETINGS: _meetings,
    Source.OPENED: _opened,
    Source.INFLUENCED: _influenced,
    Source.CLOSED: _closed,
}
