"""Evidence of domains: the contact's e-mail and website, the account's own, and what both spell."""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz.distance import Indel

from matching import domains, words
from matching.features.seen import Observation, Pair, View, is_garbage
from matching.features.sides import account_names
from matching.features.spelling import best_fit, host_fit
from matching.types import Account, EvidenceKind

Kind = EvidenceKind


def domain(pair: Pair, seen: View) -> Iterator[Observation]:
    """The account owns a domain of the contact: alone, with a few others, or as one of many.

    A learned domain without enough support is "quarantined": it counts a
    little, and everything else as if the account did not have it.
    """
    held = {item.domain: item for item in pair.account.domains}
    for host in seen.hosts:
        if host in held:
            if held[host].quarantined:
                level = "quarantined"
            else:
                level = _crowd(max(seen.corpus.domain_accounts.get(host, 1), len(seen.owners.get(host, ()))))
            yield Observation(Kind.DOMAIN, level, host, host)
            return


def _crowd(count: int) -> str:
    return "sole" if count <= 1 else "few" if count <= 4 else "many"


def domain_sibling(pair: Pair, seen: View) -> Iterator[Observation]:
    """The account's domain has the same name under another ending (acme.de, acme.com)."""
    if pair.owns:
        return
    held = {label: item.domain for label, item in zip(pair.side.labels, pair.side.domains, strict=True)}
    for host, name in zip(seen.hosts, seen.labels, strict=True):
        if name in held:
            owned = "claimed" if host in seen.owners else "short" if len(name) <= 4 else "long"
            yield Observation(Kind.DOMAIN_SIBLING, owned, host, held[name])
            return


def domain_other(pair: Pair, seen: View) -> Iterator[Observation]:
    """Contact and account both have domains, and they have nothing in common."""
    mine, theirs = seen.labels, pair.side.labels
    if not mine or not theirs or set(mine) & set(theirs) or pair.owns:
        return
    alike = max(Indel.normalized_similarity(one, two) for one in mine for two in theirs)
    starts = any(
        min(len(one), len(two)) >= 4 and (one.startswith(two) or two.startswith(one))
        for one in mine
        for two in theirs
    )
    level = "starts" if starts else "alike" if alike >= 0.75 else "unlike"
    yield Observation(Kind.DOMAIN_OTHER, level, seen.hosts[0], pair.side.domains[0].domain)


def domain_owner(pair: Pair, seen: View) -> Iterator[Observation]:
    """Another account owns the contact's domain: one of the same family, or a stranger."""
    if pair.owns:
        return
    for host in seen.hosts:
        owners = [account for account in seen.owners.get(host, ()) if account.id != pair.account.id]
        if owners:
            kin = any(_related(pair.account, owner) for owner in owners)
            level = "family" if kin or best_fit(domains.label(host), pair.side.names) >= 0.6 else "stranger"
            yield Observation(Kind.DOMAIN_OWNER, level, host, owners[0].name)
            return


def _related(one: Account, two: Account) -> bool:
    if (
        one.parent_id == two.id
        or two.parent_id == one.id
        or (one.parent_id and one.parent_id == two.parent_id)
    ):
        return True
    mine = {word for name in account_names(one) for word in name.words if words.weight(word) == 1.0}
    theirs = {word for name in account_names(two) for word in name.words if words.weight(word) == 1.0}
    return bool(mine & theirs)


def domain_name(pair: Pair, seen: View) -> Iterator[Observation]:
    """How well the contact's domain spells the account's name, 0..1, where no account owns the domain."""
    if pair.owns:
        return
    if seen.free:
        fit, host = max((host_fit(host, pair.side.names), host) for host in seen.free)
        level = "other" if pair.side.domains else "fresh"
        yield Observation(Kind.DOMAIN_NAME, level, host, pair.held.clean, fit)


def domain_contact(pair: Pair, seen: View) -> Iterator[Observation]:
    """How well the contact's domain, which is nobody's, spells the contact's own company name, 0..1.

    Asked where the account's name is another: the better the domain fits the
    name given, the less the name is a slip for the account's.
    """
    if pair.comparison is None or pair.comparison.same or pair.owns:
        return
    if seen.free:
        fit, host = max((host_fit(host, seen.contact.names[:1]), host) for host in seen.free)
        theirs = max(host_fit(host, pair.side.names) for host in seen.free)
        yield Observation(Kind.DOMAIN_CONTACT, "any", host, pair.held.clean, max(0.0, fit - theirs))


def account_domain_name(pair: Pair, seen: View) -> Iterator[Observation]:
    """How well the account's domain spells the contact's company name, 0..1, where they share no domain."""
    if not seen.contact.names or pair.owns:
        return
    usable_domains = [
        item.domain for item in pair.side.domains if not is_garbage(item.domain, seen.corpus, seen.policy)
    ]
    if usable_domains:
        fit, host = max((best_fit(domains.label(host), seen.contact.names), host) for host in usable_domains)
        yield Observation(Kind.ACCOUNT_DOMAIN_NAME, "any", seen.contact.names[0].clean, host, fit)
