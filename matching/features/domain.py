"""Evidence of domains: the contact's e-mail and website, the account's own, and what both spell."""

from __future__ import annotations

from matching import domains
from matching.features.holdings import is_garbage
from matching.features.seen import Look, Pair, Say, View, kin
from matching.features.sides import account_side
from matching.features.spelling import HINTS_AT, best_fit, host_fit, likeness
from matching.sites import Standing, part_of
from matching.types import Account, AccountId, EvidenceKind

Kind = EvidenceKind


def domain(seen: View) -> Look | None:
    """The account owns a domain of the contact: alone, with a few others, or as one of many.

    A learned domain without enough support is "quarantined": it counts a
    little, and everything else as if the account did not have it.
    Of an account that is a host of the domain (ng.nestle.com) the contact is in the part, or "above" it
    (nestle.com; "group" where the domain spells what the contact's company is called, and not the
    account), or "beside" it (gh.nestle.com): then the domain is not the account's. "left" is what an
    account has of the domain where the contact's host is another's part of it.
    """
    hosts = seen.hosts

    def look(pair: Pair, say: Say) -> None:
        if not pair.account.domains:
            return
        held = {item.domain: item for item in pair.account.domains}
        for host in hosts:
            if host in held:
                where = seen.held.stands(pair.account, host)
                if held[host].quarantined:
                    say(Kind.DOMAIN, "quarantined", host, host)
                elif where in (Standing.WHOLE, Standing.WITHIN):
                    say(Kind.DOMAIN, _crowd(seen.held.holders(host)), host, host)
                else:
                    say(Kind.DOMAIN_PART, where.value, host, part_of(held[host], pair.account.site) or host)
                return

    return look if hosts else None


def _crowd(count: int) -> str:
    return "sole" if count <= 1 else "few" if count <= 4 else "many"


def domain_sibling(seen: View) -> Look | None:
    """The account's domain has the same name, but for hyphens, under another ending (acme.de, acme.com)."""
    mine = list(map(domains.joined, seen.labels))

    def look(pair: Pair, say: Say) -> None:
        if pair.owns or not pair.side.labels:
            return
        theirs = list(map(domains.joined, pair.side.labels))
        for host, name in zip(seen.hosts, mine, strict=True):
            if name in theirs and seen.held.stands(pair.account, host) is Standing.WHOLE:
                owned = "claimed" if host in seen.owners else "short" if len(name) <= 4 else "long"
                last = len(theirs) - 1 - theirs[::-1].index(name)
                say(Kind.DOMAIN_SIBLING, owned, host, pair.side.domains[last].domain)
                return

    return look if seen.hosts else None


def domain_other(seen: View) -> Look | None:
    """Contact and account both have domains, and they have nothing in common.

    "claimed" where another account owns the contact's; "family" where that account leaves it to the one of
    exactly the company name.
    """
    mine = seen.labels
    names = set(map(domains.joined, mine))

    def look(pair: Pair, say: Say) -> None:
        theirs = pair.side.labels
        if not theirs or pair.owns or not names.isdisjoint(map(domains.joined, theirs)):
            return
        if seen.is_left(pair):
            level = "family"
        else:
            found = {likeness(one, two) for one in mine for two in theirs}
            level = "starts" if "starts" in found else "alike" if "alike" in found else "unlike"
        if not seen.free and level != "family":
            level += ".claimed"
        say(Kind.DOMAIN_OTHER, level, seen.hosts[0], pair.side.domains[0].domain)

    return look if mine else None


def domain_owner(seen: View) -> Look | None:
    """Another account owns the contact's domain: one of the same family, or a stranger.

    "named" where this one has exactly the contact's company name, and the owner leaves the domain to it.
    """
    owned = [(host, seen.owners[host]) for host in seen.hosts if host in seen.owners]
    sides = {pair.account.id: pair.side for pair in seen.pairs} if owned else {}
    known: dict[AccountId, set[str]] = {}

    def related(pair: Pair, owner: Account) -> bool:
        if owner.id not in known:
            known[owner.id] = (sides.get(owner.id) or account_side(owner)).telling
        return kin(pair.account, owner) or not known[owner.id].isdisjoint(pair.side.telling)

    def look(pair: Pair, say: Say) -> None:
        if pair.owns:
            return
        for host, owners in owned:
            others = [owner for owner in owners if owner.id != pair.account.id]
            if others:
                near = any(related(pair, owner) for owner in others)
                near = near or best_fit(domains.label(host), pair.side.names) >= HINTS_AT
                level = "named" if seen.is_left(pair) else "family" if near else "stranger"
                say(Kind.DOMAIN_OWNER, level, host, others[0].name)
                return

    return look if owned else None


def domain_name(seen: View) -> Look | None:
    """How well the contact's domain spells the account's name, 0..1, where no account owns the domain.

    Where the account's name is not the contact's, also how much better the
    domain spells the contact's own company name, 0..1 ("domain_contact"): the better, the less the
    name given is a slip for the account's.
    """
    free = seen.free
    own = max([(host_fit(host, seen.side.names[:1]), host) for host in free], default=(0.0, ""))

    def look(pair: Pair, say: Say) -> None:
        if pair.owns:
            return
        fit, host = max([(host_fit(host, pair.side.names), host) for host in free])
        level, held = "other" if pair.side.domains else "fresh", pair.held.name.clean
        say(Kind.DOMAIN_NAME, level, host, held, fit)
        if pair.comparison is not None and not pair.comparison.same:
            say(Kind.DOMAIN_CONTACT, "any", own[1], held, max(0.0, own[0] - fit))

    return look if free else None


def account_domain_name(seen: View) -> Look | None:
    """How well the account's domain spells the contact's company name, 0..1, where they share no domain."""
    names = seen.side.names

    def look(pair: Pair, say: Say) -> None:
        if pair.owns or not pair.side.domains:
            return
        fits = [
            (best_fit(label, names), item.domain)
            for label, item in zip(pair.side.labels, pair.side.domains, strict=True)
            if not is_garbage(item.domain, seen.corpus, seen.policy)
        ]
        if fits:
            fit, host = max(fits)
            say(Kind.ACCOUNT_DOMAIN_NAME, "any", names[0].name.clean, host, fit)

    return look if names else None
