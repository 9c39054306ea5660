"""A person's word in matching: what was answered before for a company, and where the CRM keeps the contact.

A word outranks evidence. An account that a person ruled out is set aside: the
others are judged as if it were not there. Where a person named the account,
all others are set aside. What is set aside is still shown, with its evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from matching.policy import MatchPolicy
from matching.types import (
    AccountId,
    Considered,
    DomainKind,
    EvidenceKind,
    MatchReason,
    NormalizedContact,
)

LONGEST = 256
"""Characters of a company name that tell it from others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyKey:
    """What an answer is remembered for: a company name without its legal form, and a company's domain.

    ``name`` is empty where the contact gave none, ``domain`` where its address is on
    free-mail and the like; never both.
    """

    name: str
    domain: str


def company_key(contact: NormalizedContact, policy: MatchPolicy) -> CompanyKey | None:
    """Return the name and domain that a contact stands for, None when it says neither.

    The domain is that of the e-mail, or else of the website, if it can be a company's.
    What people write where no company is meant ("n/a") is no name.
    """
    name = contact.names[0].core[:LONGEST] if contact.is_named else ""
    hosts = (
        item.registrable
        for item in contact.domains
        if item.registrable in policy.company_domains or item.kind is DomainKind.COMPANY
    )
    domain = next((host for host in hosts if host not in policy.free_domains), "")
    return CompanyKey(name=name, domain=domain) if name or domain else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What people have said about one contact, as far as the policy listens.

    ``chosen`` is the account they put it on, ``pinned`` whether they said so of
    this very contact; ``kept`` are the accounts to judge, ``aside`` the others.
    """

    chosen: AccountId | None
    pinned: bool
    kept: Considered
    aside: Considered

    @property
    def reason(self) -> MatchReason:
        """Why the chosen account is the one."""
        remembered = any(item.same and item.account_id == self.chosen for item in self.kept.remembered)
        return MatchReason.REMEMBERED if remembered else MatchReason.KEPT


def word(contact: NormalizedContact, considered: Considered, policy: MatchPolicy) -> Word:
    """Return what people have said of a contact, and the accounts considered, divided by it.

    An account ruled out is out even if the CRM has the contact on it. The
    contact's own account stands above its company's, the newer answer above the older.
    """
    if not considered.remembered and contact.account_id is None:  # as most often: nobody said anything
        none = Considered(accounts=(), corpus=considered.corpus)
        return Word(chosen=None, pinned=False, kept=considered, aside=none)
    remembered = considered.remembered if policy.level(EvidenceKind.REMEMBERED, "same") > 0 else ()
    never = {item.account_id for item in remembered if not item.same}
    present = {account.id for account in considered.accounts} - never
    own = contact.account_id if policy.level(EvidenceKind.CRM_ID, "same") > 0 else None
    said = sorted((item for item in remembered if item.same), key=lambda item: item.at, reverse=True)
    named = (own, *(item.account_id for item in said))
    chosen = next((account_id for account_id in named if account_id in present), None)
    keep = present if chosen is None else {chosen}
    return Word(
        chosen=chosen,
        pinned=chosen is not None and chosen == own,
        kept=replace(
            considered, accounts=tuple(account for account in considered.accounts if account.id in keep)
        ),
        aside=replace(
            considered,
            accounts=tuple(account for account in considered.accounts if account.id not in keep),
            remembered=tuple(item for item in remembered if not item.same),
        ),
    )
