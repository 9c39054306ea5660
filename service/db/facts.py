"""What the rules may ask about a contact, gathered for a whole batch in a fixed number of statements.

The account as it is at this moment, those above it, its opportunities and what
was done there lately; who had this person, this account or this e-mail domain
before; who works the contact now; and every rep that any of these names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from matching.types import AccountId, Contact, MatchOutcome
from routing.types.facts import (
    AccountFacts,
    Activity,
    EarlierContact,
    Holder,
    MatchFacts,
    Opportunity,
    Relation,
    RoutingFacts,
)
from routing.types.people import Hand, Rep, RepId
from service.db import assignments, decisions, families, reps
from service.db.assignments import Assignment
from service.db.engagement import activations
from service.db.program import members
from service.db.statements import Statement, as_moment

ACTIVITY_DAYS = 400
MAX_ACTIVITIES = 200
MAX_EARLIER = 50
_CONTACTS_LOOKED_AT = 200  # the newest of an account or a domain

_DEALS = Statement(
    """
    SELECT o.account, o.external_id, o.owner, o.stage, o.kind, o.amount, o.opened_at, o.closed_at, o.won,
           o.expected_close_at
    FROM {accounts} CROSS JOIN opportunity o WHERE o.account = accounts.external_id ORDER BY o.id
    """,
    accounts={"external_id": "text"},
)

_DONE = Statement(
    """
    SELECT d.account, NULL AS contact, d.external_id, d.rep, d.kind, d.direction, d.at, d.contact
    FROM {accounts} CROSS JOIN activity d
    WHERE d.account = accounts.external_id AND d.at >= {:since} AND d.at >= (
        SELECT min(newest.at) FROM (
            SELECT n.at FROM activity n
            WHERE n.account = accounts.external_id ORDER BY n.at DESC LIMIT {:most}
        ) AS newest
    )
    UNION ALL
    SELECT NULL, d.contact, d.external_id, d.rep, d.kind, d.direction, d.at, d.contact
    FROM {contacts} CROSS JOIN activity d
    WHERE d.contact = contacts.external_id AND d.at >= {:since} AND d.at >= (
        SELECT min(newest.at) FROM (
            SELECT n.at FROM activity n
            WHERE n.contact = contacts.external_id ORDER BY n.at DESC LIMIT {:most}
        ) AS newest
    )
    """,
    accounts={"external_id": "text"},
    contacts={"external_id": "text"},
)

_EARLIER = Statement(
    """
    WITH person AS (
        SELECT people.place, c.id FROM {people} CROSS JOIN contact c WHERE c.id = people.id
        UNION
        SELECT people.place, c.id FROM {people} CROSS JOIN contact c WHERE c.email = people.email
        UNION
        SELECT people.place, c.id FROM {people} CROSS JOIN contact c WHERE c.external_id = people.external_id
    ), related AS (
        SELECT 'person' AS relation, person.place, NULL AS shared, person.id FROM person
        UNION ALL
        SELECT 'account', NULL, accounts.external_id, c.id
        FROM {accounts} CROSS JOIN contact c WHERE c.account = accounts.external_id AND c.id >= (
            SELECT min(newest.id) FROM (
                SELECT n.id FROM contact n
                WHERE n.account = accounts.external_id ORDER BY n.id DESC LIMIT {:most}
            ) AS newest
        )
        UNION ALL
        SELECT 'domain', NULL, domains.domain, c.id
        FROM {domains} CROSS JOIN contact c WHERE c.domain = domains.domain AND c.id >= (
            SELECT min(newest.id) FROM (
                SELECT n.id FROM contact n
                WHERE n.domain = domains.domain ORDER BY n.id DESC LIMIT {:most}
            ) AS newest
        )
    )
    SELECT related.relation, related.place, related.shared, s.id, s.contact_id, c.external_id, c.email,
           s.rep, s.status, s.assigned_at
    FROM related JOIN assignment s ON s.contact_id = related.id JOIN contact c ON c.id = related.id
    """,
    people={"place": "bigint", "id": "bigint", "email": "text", "external_id": "text"},
    accounts={"external_id": "text"},
    domains={"domain": "text"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsAsked:
    """A contact whose facts are wanted, with what is known of it so far.

    ``contact_row`` is its row when it was seen before; ``email`` is normalised.
    """

    contact: Contact
    email_domain: str | None
    match: MatchFacts
    contact_row: int | None
    email: str | None
    likely: tuple[AccountId, ...] = ()  # the accounts that a match in review cannot choose between

    @property
    def account_id(self) -> AccountId | None:
        """The account the contact belongs to: a likely one is not yet it."""
        return self.match.account_id if self.match.outcome is MatchOutcome.MATCHED else None


def gather(connection: Connection, asked: Sequence[FactsAsked], now: datetime) -> list[RoutingFacts]:
    """The facts of each contact at ``now``, in the order asked."""
    wanted = sorted({each.account_id for each in asked if each.account_id})
    likely = {account for each in asked for account in each.likely}
    above = families.of(connection, sorted({*wanted, *likely}), now)
    activated = activations.facts(connection, [each.contact.external_id for each in asked])
    deals = _deals(connection, wanted)
    done = _done(connection, asked, wanted, now)
    earlier = _earlier(connection, asked, wanted)
    joined = members.campaigns(connection, [(each.email, each.contact.external_id) for each in asked], now)
    held = assignments.active(connection, [each.contact_row for each in asked if each.contact_row])
    hands = decisions.hands(connection, [each.decision_id for each in held.values()])
    drafts = [
        replace(
            _draft(each, above, deals, done, related, _holder(held.get(each.contact_row or 0), hands)),
            campaigns=campaigns,
            activation=activated.get(each.contact.external_id or ""),
        )
        for each, related, campaigns in zip(asked, earlier, joined, strict=True)
    ]
    people = _people(connection, drafts)
    return [replace(draft, reps=near(_mentioned(draft), people)) for draft in drafts]


def _draft(
    asked: FactsAsked,
    above: Mapping[str, Sequence[AccountFacts]],
    deals: Mapping[str, Sequence[Opportunity]],
    done: _Done,
    earlier: tuple[EarlierContact, ...],
    holder: Holder | None,
) -> RoutingFacts:
    family = above.get(asked.account_id or "", ())
    return RoutingFacts(
        contact=asked.contact,
        email_domain=asked.email_domain,
        match=asked.match,
        account=family[0] if family else None,
        ancestors=tuple(family[1:]),
        opportunities=tuple(deals.get(asked.account_id or "", ())),
        activities=done.of(asked),
        earlier=earlier,
        holder=holder,
        candidates=tuple(above[each][0] for each in asked.likely if each in above),
    )


def _holder(holding: Assignment | None, hands: Mapping[str, Hand]) -> Holder | None:
    if holding is None:
        return None
    return Holder(
        assignment_id=holding.id,
        rep=holding.rep,
        pool=holding.pool,
        since=holding.assigned_at,
        due_at=holding.due_at,
        hand=hands.get(holding.decision_id),
    )


# --- what was done and what is for sale ---------------------------------------


def _deals(connection: Connection, wanted: Sequence[AccountId]) -> dict[str, list[Opportunity]]:
    deals: dict[str, list[Opportunity]] = {}
    for account, *columns in _DEALS.read(connection, accounts=wanted) if wanted else ():
        deals.setdefault(account, []).append(_opportunity(columns))
    return deals


def _opportunity(columns: Sequence[Any]) -> Opportunity:
    external_id, owner, stage, kind, amount, opened_at, closed_at, won, expected = columns
    return Opportunity(
        id=external_id,
        owner=None if owner is None else RepId(owner),
        stage=stage,
        kind=kind,
        amount=None if amount is None else float(amount),
        opened_at=as_moment(opened_at),
        closed_at=as_moment(closed_at),
        won=None if won is None else bool(won),
        expected_close_at=as_moment(expected),
    )


@dataclass(frozen=True, slots=True)
class _Done:
    """Recent activities, by the account and by the contact (external ids) they are on."""

    on_account: Mapping[str, Sequence[Activity]]
    on_contact: Mapping[str, Sequence[Activity]]

    def of(self, asked: FactsAsked) -> tuple[Activity, ...]:
        """Those of a contact and of its account, newest first, each once."""
        on_account = self.on_account.get(asked.account_id or "", ())
        on_contact = self.on_contact.get(asked.contact.external_id or "", ())
        each = {activity.id: activity for activity in (*on_account, *on_contact)}
        newest = sorted(each.values(), key=lambda activity: (activity.at, activity.id), reverse=True)
        return tuple(newest[:MAX_ACTIVITIES])


def _done(
    connection: Connection, asked: Sequence[FactsAsked], wanted: Sequence[AccountId], now: datetime
) -> _Done:
    contacts = sorted({each.contact.external_id for each in asked if each.contact.external_id})
    on_account: dict[str, list[Activity]] = {}
    on_contact: dict[str, list[Activity]] = {}
    if wanted or contacts:
        since = now - timedelta(days=ACTIVITY_DAYS)
        rows = _DONE.read(connection, accounts=wanted, contacts=contacts, since=since, most=MAX_ACTIVITIES)
        for account, contact, *columns in rows:
            place = (
                on_contact.setdefault(contact, []) if account is None else on_account.setdefault(account, [])
            )
            place.append(_activity(columns))
    return _Done(on_account=on_account, on_contact=on_contact)


def _activity(columns: Sequence[Any]) -> Activity:
    external_id, rep, kind, direction, at, contact = columns
    moment = as_moment(at)
    assert moment is not None
    return Activity(
        id=external_id,
        rep=None if rep is None else RepId(rep),
        kind=kind,
        direction=direction,
        at=moment,
        contact_id=contact,
    )


# --- who had it before ----------------------------------------------------------


def _earlier(
    connection: Connection, asked: Sequence[FactsAsked], wanted: Sequence[AccountId]
) -> list[tuple[EarlierContact, ...]]:
    """Assignments of the same person, of the account's others and of the e-mail domain's others."""
    people = [
        (place, each.contact_row, each.email, each.contact.external_id) for place, each in enumerate(asked)
    ]
    domains = sorted({each.email_domain for each in asked if each.email_domain})
    rows = _EARLIER.read(
        connection, people=people, accounts=wanted, domains=domains, most=_CONTACTS_LOOKED_AT
    )
    persons: dict[int, list[Any]] = {}
    others: dict[tuple[str, str], list[Any]] = {}
    for row in rows:
        if row[0] == Relation.PERSON:
            persons.setdefault(row[1], []).append(row)
        else:
            others.setdefault((row[0], row[2]), []).append(row)
    return [
        _related(
            persons.get(place, []),
            others.get((Relation.ACCOUNT, each.account_id or ""), []),
            others.get((Relation.DOMAIN, each.email_domain or ""), []),
        )
        for place, each in enumerate(asked)
    ]


def _related(
    person: Sequence[Any], account: Sequence[Any], domain: Sequence[Any]
) -> tuple[EarlierContact, ...]:
    """Newest first, each assignment once under its nearest relation; the person's own crowd others out."""
    same_person = {row[4] for row in person}
    others = {row[3]: row for row in (*domain, *account) if row[4] not in same_person}
    own = sorted({row[3]: row for row in person}.values(), key=_age)[:MAX_EARLIER]
    kept = [*own, *sorted(others.values(), key=_age)[: MAX_EARLIER - len(own)]]
    return tuple(_earlier_contact(row) for row in sorted(kept, key=_age))


def _age(row: Sequence[Any]) -> tuple[float, str]:
    moment = as_moment(row[9])
    assert moment is not None
    return -moment.timestamp(), row[3]


def _earlier_contact(row: Sequence[Any]) -> EarlierContact:
    relation, _, _, _, _, external_id, email, rep, status, assigned_at = row
    moment = as_moment(assigned_at)
    assert moment is not None
    return EarlierContact(
        contact_id=external_id or email or "",
        relation=Relation(relation),
        rep=RepId(rep),
        status=status,
        assigned_at=moment,
    )


# --- the people -----------------------------------------------------------------


def _people(connection: Connection, drafts: Sequence[RoutingFacts]) -> dict[RepId, Rep]:
    """Every rep whom the facts name, with their managers and those who cover for them."""
    return reps.around(connection, {name for draft in drafts for name in _mentioned(draft)})


def near(named: Iterable[RepId], people: Mapping[RepId, Rep]) -> dict[RepId, Rep]:
    """Those of ``people`` who are named, and the people around them, in a fixed order."""
    found = {name for name in named if name in people}
    for _ in range(reps.STEPS):
        found |= reps.related(people[name] for name in found) & people.keys()
    return {name: people[name] for name in sorted(found)}


def _mentioned(draft: RoutingFacts) -> Iterable[RepId]:
    for account in (draft.account, *draft.ancestors, *draft.candidates):
        if account is not None:
            yield from (*([account.owner] if account.owner else ()), *account.team.values())
    yield from (each.owner for each in draft.opportunities if each.owner)
    yield from (each.rep for each in draft.activities if each.rep)
    yield from (each.rep for each in draft.earlier)
    if draft.holder is not None:
        yield draft.holder.rep
