"""A contact event on its way through the flow: who it is about, and what was known of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from matching.normalize import normalize
from matching.types import Contact, ContactDomain, DomainKind, NormalizedContact
from service.db import contacts, waiting
from service.db.contacts import Identity, Known
from service.decision import Incoming


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An event, and whose it says it is."""

    incoming: Incoming
    identity: Identity
    normalized: NormalizedContact  # what the event alone says
    row: int | None = None  # the stored contact it is about, where that is known beforehand
    stored: tuple[str, ...] = ()  # the names of the stored contact that it was found to be about

    def people(self) -> tuple[str, ...]:
        """Every name of the person: what the event says, and what is stored."""
        return tuple(dict.fromkeys((*self.identity.names(), *self.stored)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An event together with the contact it is about, as known after the event."""

    incoming: Incoming
    identity: Identity
    known: Known | None
    contact: Contact
    normalized: NormalizedContact

    @property
    def answers(self) -> dict[str, str]:
        """By rule: what became of its question or hold about this contact, now and before."""
        return {**(self.known.answers if self.known else {}), **self.incoming.answers}

    @property
    def email_kind(self) -> DomainKind:
        """What kind of host the e-mail address is on."""
        return next((d.kind for d in self.normalized.domains if d.origin == "email"), DomainKind.NONE)

    @property
    def email_domain(self) -> str | None:
        """The company's domain of the e-mail address; None for free-mail and the like."""
        return self._company_mail.registrable if self._company_mail else None

    @property
    def email_host(self) -> str | None:
        """The host that the e-mail address is on, where its domain is a company's."""
        return self._company_mail.host if self._company_mail else None

    @property
    def _company_mail(self) -> ContactDomain | None:
        found = (d for d in self.normalized.domains if d.origin == "email" and d.kind is DomainKind.COMPANY)
        return next(found, None)

    @property
    def stale(self) -> bool:
        """Whether a newer event of this contact was decided before."""
        at = self.incoming.occurred_at
        return self.known is not None and at is not None and at < self.known.occurred_at


def arrive(incoming: Incoming) -> Arrival:
    """Tell whose event this is."""
    normalized = normalize(incoming.contact)
    identity = contacts.identify(incoming.contact, normalized.email)
    return Arrival(incoming=incoming, identity=identity, normalized=normalized)


def hold(connection: Connection, arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Keep everyone else from these events and their contacts until the transaction ends.

    An event may name a contact by one of its names only, and another event by
    another: so the names of the stored contacts are locked too, until looking
    again finds no more of them.
    """
    held = {name for arrival in arrivals for name in arrival.people()}
    contacts.lock(connection, held | {f"event:{arrival.incoming.event_key}" for arrival in arrivals})
    while True:
        found = contacts.find(connection, [arrival.identity for arrival in arrivals])
        stored = [known.names() if known else () for known in found]
        more = {name for names in stored for name in names} - held
        if not more:
            return [replace(arrival, stored=names) for arrival, names in zip(arrivals, stored, strict=True)]
        contacts.lock(connection, more)
        held |= more


def recognise(
    connection: Connection, arrivals: Sequence[Arrival], since: datetime | None = None
) -> list[Case]:
    """Each event with what is stored of its contact.

    Answers to questions, and holds that are over, count while the matter lasts. Nothing ends it where the
    contact was rejected or queued: there those count that were given at ``since`` or later, all without it.
    """
    found = contacts.find(connection, [arrival.identity for arrival in arrivals])
    rows = contacts.by_rows(connection, [each.row for each in arrivals if each.row is not None])
    known = [
        one if arrival.row is None else rows[arrival.row]
        for arrival, one in zip(arrivals, found, strict=True)
    ]
    answered = {each.row for each in known if each is not None and each.answers}
    over = answered - waiting.in_mind(connection, answered, since) if since and answered else set()
    return [
        _case(arrival, replace(each, answers={}) if each and each.row in over else each)
        for arrival, each in zip(arrivals, known, strict=True)
    ]


def _case(arrival: Arrival, known: Known | None) -> Case:
    said = arrival.incoming.contact
    contact = contacts.merged(known.contact, said) if known else said
    return Case(
        incoming=arrival.incoming,
        identity=arrival.identity,
        known=known,
        contact=contact,
        normalized=normalize(contact) if known else arrival.normalized,
    )


def waves(arrivals: Iterable[Arrival]) -> list[list[Arrival]]:
    """Split a batch so that no wave has two events of one contact; a contact's events keep their order.

    An event key that comes twice is taken once.
    """
    split: list[list[Arrival]] = []
    next_wave: dict[str, int] = {}
    events: set[str] = set()
    for arrival in arrivals:
        if arrival.incoming.event_key in events:
            continue
        events.add(arrival.incoming.event_key)
        names = arrival.people()
        place = max((next_wave.get(name, 0) for name in names), default=0)
        if place == len(split):
            split.append([])
        split[place].append(arrival)
        next_wave |= dict.fromkeys(names, place + 1)
    return split
