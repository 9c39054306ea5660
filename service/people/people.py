"""People: invited, given roles, signed in by password, sent away.

Nobody's password is ever set by another: an invitation is a link that works
once, for a day, and lets its bearer set one. Changing somebody's roles,
deactivating them or setting a new password ends their sessions.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from service.auth import Caller, Scope
from service.db import one_time, persons, sessions
from service.db.engine import Database
from service.db.persons import Person
from service.people import passwords
from service.problems import Conflict, Invalid, NotFound

LINK_LASTS = timedelta(hours=24)
_PASSWORD = "password"
_LAST_ADMIN = "This is the last admin; make somebody else an admin first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """A person, and the text of a link that lets them set a password, once."""

    person: Person
    text: str


class People:
    """The people of this deployment."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def add(self, email: str, roles: frozenset[Scope], *, name: str | None = None, by: str) -> Invited:
        """A new person, and their link. Raises Conflict (the address is taken), Invalid (it is none)."""
        address = address_of(email)
        made = Person(
            id=f"p-{secrets.token_hex(6)}",
            email=address,
            name=name or address,
            roles=tuple(sorted(roles)),
            active=True,
            has_password=False,
            subject=None,
            created_at=self._now(),
            created_by=by,
            signed_in_at=None,
        )

        def store(connection: Connection) -> Invited:
            persons.add(connection, made)
            return Invited(person=made, text=self._link(connection, made.id))

        try:
            return self._database.transact(store)
        except IntegrityError:
            raise Conflict("There is somebody with this e-mail address already") from None

    def invite(self, person_id: str) -> Invited:
        """A new link for somebody, e.g. who forgot their password; links made before end. Raises NotFound."""

        def renew(connection: Connection) -> Invited:
            found = persons.get(connection, person_id)
            if found is None or not found.active:
                raise _nobody()
            one_time.cancel(connection, _PASSWORD, person_id, self._now())
            return Invited(person=found, text=self._link(connection, person_id))

        return self._database.transact(renew)

    def invited(self, text: str) -> Person | None:
        """Whose link this is, while it works."""
        with self._database.read() as connection:
            found = one_time.look(connection, _PASSWORD, text, self._now())
            return persons.get(connection, found[0]) if found and found[0] else None

    def set_password(self, text: str, password: str) -> Person | None:
        """Use a link to set a password; None when it does not work any more. Raises Invalid."""
        person = self.invited(text)
        if person is None:
            return None
        wrong = passwords.problem(password, person.email)
        if wrong:
            raise Invalid(wrong)
        stored = passwords.kept(password)

        def store(connection: Connection) -> Person | None:
            if one_time.use(connection, _PASSWORD, text, self._now()) is None:
                return None
            persons.change(connection, person.id, password=stored)
            sessions.end_of(connection, person.id, self._now())
            return person

        return self._database.transact(store)

    def recognise(self, email: str, password: str) -> Person | None:
        """Who signs in with this address and password; as slow for nobody as for somebody."""
        with self._database.read() as connection:
            found = persons.by_email(connection, email.strip().lower())
            stored = persons.password(connection, found.id) if found and found.active else None
        return found if passwords.fits(password, stored) else None

    def change(
        self, person_id: str, *, name: str | None, roles: frozenset[Scope] | None, active: bool | None
    ) -> Person:
        """Change what is given about somebody. Raises NotFound, and Conflict for the last admin."""
        values = {"name": name, "roles": tuple(sorted(roles)) if roles else None, "active": active}
        given = {key: value for key, value in values.items() if value is not None}

        def store(connection: Connection) -> Person:
            before = persons.get(connection, person_id)
            if before is None:
                raise _nobody()
            if given:
                persons.change(connection, person_id, **given)
            after = persons.get(connection, person_id)
            assert after is not None
            if (
                _is_admin(before)
                and not _is_admin(after)
                and not any(map(_is_admin, persons.listed(connection)))
            ):
                raise Conflict(_LAST_ADMIN)
            if after.roles != before.roles or not after.active:
                sessions.end_of(connection, person_id, self._now())
            if not after.active:
                one_time.cancel(connection, _PASSWORD, person_id, self._now())
            return after

        return self._database.transact(store)

    def sign_out(self, person_id: str) -> int:
        """End every session of somebody; how many there were. Raises NotFound."""

        def end(connection: Connection) -> int:
            if persons.get(connection, person_id) is None:
                raise _nobody()
            return sessions.end_of(connection, person_id, self._now())

        return self._database.transact(end)

    def from_provider(
        self, subject: str, email: str, name: str | None, roles: frozenset[Scope], *, verified: bool
    ) -> Person:
        """Who an identity provider says it is, with the roles that their groups give; kept from now on.

        Somebody who was invited by the same address is the same person, where
        the provider has verified it. Raises Conflict where that is not so, or where they may not sign in.
        """
        address = address_of(email)
        given = tuple(sorted(roles))

        def store(connection: Connection) -> Person:
            found = persons.by_subject(connection, subject)
            if found is None:
                found = persons.by_email(connection, address)
                if found is not None and (not verified or found.subject is not None):
                    raise Conflict("Somebody else has this e-mail address here; an admin can change that")
            if found is None:
                made = self._unknown(subject, address, name or address, given)
                persons.add(connection, made)
                return made
            if not found.active:
                raise Conflict("You may not sign in here any more")
            if found.roles != given:
                sessions.end_of(connection, found.id, self._now())
            persons.change(connection, found.id, subject=subject, roles=given, name=name or found.name)
            return persons.get(connection, found.id) or found

        return self._database.transact(store)

    def get(self, person_id: str) -> Person | None:
        """The person with this id."""
        with self._database.read() as connection:
            return persons.get(connection, person_id)

    def by_email(self, email: str) -> Person | None:
        """The person with this address, while they may sign in."""
        with self._database.read() as connection:
            found = persons.by_email(connection, email.strip().lower())
        return found if found and found.active else None

    def listed(self) -> tuple[Person, ...]:
        """Everybody, by address."""
        with self._database.read() as connection:
            return persons.listed(connection)

    def forget(self) -> None:
        """Delete sessions and links that have long ended."""
        for work in (one_time.forget, sessions.forget):
            self._database.transact(partial(work, now=self._now()))

    def _link(self, connection: Connection, person_id: str) -> str:
        return one_time.make(connection, _PASSWORD, {}, self._now() + LINK_LASTS, person_id)

    def _unknown(self, subject: str, address: str, name: str, roles: tuple[str, ...]) -> Person:
        return Person(
            id=f"p-{secrets.token_hex(6)}",
            email=address,
            name=name,
            roles=roles,
            active=True,
            has_password=False,
            subject=subject,
            created_at=self._now(),
            created_by="identity provider",
            signed_in_at=None,
        )


def caller_of(person: Person) -> Caller | None:
    """What somebody who has signed in may do; None when they may not sign in any more."""
    if not person.active:
        return None
    scopes = frozenset(Scope(role) for role in person.roles if role in set(Scope))
    return Caller(id=person.id, name=person.email, scopes=scopes)


def address_of(email: str) -> str:
    """An e-mail address as people are known by it. Raises Invalid."""
    address = email.strip().lower()
    name, _, domain = address.rpartition("@")
    if not name or not domain or len(address) > 255 or not address.isprintable() or " " in address:
        raise Invalid("An e-mail address is needed, such as ana@example.com")
    return address


def _is_admin(person: Person) -> bool:
    return person.active and Scope.ADMIN in person.roles


def _nobody() -> NotFound:
    return NotFound("There is nobody with this id")
