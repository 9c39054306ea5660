"""Who has the domains of a contact, and which of them can speak for a company."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from matching import domains
from matching.features.sides import AccountSide, ContactSide
from matching.features.spelling import SPELLS, best_fit
from matching.name_side import name_side
from matching.names import parse
from matching.policy import MatchPolicy
from matching.sites import Standing, nearest, part_of
from matching.types import (
    Account,
    AccountId,
    Considered,
    ContactDomain,
    Corpus,
    DomainKind,
)

_NOT_AT = frozenset((Standing.BESIDE, Standing.GROUP))
"""Where a contact stands that is not at the account's part of a domain, nor may be."""


class Holdings(NamedTuple):
    """The accounts considered that have domains of a contact.

    ``hosts`` are the contact's domains that can speak for a company, and
    ``owners`` who owns each of its domains; ``apart`` counts who has one in
    quarantine, or another part of it than the contact's; ``standings`` tells
    where the contact stands to accounts where parts of a domain are told apart.
    """

    corpus: Corpus
    hosts: tuple[str, ...]
    owners: dict[str, tuple[Account, ...]]
    apart: Counter[str]
    standings: dict[tuple[AccountId, str], Standing]

    def holders(self, host: str) -> int:
        """Return how many accounts own a domain of the contact; who has it in quarantine owns nothing yet."""
        everywhere = self.corpus.domain_accounts.get(host, 1) - self.apart[host]
        return max(everywhere, len(self.owners.get(host, ())))

    def stands(self, account: Account, host: str) -> Standing:
        """Return where the contact stands to what an account has of one of the contact's domains."""
        return self.standings.get((account.id, host), Standing.WHOLE)

    def is_shared(self, account: Account, host: str) -> bool:
        """Tell whether others may write from an account's domain: it has several owners, or parts."""
        return self.holders(host) > 1 or self.stands(account, host) in (Standing.ABOVE, Standing.LEFT)

    def owns(self, side: AccountSide) -> bool:
        """Tell whether one of an account's trusted domains, or its part of one, is the contact's."""
        mine = [item.domain for item in side.domains if item.domain in self.hosts]
        return any(self.stands(side.account, host) not in _NOT_AT for host in mine)

    def is_part(self, side: AccountSide) -> bool:
        """Tell whether an account has but parts of the contact's domains, and the contact is above them."""
        mine = [item.domain for item in side.domains if item.domain in self.hosts]
        return all(self.stands(side.account, host) is Standing.ABOVE for host in mine)


def holdings(asking: ContactSide, considered: Considered, policy: MatchPolicy) -> Holdings:
    """Return who of the accounts considered has the domains of a contact."""
    contact = asking.contact
    wanted: dict[str, list[ContactDomain]] = {}
    for asked in contact.domains:
        if asked.registrable:
            wanted.setdefault(asked.registrable, []).append(asked)
    owners: dict[str, list[Account]] = {}
    apart: Counter[str] = Counter()
    standings: dict[tuple[AccountId, str], Standing] = {}
    depths: dict[tuple[AccountId, str], int] = {}
    for account in considered.accounts if wanted else ():
        for item in account.domains:
            if item.domain not in wanted:
                continue
            part = part_of(item, account.site)
            stands = nearest(wanted[item.domain], part)
            if stands in (Standing.ABOVE, Standing.BESIDE):
                stands = _by_names(stands, asking, account, item.domain)
            if stands is not Standing.WHOLE:
                standings[account.id, item.domain] = stands
                depths[account.id, item.domain] = len(part or "")
            if item.quarantined or stands in _NOT_AT:
                apart[item.domain] += 1
            else:
                owners.setdefault(item.domain, []).append(account)
    for host, several in owners.items():
        _leave(host, several, apart, standings, depths)
    speaking = [
        item.registrable for item in contact.domains if _is_usable(item, policy, item.registrable in owners)
    ]
    corpus = considered.corpus
    hosts = tuple(dict.fromkeys(host for host in speaking if not is_garbage(host, corpus, policy)))
    return Holdings(corpus, hosts, {host: tuple(each) for host, each in owners.items()}, apart, standings)


def _by_names(stands: Standing, asking: ContactSide, account: Account, host: str) -> Standing:
    """Return where a contact stands to a part of a domain, by whom the domain is called.

    An account that it spells exactly has all of it, wherever its website is (lab.acme.com of Acme).
    Where it spells what the contact's company is called, and the account's name less well, the contact
    is of the whole.
    """
    label = domains.label(host)
    account_fit = best_fit(label, [name_side(name) for name in parse(account.name)])
    if account_fit == 1.0:
        return Standing.WHOLE
    asked_fit = best_fit(label, asking.names[:1])
    is_group = stands is Standing.ABOVE and asked_fit >= SPELLS and asked_fit > account_fit
    return Standing.GROUP if is_group else stands


def _leave(
    host: str,
    owners: list[Account],
    apart: Counter[str],
    standings: dict[tuple[AccountId, str], Standing],
    depths: Mapping[tuple[AccountId, str], int],
) -> None:
    """Leave a domain to those owners in whose part the contact is, the smallest part, if there are any."""
    within = [each for each in owners if standings.get((each.id, host)) is Standing.WITHIN]
    deepest = max([depths[each.id, host] for each in within], default=0)
    for each in list(owners) if within else ():
        if each not in within or depths[each.id, host] < deepest:
            standings[each.id, host] = Standing.LEFT
            owners.remove(each)
            apart[host] += 1


def _is_usable(item: ContactDomain, policy: MatchPolicy, owned: bool) -> bool:
    """Tell whether a contact's domain can speak for a company under a policy.

    A domain on the free-mail lists that an account owns speaks for it, unless it is a large provider.
    """
    host = item.registrable
    if not host or host in policy.free_domains:
        return False
    if host in policy.company_domains or item.kind is DomainKind.COMPANY:
        return True
    return item.kind is DomainKind.FREEMAIL and owned and not domains.is_major_freemail(host)


def is_garbage(host: str, corpus: Corpus, policy: MatchPolicy) -> bool:
    """Tell whether a domain is on accounts of so many unlike names that it is nobody's."""
    return corpus.domain_names.get(host, 0) > policy.max_names_on_domain
