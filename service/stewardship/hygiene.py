"""The hygiene report: what is wrong with the accounts, and keeps contacts from being matched well."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rapidfuzz.distance import Indel
from sqlalchemy import Connection

from matching.names import parse, squash
from matching.policy import MatchPolicy
from service.db import hygiene as db
from service.db.domain_verdicts import SUPPORT_NEEDED
from service.db.hygiene import Group, Listed

ALIKE = 0.85
"""Least likeness, letter by letter, of two names on one domain that may be one company's."""

_COMPARED = 40
_ROUNDS = 10
_LOWEST = -(2**63)


class Kind(StrEnum):
    """What the report can look for."""

    DUPLICATES = "duplicates"  # accounts that may be one company
    SHARED_DOMAINS = "shared_domains"  # domains on several accounts
    NO_DOMAIN = "no_domain"  # accounts without a domain
    QUARANTINED_DOMAINS = "quarantined_domains"  # learned domains that wait for support
    GARBAGE_DOMAINS = "garbage_domains"  # domains on so many unlike names that they are no evidence


class Why(StrEnum):
    """What makes it a finding. The report has a sentence for every member."""

    SAME_NAME = "same_name"
    SAME_DOMAIN = "same_domain"
    SHARED = "shared"
    NO_DOMAIN = "no_domain"
    QUARANTINED = "quarantined"
    GARBAGE = "garbage"


SENTENCES: dict[Why, str] = {
    Why.SAME_NAME: "{count} accounts have the same name in the same country",
    Why.SAME_DOMAIN: "{count} accounts on {domain} have names that are alike",
    Why.SHARED: "{domain} is on {count} accounts, so it does not tell which is meant",
    Why.NO_DOMAIN: "no domain: contacts are found by the company name alone",
    Why.QUARANTINED: "{domain} came with {figure} contact, and counts from {needed} on",
    Why.GARBAGE: "{domain} is on accounts of {figure} unlike names, so it is not used",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong. ``accounts`` are the first of ``count``.

    ``figure`` is the number of contacts that back a learned domain, or of unlike
    names on a garbage domain.
    """

    why: Why
    domain: str | None
    count: int
    figure: int | None
    accounts: tuple[Listed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Findings of one kind; ``next_cursor`` is None on the last page.

    A page may have fewer findings than asked for, or none, and still not be the last.
    """

    findings: tuple[Finding, ...]
    next_cursor: str | None


class BadCursor(ValueError):
    """A cursor that is none of the report's."""


def in_words(finding: Finding) -> str:
    """A finding in one sentence."""
    return SENTENCES[finding.why].format(
        count=finding.count, domain=finding.domain, figure=finding.figure, needed=SUPPORT_NEEDED
    )


def report(connection: Connection, kind: Kind, policy: MatchPolicy, cursor: str | None, limit: int) -> Page:
    """A page of what is wrong, of one kind. Raises BadCursor."""
    place = _place(kind, cursor)
    if kind is Kind.NO_DOMAIN:
        return _without(connection, place, limit)
    if kind is Kind.QUARANTINED_DOMAINS:
        return _quarantined(connection, place, limit)
    if kind is Kind.SHARED_DOMAINS:
        return _shared(connection, place, limit)
    if kind is Kind.GARBAGE_DOMAINS:
        return _garbage(connection, place, limit, policy.max_names_on_domain)
    return _duplicates(connection, place, limit)


def _without(connection: Connection, place: list[Any], limit: int) -> Page:
    rows = db.without_domain(connection, place[0], limit)
    findings = [_finding(Why.NO_DOMAIN, (account,)) for _, account in rows]
    return _page(Kind.NO_DOMAIN, findings, [rows[-1][0]] if len(rows) == limit else None)


def _quarantined(connection: Connection, place: list[Any], limit: int) -> Page:
    rows = db.quarantined(connection, (place[0], place[1]), limit)
    findings = [
        _finding(Why.QUARANTINED, (account,), domain=domain, figure=support)
        for (domain, _), account, support in rows
    ]
    return _page(Kind.QUARANTINED_DOMAINS, findings, list(rows[-1][0]) if len(rows) == limit else None)


def _shared(connection: Connection, place: list[Any], limit: int) -> Page:
    domains = db.shared_domains(connection, place[0], limit)
    groups = db.sharing(connection, domains)
    findings = [
        _finding(Why.SHARED, group.accounts, domain=domain, count=group.carriers)
        for domain, group in groups.items()
    ]
    return _page(Kind.SHARED_DOMAINS, findings, [domains[-1]] if len(domains) == limit else None)


def _garbage(connection: Connection, place: list[Any], limit: int, most: int) -> Page:
    domains = db.shared_domains(connection, place[0], limit, most=most)
    names = db.unlike_names(connection, domains)
    groups = db.on_domains(connection, [domain for domain in domains if names[domain] > most])
    findings = [
        _finding(Why.GARBAGE, group.accounts, domain=domain, count=group.carriers, figure=names[domain])
        for domain, group in groups.items()
    ]
    return _page(Kind.GARBAGE_DOMAINS, findings, [domains[-1]] if len(domains) == limit else None)


def _duplicates(connection: Connection, place: list[Any], limit: int) -> Page:
    """Namesakes first, by name key; then, by domain, accounts with alike names on a domain of their own."""
    stage, after = place
    findings: list[Finding] = []
    for _ in range(_ROUNDS):
        if stage == "name":
            keys = db.repeated_names(connection, after, limit)
            findings += [_same_name(group) for group in db.namesakes(connection, keys)]
            stage, after = ("name", keys[-1]) if len(keys) == limit else ("domain", "")
        else:
            domains = db.owned_domains(connection, after, limit)
            for domain, group in db.sharing(connection, domains, most=_COMPARED).items():
                findings += _same_domain(domain, group)
            if len(domains) < limit:
                return _page(Kind.DUPLICATES, findings, None)
            after = domains[-1]
        if len(findings) >= limit:
            break
    return _page(Kind.DUPLICATES, findings, [stage, after])


def _same_name(group: Group) -> Finding:
    return _finding(Why.SAME_NAME, group.accounts, count=group.carriers)


def _same_domain(domain: str, group: Group) -> list[Finding]:
    """The accounts on a domain whose names are alike, but for those that are namesakes anyway."""
    found = []
    for members in alike([account.name for account in group.accounts]):
        names = {(group.keys[member], group.accounts[member].country) for member in members}
        if len(names) > 1:
            accounts = tuple(group.accounts[member] for member in members)
            found.append(_finding(Why.SAME_DOMAIN, accounts, domain=domain))
    return found


def alike(names: Sequence[str]) -> list[list[int]]:
    """Groups of the places of names that are alike, each of two at least.

    Alike are names with the same words in any order, or of the same letters but
    for a few; what is alike to one of a group is in it. A name without a letter is alike to none.
    """
    parsed = [parse(name) for name in names]
    joined = [squash(each[0]) if each else "" for each in parsed]
    words = [tuple(sorted(each[0].words)) if each else () for each in parsed]
    group = list(range(len(names)))
    for left in range(len(names)):
        for right in range(left):
            if not joined[left] or not joined[right]:
                continue
            same = words[left] == words[right]
            if same or Indel.normalized_similarity(joined[left], joined[right]) >= ALIKE:
                old, new = group[left], group[right]
                group = [new if each == old else each for each in group]
    found: dict[int, list[int]] = {}
    for place, number in enumerate(group):
        found.setdefault(number, []).append(place)
    return [members for members in found.values() if len(members) > 1]


def _finding(
    why: Why,
    accounts: tuple[Listed, ...],
    *,
    domain: str | None = None,
    count: int | None = None,
    figure: int | None = None,
) -> Finding:
    return Finding(
        why=why,
        domain=domain,
        count=count if count is not None else len(accounts),
        figure=figure,
        accounts=accounts[: db.SHOWN],
    )


_STARTS: dict[Kind, tuple[Any, ...]] = {
    Kind.DUPLICATES: ("name", _LOWEST),
    Kind.SHARED_DOMAINS: ("",),
    Kind.NO_DOMAIN: (0,),
    Kind.QUARANTINED_DOMAINS: ("", 0),
    Kind.GARBAGE_DOMAINS: ("",),
}


def _page(kind: Kind, findings: Sequence[Finding], place: list[Any] | None) -> Page:
    cursor = None
    if place is not None:
        cursor = base64.urlsafe_b64encode(json.dumps([kind, *place]).encode()).decode()
    return Page(findings=tuple(findings), next_cursor=cursor)


def _place(kind: Kind, cursor: str | None) -> list[Any]:
    start = _STARTS[kind]
    if cursor is None:
        return list(start)
    try:
        named, *place = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, TypeError, binascii.Error):
        raise BadCursor from None
    if kind is Kind.DUPLICATES and place[:1] == ["domain"]:
        start = ("domain", "")
    if named != kind or len(place) != len(start) or not all(map(_like, place, start)):
        raise BadCursor
    return list(place)


def _like(given: Any, first: Any) -> bool:
    """Whether a part of a cursor can stand where ``first`` does."""
    if type(given) is not type(first):
        return False
    return "\x00" not in given if isinstance(given, str) else _LOWEST <= given < -_LOWEST
