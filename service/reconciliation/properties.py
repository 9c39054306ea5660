"""What is known of an account in the reconciliation service: who it is, never whose it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.db.account_state import AccountState, one_each

TYPE: Mapping[str, str] = {"id": "account", "name": "Account"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A property of accounts. ``asks`` is the field of the contact that a query's value fills, if any."""

    id: str
    name: str
    description: str
    asks: str | None
    values: Callable[[AccountState], Sequence[str]]

    def shown(self) -> dict[str, str]:
        """As suggest and proposals answer it."""
        return {"id": self.id, "name": self.name, "description": self.description}


def _one(value: str | None) -> Sequence[str]:
    return (value,) if value else ()


PROPERTIES: Mapping[str, Property] = {
    each.id: each
    for each in (
        Property(
            id="domain",
            name="Domain",
            description="A domain or website of the company",
            asks="website",
            values=lambda a: [each.domain for each in one_each(a.domains) if not each.quarantined],
        ),
        Property(
            id="email",
            name="E-mail",
            description="The address of somebody who works there (for queries only)",
            asks="email",
            values=lambda _: (),
        ),
        Property(
            id="country",
            name="Country",
            description="ISO 3166 code or name",
            asks="country",
            values=lambda a: _one(a.country),
        ),
        Property(
            id="state",
            name="State",
            description="State, province or region",
            asks="state",
            values=lambda a: _one(a.state),
        ),
        Property(id="city", name="City", description="City", asks="city", values=lambda a: _one(a.city)),
        Property(
            id="phone",
            name="Phone",
            description="A telephone number of the company",
            asks="phone",
            values=lambda a: _one(a.phone),
        ),
        Property(
            id="name", name="Name", description="The account's name", asks=None, values=lambda a: (a.name,)
        ),
        Property(
            id="alias",
            name="Also called",
            description="Former names, brands, translations",
            asks=None,
            values=lambda a: [alias.name for alias in a.aliases],
        ),
        Property(
            id="website",
            name="Website",
            description="Website",
            asks="website",
            values=lambda a: _one(a.website),
        ),
        Property(
            id="parent",
            name="Parent",
            description="The id of the account above",
            asks=None,
            values=lambda a: _one(a.parent),
        ),
    )
}


def suggested(prefix: str) -> list[dict[str, str]]:
    """The properties whose name or id has a word that begins like ``prefix``."""
    wanted = prefix.casefold().strip()
    return [
        each.shown()
        for each in PROPERTIES.values()
        if any(word.startswith(wanted) for word in (each.id, *each.name.casefold().split()))
    ]


def extension(states: Sequence[AccountState], ids: Sequence[str], wanted: Sequence[str]) -> dict[str, Any]:
    """The answer of data extension: a row for each id asked for, a list of values for each property.

    An id that no account has, and a property that there is not, have no values.
    """
    known = {str(state.external_id): state for state in states}
    meta = [{"id": each, "name": PROPERTIES[each].name if each in PROPERTIES else each} for each in wanted]
    rows = {
        key: {each: [{"str": value} for value in _values(known.get(key), each)] for each in wanted}
        for key in ids
    }
    return {"meta": meta, "rows": rows}


def _values(state: AccountState | None, wanted: str) -> Sequence[str]:
    return PROPERTIES[wanted].values(state) if state is not None and wanted in PROPERTIES else ()
