"""Rows of files as matching's values, for matching files without a database.

Nearly every row is printable text of ordinary length: for those this does in a
fraction of the time what `rows` does through the records of the API, with the
same result. All others go that way. Columns that matching does not use are not
read, so what is wrong in them leaves no row out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from matching.normalize import domain_in_name, listed_domain, normalize, own_domain
from matching.places import country_code
from matching.sites import held_as, site_of
from matching.types import (
    Account,
    AccountDomain,
    AccountId,
    AliasKind,
    Contact,
    DomainSource,
    NormalizedContact,
)
from service.db.account_state import alias_kinds, apply, as_matching
from service.db.upserts import Refused
from service.imports import cells, rows
from service.imports.headers import Columns, Kind, named, recognise
from service.imports.reading import Format, Source, Unreadable
from service.imports.rows import Fault, Read
from service.records.accounts import AccountRecord
from service.records.contacts import ContactIn, says_enough

WHENEVER = datetime(2000, 1, 1, tzinfo=UTC)  # a file without times says what is so now, whenever that is

_OF_ACCOUNT = {
    "external_id": 255, "name": 256, "aliases": 199, "website": 2048, "domains": 998, "country": 128,
    "state": 128, "city": 128, "phone": 64, "parent_id": 255, "lifecycle": 64, "tier": 64,
}  # fmt: skip
"""What matching uses of an account, and how long a cell of it may be to be read quickly."""

_MAY_LACK = ("country", "domains", "website")

_TIMES = ("tier_from", "tier_until")

_OF_CONTACT = {
    "external_id": 255, "email": 320, "company": 256, "website": 2048, "country": 128, "state": 128,
    "city": 128, "phone": 64, "account_id": 255,
}  # fmt: skip


_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_.+-]{1,64}")
"""What of an e-mail address says nothing to matching but that there is one."""

_NAMED_BY = {"external_id", "name"}
_MATCHED_BY = {"email", "company", "website", "phone", "account_id"}


class Reader:
    """Reads the rows of one file of accounts or of contacts."""

    def __init__(self, kind: Kind, source: Source) -> None:
        """Raises Unreadable where the columns of a file do not say what matching needs."""
        self._kind = kind
        used = {**_OF_ACCOUNT, **dict.fromkeys(_TIMES, 0)} if kind is Kind.ACCOUNTS else _OF_CONTACT
        columns = recognise(kind, source.headers)
        if source.format is Format.CSV:
            _check(kind, columns)
        fields = {place: field for place, field in columns.fields.items() if field in used}
        self._columns = replace(columns, fields=fields) if source.format is Format.CSV else None
        self._cells = [(field, place, used[field]) for place, field in fields.items()]
        places = {field: place for place, field in fields.items()}
        self._may_lack = [places.get(field, -1) for field in _MAY_LACK]

    def account(self, line: int, value: Any) -> Account | None:
        """The account of a row, None when it cannot be read."""
        said = self._said(value)
        if said is None or "external_id" not in said or "name" not in said:
            return _account(self._record(Kind.ACCOUNTS, line, value))
        country, parent = said.get("country"), said.get("parent_id")
        aliases = _aliases(said["aliases"]) if "aliases" in said else {}
        return Account(
            id=AccountId(said["external_id"]),
            name=said["name"],
            aliases=tuple(aliases),
            alias_kinds=alias_kinds(list(aliases.values())) if aliases else (),
            domains=domains_of(said["name"], said.get("website"), said.get("domains"), aliases),
            site=site_of(said["website"]) if "website" in said else None,
            country=country_code(country) if country else None,
            state=said.get("state"),
            city=said.get("city"),
            phone=said.get("phone"),
            parent_id=AccountId(parent) if parent else None,
            lifecycle=said.get("lifecycle"),
            tier=said.get("tier"),
        )

    def left_out(self, line: int, value: Any, account: Account) -> tuple[Fault, ...]:
        """What is wrong with a row's country and domains, where the account goes without them."""
        if isinstance(value, list):
            listed = self._may_lack[1]
            as_most = account.country and account.domains and not (0 <= listed < len(value) and value[listed])
            if as_most or not self._lacks(value, account):
                return ()
        return tuple([fault for fault in self._read(Kind.ACCOUNTS, line, value).faults if fault.left_out])

    def _lacks(self, row: list[str], account: Account) -> bool:
        """Tell whether an account may have less than its row says of its country and domains."""
        country, listed, website = [row[at].strip() if 0 <= at < len(row) else "" for at in self._may_lack]
        domains = len(account.domains)
        return bool(
            (country and account.country is None)
            or (listed and domains < len(cells.domains(listed)))
            or (website and not domains)
        )

    def contact(self, line: int, value: Any) -> NormalizedContact | None:
        """The contact of a row, None when it cannot be read or has nothing to match by."""
        said = self._said_of_contact(value)
        if said is None:
            return _contact(self._record(Kind.CONTACTS, line, value))
        carried = said.get("account_id")
        contact = Contact(
            email=said.get("email"),
            company=said.get("company"),
            website=said.get("website"),
            country=said.get("country"),
            state=said.get("state"),
            city=said.get("city"),
            phone=said.get("phone"),
            account_id=AccountId(carried) if carried else None,
        )
        found = normalize(contact)
        return found if "external_id" in said or says_enough(found) else None

    def question(self, value: Any) -> bytes | None:
        """What the match of a contact's row rests on, the same for colleagues; None if that is all of it."""
        said = self._said_of_contact(value)
        if said is None or said.pop("external_id", None) is None:
            return None
        if email := said.get("email"):
            local, _, said["email"] = email.rpartition("@")
            if not _PLAIN_LOCAL.fullmatch(local):
                return None
        return blake2b(repr(said).encode(), digest_size=16).digest()

    def name(self, line: int, value: Any) -> str:
        """The id of a row in its file, or its line when it has none."""
        if isinstance(value, dict):
            return str(value.get("external_id") or "") or f"line {line}"
        place = next((place for field, place, _ in self._cells if field == "external_id"), None)
        named = cells.said(value[place]) if value and place is not None and place < len(value) else ""
        return named or f"line {line}"

    def faults(self, line: int, value: Any, problem: str | None) -> tuple[Fault, ...]:
        """What is wrong with a row that is no account or contact; ``problem`` where it is no row at all."""
        if problem is None:
            read = self._read(self._kind, line, value)
            if read.record is None:
                return read.faults
            problem = _lacking(self._kind)
        return (Fault(line=line, column=None, problem=problem),)

    def _record(self, kind: Kind, line: int, value: Any) -> object:
        """The record of a row, None when it cannot be read."""
        return None if value is None else self._read(kind, line, value).record

    def _read(self, kind: Kind, line: int, value: Any) -> Read:
        if self._columns is None:
            return rows.validated(kind, line, value, {})
        return rows.from_cells(kind, self._columns, line, value)

    def _said_of_contact(self, value: Any) -> dict[str, str] | None:
        """What a contact's row says by field, None also where its website may be read in two ways."""
        said = self._said(value)
        website = said.get("website") if said else None
        return None if website and ("\\" in website or "@" in website) else said

    def _said(self, value: Any) -> dict[str, str] | None:
        """What a row of cells says by field, where all of it is printable, short enough and no formula."""
        if not isinstance(value, list):
            return None
        said = {}
        width = len(value)
        for field, place, longest in self._cells:
            if place < width and (cell := value[place].strip()):
                if len(cell) > longest or cell[0] in "'#=" or not cell.isprintable():
                    return None
                said[field] = cell
        return said


def _check(kind: Kind, columns: Columns) -> None:
    """Raise Unreadable unless the columns say what an account needs, or what a contact can be matched by."""
    known = set(columns.fields.values())
    if known.isdisjoint(_MATCHED_BY) if kind is Kind.CONTACTS else not known >= _NAMED_BY:
        raise Unreadable(
            f"The {kind} have no column for that: {_lacking(kind)}. Columns: {named(columns.headers)}."
            " docs/imports.md lists the headers that are known"
        )


def _lacking(kind: Kind) -> str:
    """What a row or a file lacks that has nothing wrong in it, and cannot be used for matching."""
    return (
        "an account needs an id and a name"
        if kind is Kind.ACCOUNTS
        else ("a contact needs one of email, company and website to be matched by")
    )


def _account(record: object) -> Account | None:
    if not isinstance(record, AccountRecord):
        return None
    try:
        return as_matching(apply(None, record, WHENEVER), WHENEVER)
    except Refused:
        return None


def _contact(record: object) -> NormalizedContact | None:
    return normalize(record.contact()) if isinstance(record, ContactIn) else None


def _aliases(cell: str) -> dict[str, AliasKind]:
    """What each alias of a cell is, by name."""
    found: dict[str, AliasKind] = {}
    for each in cells.aliases(cell):
        kind = each.get("kind")
        found[each["name"]] = AliasKind(kind) if kind else found.get(each["name"], AliasKind.OTHER)
    return {name: found[name] for name in sorted(found)}


def domains_of(
    name: str, website: str | None, listed: str | None, aliases: Iterable[str] = ()
) -> tuple[AccountDomain, ...]:
    """The domains that the cells of an account say, each once with the source most to be trusted."""
    found: dict[str, AccountDomain] = {}
    if called := domain_in_name(name):
        found[called] = AccountDomain(domain=called, source=DomainSource.NAME)
    names = (name, *aliases)
    if listed:
        own = filter(None, [listed_domain(each, names) for each in cells.domains(listed)])
        found |= {each.domain: each for each in held_as(own, DomainSource.GIVEN)}
    if website and (site := own_domain(website, names)):
        found[site] = AccountDomain(domain=site, source=DomainSource.WEBSITE)
    return tuple([found[domain] for domain in sorted(found)])
