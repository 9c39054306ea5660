"""The catalogue: every field and collection that a rulebook may use, before its own custom fields.

The docs of the fields become the reference in docs/rulebook.md and the help that editors show. Custom
fields are declared in a rulebook and join the catalogue of that rulebook only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matching.types import DomainKind, MatchOutcome, MatchReason, Motion
from routing.fields import (
    BOOLEAN,
    NUMBER,
    REP,
    TEXT,
    TIME,
    Attribute,
    Collection,
    Field,
    FieldType,
    Getter,
    Scope,
    Value,
    reader_of,
    rep_fields,
)
from routing.types.facts import AccountFacts, ActivationKind, ProgramTier, Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every field and collection that a rulebook may use."""

    fields: Mapping[str, Field]
    collections: Mapping[str, Collection]


def _of_contact(name: str, type_: FieldType, doc: str, values: Iterable[str] = ()) -> Field:
    def get(scope: Scope, _item: Any) -> Value:
        value: Value = getattr(scope.facts.contact, name)
        return value

    return Field(name=f"contact.{name}", type=type_, doc=doc, get=get, values=tuple(values))


def _of_facts(name: str, type_: FieldType, doc: str, get: Getter, values: Iterable[str] = ()) -> Field:
    return Field(name=name, type=type_, doc=doc, get=get, values=tuple(values))


def _country(scope: Scope, _item: Any) -> Value:
    return scope.facts.country or scope.facts.contact.country


CONTACT = (
    _of_contact("external_id", TEXT, "The contact's id in the system it came from."),
    _of_contact("email", TEXT, "The e-mail address as it was given."),
    _of_facts(
        "contact.email_domain",
        TEXT,
        "The registered company domain of the e-mail address; missing for free mail.",
        lambda s, _: s.facts.email_domain,
    ),
    _of_facts(
        "contact.email_kind",
        TEXT,
        "What kind of host the e-mail address is on; `none` where there is no usable address.",
        lambda s, _: s.facts.email_kind.value,
        DomainKind,
    ),
    _of_contact("first_name", TEXT, "The first name."),
    _of_contact("last_name", TEXT, "The last name."),
    _of_contact("company", TEXT, "The company name as it was typed."),
    _of_contact("website", TEXT, "The website as it was given."),
    _of_facts(
        "contact.country",
        TEXT,
        "The country as a two-letter ISO code where it was recognised, else as it was typed.",
        _country,
    ),
    _of_contact("state", TEXT, "The state, province or region."),
    _of_contact("city", TEXT, "The city."),
    _of_contact("phone", TEXT, "The phone number as it was given."),
    _of_contact("title", TEXT, "The job title."),
    _of_contact("employees", NUMBER, "How many employees the contact says the company has."),
    _of_contact("source", TEXT, "Where the contact came from: a form, an event, a campaign."),
    _of_contact("motion", TEXT, "Who made the first move.", Motion),
    _of_contact("account_id", TEXT, "The account the contact already carries in the CRM."),
    _of_contact("occurred_at", TIME, "When the contact did what brought it here."),
)

MATCH = (
    _of_facts(
        "match.outcome",
        TEXT,
        "What the matcher concluded.",
        lambda s, _: s.facts.match.outcome.value,
        MatchOutcome,
    ),
    _of_facts(
        "match.reason", TEXT, "Why it concluded that.", lambda s, _: s.facts.match.reason.value, MatchReason
    ),
    _of_facts(
        "match.score",
        NUMBER,
        "How probable it is, from 0 to 1, that the account is the right one.",
        lambda s, _: s.facts.match.score,
    ),
    _of_facts(
        "match.account_id",
        TEXT,
        "The account found, also when a person should confirm it.",
        lambda s, _: s.facts.match.account_id,
    ),
)

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


NOW = (
    _of_facts("now", TIME, "The moment of the decision.", lambda s, _: s.now),
    _of_facts(
        "now.weekday",
        TEXT,
        "The weekday of the decision in the rulebook's time zone.",
        lambda s, _: WEEKDAYS[s.now.astimezone(s.zone).weekday()],
        WEEKDAYS,
    ),
    _of_facts(
        "now.hour",
        NUMBER,
        "The hour of the decision, 0 to 23, in the rulebook's time zone.",
        lambda s, _: s.now.astimezone(s.zone).hour,
    ),
)

HOLDER = (
    _of_facts(
        "holder",
        REP,
        "The rep who is working this very contact now.",
        lambda s, _: s.facts.holder.rep if s.facts.holder else None,
    ),
    _of_facts(
        "holder.pool",
        TEXT,
        "The pool from which that rep got it.",
        lambda s, _: s.facts.holder.pool if s.facts.holder else None,
    ),
    _of_facts(
        "holder.since",
        TIME,
        "Since when that rep has it.",
        lambda s, _: s.facts.holder.since if s.facts.holder else None,
    ),
)


def _of_activation(name: str, type_: FieldType, doc: str, values: Iterable[str] = ()) -> Field:
    def get(scope: Scope, _item: Any) -> Value:
        found = scope.facts.activation
        value: Value = getattr(found, name) if found is not None else None
        return value

    return _of_facts(f"activation.{name}", type_, doc, get, values)


ACTIVATION = (
    _of_activation(
        "kind",
        TEXT,
        "What activated the account; missing for whatever else came in.",
        ActivationKind,
    ),
    _of_activation("score", NUMBER, "The account's score at that moment."),
    _of_activation("people", NUMBER, "How many of its people had engaged."),
    _of_activation("stage", TEXT, "The buying stage it was in."),
    _of_activation("topic", TEXT, "The topic of its last signal that named one."),
)

ACCOUNT_ATTRIBUTES: tuple[Attribute, ...] = (
    ("id", TEXT, "The external id of {the account}."),
    ("name", TEXT, "The name of {the account}."),
    ("country", TEXT, "The country of {the account}, as recorded."),
    ("state", TEXT, "The state, province or region of {the account}."),
    ("city", TEXT, "The city of {the account}."),
    ("lifecycle", TEXT, "The lifecycle stage of {the account}, e.g. customer or prospect."),
    ("tier", TEXT, "The tier of {the account} in force now."),
    ("segment", TEXT, "The segment of {the account}."),
    ("employees", NUMBER, "How many employees {the account} has."),
    ("owner", REP, "The rep who owns {the account} now."),
    ("owner_since", TIME, "Since when that rep owns {the account}."),
    ("program.tier", TEXT, "The tier of {the account} in the account-based program now; missing outside it."),
    ("program.group", TEXT, "The group that {the account} is worked with in the program."),
    ("program.segment", TEXT, "The segment of that group."),
    ("program.region", TEXT, "The region of that group."),
    ("program.vertical", TEXT, "The vertical of that group."),
    ("program.persona", TEXT, "The persona that the group is about."),
    ("program.since", TIME, "Since when {the account} is in that tier of the program."),
    ("program.until", TIME, "When that ends by itself."),
    ("engagement.score", NUMBER, "The score of {the account} now, made of its signals; missing without any."),
    ("engagement.people", NUMBER, "How many people of {the account} engaged lately."),
    ("engagement.stage", TEXT, "The buying stage that a source said last of {the account}."),
    ("engagement.topic", TEXT, "The topic of the last signal of {the account} that names one."),
)

_VALUES = {"program.tier": tuple(ProgramTier)}

_OPPORTUNITY_ATTRIBUTES: tuple[Attribute, ...] = (
    ("id", TEXT, "The external id of the opportunity."),
    ("owner", REP, "The rep who owns the opportunity."),
    ("stage", TEXT, "The stage of the opportunity."),
    ("kind", TEXT, "The kind of the opportunity, e.g. new, renewal or expansion."),
    ("amount", NUMBER, "The amount of the opportunity."),
    ("opened_at", TIME, "When the opportunity was opened."),
    ("closed_at", TIME, "When the opportunity was closed; missing while it is open."),
    ("won", BOOLEAN, "Whether the opportunity was won; missing while it is open."),
    ("expected_close_at", TIME, "When it is expected to close; of a renewal: when it is due."),
)

_ACTIVITY_ATTRIBUTES: tuple[Attribute, ...] = (
    ("rep", REP, "The rep who did it, or to whom it was done."),
    ("kind", TEXT, "The kind of activity, e.g. email, call or meeting."),
    ("at", TIME, "When it happened."),
    ("contact_id", TEXT, "The contact it was with, when it was one person."),
)

_EARLIER_ATTRIBUTES: tuple[Attribute, ...] = (
    ("contact_id", TEXT, "The external id of the earlier contact."),
    ("rep", REP, "The rep who got the earlier contact."),
    ("status", TEXT, "What became of it: assigned, accepted, completed, rejected, ..."),
    ("assigned_at", TIME, "When the earlier contact was assigned."),
)


def _of_item(prefix: str, attribute: Attribute) -> Field:
    name, type_, doc = attribute
    read = reader_of(name)
    return Field(
        name=prefix + name,
        type=type_,
        doc=doc.replace("{the account}", "the account"),
        get=lambda _scope, item: read(item),
        values=_VALUES.get(name, ()),
    )


def _of_account(place: str, attribute: Attribute, called: str) -> Field:
    name, type_, doc = attribute
    read = reader_of(name)

    def get(scope: Scope, _item: Any) -> Value:
        account: AccountFacts | None = getattr(scope, place)
        return None if account is None else read(account)

    text = doc.replace("{the account}", called)
    return Field(name=f"{place}.{name}", type=type_, doc=text, get=get, values=_VALUES.get(name, ()))


def team_field(place: str, role: str) -> Field:
    """Return ``account.team.SDR`` and its like: the rep with that role on the account's team."""
    key = role.upper()

    def get(scope: Scope, _item: Any) -> Value:
        account: AccountFacts | None = getattr(scope, place)
        return account.team.get(key) if account is not None else None

    return Field(name=f"{place}.team.{role}", type=REP, doc=f"The {role} of the {place}'s team.", get=get)


def _open(_scope: Scope, item: Any) -> Value:
    return item.closed_at is None


def _collection(name: str, doc: str, fields: Iterable[Field]) -> Collection:
    def items(scope: Scope) -> Sequence[Any]:
        found: Sequence[Any] = getattr(scope.facts, name)
        return found

    own = list(fields)
    own += [inner for field in own if field.type is REP for inner in rep_fields(field)]
    return Collection(name=name, doc=doc, items=items, fields={field.name: field for field in own})


OPPORTUNITIES = _collection(
    "opportunities",
    "The opportunities of the matched account.",
    [
        *(_of_item("", a) for a in _OPPORTUNITY_ATTRIBUTES),
        Field(name="open", type=BOOLEAN, doc="Whether the opportunity is open.", get=_open),
    ],
)

ACTIVITIES = _collection(
    "activities",
    "What was done on the matched account and with the contact, by whom and when.",
    [
        *(_of_item("", a) for a in _ACTIVITY_ATTRIBUTES),
        Field(
            name="direction",
            type=TEXT,
            doc="Who started it; `both` is a two-way exchange.",
            get=lambda _, item: item.direction,
            values=("inbound", "outbound", "both"),
        ),
    ],
)

EARLIER = _collection(
    "earlier",
    "Contacts assigned before: the same person, the same account, the same company domain.",
    [
        *(_of_item("", a) for a in _EARLIER_ATTRIBUTES),
        Field(
            name="relation",
            type=TEXT,
            doc="How the earlier contact is related to this one.",
            get=lambda _, item: item.relation.value,
            values=tuple(Relation),
        ),
    ],
)

ANCESTORS = _collection(
    "ancestors",
    "The accounts above the matched one, nearest first.",
    [_of_item("", a) for a in ACCOUNT_ATTRIBUTES],
)

CANDIDATES = _collection(
    "candidates",
    "The accounts between which the match cannot choose; none where it is sure.",
    [_of_item("", a) for a in ACCOUNT_ATTRIBUTES],
)

CAMPAIGNS = _collection(
    "campaigns",
    "The campaigns the person is a member of.",
    [
        _of_item("", ("name", TEXT, "The name of the campaign.")),
        _of_item("", ("status", TEXT, "The status in it, e.g. sent, responded or attended.")),
        _of_item("", ("joined_at", TIME, "Since when the person is a member.")),
        _of_item("", ("play", TEXT, "The play of the program's catalogue that it is, e.g. direct_mail.")),
        _of_item("", ("account_id", TEXT, "The account it was made for, where it was made for one.")),
        _of_item("", ("running", BOOLEAN, "Whether the campaign runs now.")),
    ],
)

ACCOUNT_PLACES = {
    "account": "the matched account",
    "parent": "the matched account's parent",
    "ultimate": "the topmost account above the matched one",
}


def _built_in() -> Catalogue:
    account = [_of_account(p, a, c) for p, c in ACCOUNT_PLACES.items() for a in ACCOUNT_ATTRIBUTES]
    fields = [*CONTACT, *MATCH, *account, *HOLDER, *ACTIVATION, *NOW]
    fields += [inner for field in fields if field.type is REP for inner in rep_fields(field)]
    collections = (OPPORTUNITIES, ACTIVITIES, EARLIER, ANCESTORS, CANDIDATES, CAMPAIGNS)
    return Catalogue(
        fields={field.name: field for field in fields}, collections={c.name: c for c in collections}
    )


BUILT_IN = _built_in()
"""The fields every rulebook has, before its own custom fields."""


def find(catalogue: Catalogue, name: str) -> Field | None:
    """Return the field called ``name``, making team fields (``account.team.SDR.role``) as asked."""
    known = catalogue.fields.get(name)
    if known is not None:
        return known
    parts = name.split(".")
    if len(parts) in (3, 4) and parts[0] in ACCOUNT_PLACES and parts[1] == "team" and parts[2]:
        member = team_field(parts[0], parts[2])
        if len(parts) == 3:
            return member
        return next((f for f in rep_fields(member) if f.name == name), None)
    return None
