"""The values that flow through matching: contact in, accounts considered, result out.

Everything here is a frozen value without behaviour beyond its own consistency.
`routing` may import this module and nothing else of `matching`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

AccountId = NewType("AccountId", str)
"""An account's external id: the CRM's own, kept exactly as the caller gave it."""

Scalar = str | int | float | bool | None
"""What a custom field may hold."""


class Motion(StrEnum):
    """Who made the first move."""

    INBOUND = "inbound"  # the contact came to us: a form, a chat, a trial
    OUTBOUND = "outbound"  # we went to the contact: prospecting, a list, an event badge


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person who came in, as the caller described them.

    Strings are as received (validated for length and control characters, not
    rewritten). ``account_id`` is the CRM account the contact already carries.
    """

    external_id: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    website: str | None = None
    country: str | None = None
    state: str | None = None
    city: str | None = None
    phone: str | None = None
    title: str | None = None
    employees: int | None = None
    source: str | None = None
    motion: Motion | None = None
    account_id: AccountId | None = None
    occurred_at: datetime | None = None
    custom: Mapping[str, Scalar] = field(default_factory=dict)


class DomainKind(StrEnum):
    """What kind of host an e-mail or website domain is, as evidence of a company."""

    COMPANY = "company"  # may belong to one company
    FREEMAIL = "freemail"  # consumer mail: says nothing about the company
    DISPOSABLE = "disposable"  # throw-away mail
    SHARED_HOST = "shared_host"  # site builders, public suffixes of the private section
    SUSPECT = "suspect"  # mixed scripts or confusable letters: never equal to a clean domain
    NONE = "none"  # no usable domain: an address literal, a single label, a bare suffix


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDomain:
    """A domain found on a contact, reduced to the part that is registered.

    ``registrable`` is lower-case ASCII (A-labels), empty when ``kind`` is NONE.
    """

    host: str
    registrable: str
    kind: DomainKind
    origin: str  # "email", "website" or "company": an address in the field of the name


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyName:
    """A company name in the forms that comparison needs. Never empty.

    ``core`` is the name without legal form; a name that is only a legal form
    keeps it. ``tokens`` are the words of ``core`` in order; ``latin`` is
    ``core`` transliterated, equal to ``core`` for Latin names. ``words`` are
    the Latin words that carry meaning, each in the spelling that stands for
    its abbreviations and translations; never empty. ``near`` tells that who wrote it only has to do with
    the company ("ex-Acme", "consultant to Acme").
    """

    raw: str  # all else follows from it, so that it alone is hashed
    clean: str = field(hash=False)
    core: str = field(hash=False)
    latin: str = field(hash=False)
    tokens: tuple[str, ...] = field(hash=False)
    legal_forms: tuple[str, ...] = field(hash=False)
    words: tuple[str, ...] = field(hash=False)
    near: bool = field(default=False, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalizedContact:
    """A contact in the one form that keys, features and stored decisions use."""

    email: str | None  # lower-case, A-label domain; None when unusable
    domains: tuple[ContactDomain, ...]  # e-mail first, then website
    names: tuple[CompanyName, ...]  # the typed company, then what it says besides ("dba", brackets)
    country: str | None  # ISO 3166-1 alpha-2, upper case
    state: str | None
    city: str | None
    phone: str | None  # digits with leading +, None when unusable
    account_id: AccountId | None
    flags: tuple[str, ...] = ()  # what was odd about the input, e.g. "email_unusable"

    @property
    def is_named(self) -> bool:
        """Whether a company name is given, and not what people write where no company is meant ("n/a")."""
        return bool(self.names) and "company_placeholder" not in self.flags

    @property
    def is_near(self) -> bool:
        """Whether the company given is one that the contact only has to do with ("ex-Acme")."""
        return bool(self.names) and self.names[0].near

    @property
    def is_suspect(self) -> bool:
        """Whether letters of it imitate others, so that a person must look."""
        return any(flag.startswith("suspect") for flag in self.flags)


class DomainSource(StrEnum):
    """Where an account's domain came from."""

    WEBSITE = "website"  # the account's own website field
    GIVEN = "given"  # listed on the account by the CRM or an import
    ENRICHED = "enriched"  # an alias that a data provider knows of
    NAME = "name"  # the account is called by an address
    PERSON = "person"  # set or confirmed by someone in the console
    CONTACT = "contact"  # learned from contacts of the account


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDomain:
    """One domain of an account. ``support`` counts the contacts that back it."""

    domain: str  # registrable, lower-case ASCII
    source: DomainSource
    support: int = 0
    quarantined: bool = False  # learned, not supported enough to be evidence
    part: str | None = None  # the host below it that is all the account is known to have of it


class AliasKind(StrEnum):
    """What another name of an account is."""

    FORMER = "former"  # it was called so
    BRAND = "brand"  # what it sells under
    TRANSLATION = "translation"  # its name in another language or script
    ACRONYM = "acronym"  # its initials, or a short name
    DBA = "dba"  # it does business under it
    OTHER = "other"  # nothing is said of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """Another name of an account. ``source`` tells who said so, as the caller names it ("registry")."""

    name: str
    kind: AliasKind = AliasKind.OTHER
    source: str = "given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as matching sees it: who it is, not who owns it."""

    id: AccountId
    name: str
    aliases: tuple[str, ...] = ()  # former names, brands, translations
    alias_kinds: tuple[AliasKind, ...] = ()  # what each alias is; empty where nothing is said of any
    domains: tuple[AccountDomain, ...] = ()
    site: str | None = None  # the host of its website where that is only a part of its domain: ng.nestle.com
    country: str | None = None
    state: str | None = None
    city: str | None = None
    phone: str | None = None
    parent_id: AccountId | None = None
    lifecycle: str | None = None
    tier: str | None = None


class EvidenceKind(StrEnum):
    """A reason for or against a candidate. One feature function each, in `matching.features`."""

    PRIOR = "prior"  # before anything is known: most accounts are not the right one
    DOMAIN = "domain"  # the account owns a domain of the contact
    DOMAIN_PART = "domain_part"  # the account has a host of the contact's domain, not all of it
    DOMAIN_SIBLING = "domain_sibling"  # the same domain name under another ending
    DOMAIN_OTHER = "domain_other"  # contact and account have unrelated domains
    DOMAIN_OWNER = "domain_owner"  # another account owns the contact's domain
    DOMAIN_NAME = "domain_name"  # the contact's domain spells the account's name
    DOMAIN_CONTACT = "domain_contact"  # the contact's domain spells its own company name, not the account's
    ACCOUNT_DOMAIN_NAME = "account_domain_name"  # the account's domain spells the contact's company name
    NAME_SAME = "name_same"  # the company names are the same
    NAME_WORDS = "name_words"  # how much of the two names' words agree
    NAME_SPELLING = "name_spelling"  # how alike the two names are letter by letter
    NAME_MISSING = "name_missing"  # telling words of the contact's company that the account lacks
    NAME_EXTRA = "name_extra"  # telling words of the account's name that the contact lacks
    NAME_SWAPPED = "name_swapped"  # each name has a telling word that the other lacks
    NAME_KIND = "name_kind"  # the names say that they are different kinds of organisation
    NAME_NATION = "name_nation"  # a country in a name agrees with the other side or not
    NAME_NUMBERS = "name_numbers"  # numbers in the names differ
    NAME_INITIALS = "name_initials"  # one name is the initials of the other
    NAME_NEAR = "name_near"  # the contact says to have to do with the company, not to be of it
    NAME_PLACE = "name_place"  # the names have nothing telling in common but where one of them is
    NAME_PLACEHOLDER = "name_placeholder"  # the company given is what people write for none
    NAME_PART = "name_part"  # only a part of the contact's company fits; what is left out tells
    NAME_START = "name_start"  # one name begins with the other
    NAME_RARITY = "name_rarity"  # how rare the shared words are among all accounts
    NAME_TAKEN = "name_taken"  # another account fits the contact's company name better
    NAME_TWIN = "name_twin"  # another account has the same name
    NAME_CROWD = "name_crowd"  # how many other accounts have a name like it
    NAME_ABSENT = "name_absent"  # the contact gave no company name
    LEGAL_FORM = "legal_form"  # legal forms agree or not
    COUNTRY = "country"  # countries agree or not
    CITY = "city"  # cities agree or not
    STATE = "state"  # states agree or not
    PHONE = "phone"  # the same phone number
    CRM_ID = "crm_id"  # the contact already carries this account's id
    REMEMBERED = "remembered"  # a person answered for this company name and domain before
    RIVALS = "rivals"  # other accounts fit as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One reason for (points above 0) or against (below 0) a candidate.

    Points are natural-log odds; the points of a candidate add up to its score.
    """

    kind: EvidenceKind
    points: float
    contact_value: str | None
    account_value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An account that was considered, with what spoke for and against it."""

    account_id: AccountId
    account_name: str
    points: float  # log-odds; the sum of the evidence
    score: float  # calibrated probability, 0..1, that this is the right account
    evidence: tuple[Evidence, ...]


class MatchOutcome(StrEnum):
    """What the matcher concluded about a contact."""

    MATCHED = "matched"  # one account, sure enough to act on without a person
    REVIEW = "review"  # a likely account that a person should confirm
    UNMATCHED = "unmatched"  # no account is likely enough to be worth a look


class MatchReason(StrEnum):
    """Why the outcome is what it is. The explanation has a sentence for every member."""

    CLEAR = "clear"  # the best candidate is above the threshold and ahead of the next
    TIE_BROKEN = "tie_broken"  # close candidates, separated by a tie-breaker of the policy
    REMEMBERED = "remembered"  # a person put this company name and domain on the account
    KEPT = "kept"  # the contact itself was put on the account, in the CRM or by a person here
    RULED_OUT = (
        "ruled_out"  # a person said of every account that resembles the contact that it is not the one
    )
    TOO_CLOSE = "too_close"  # the best two are too close to call
    NAMESAKES = "namesakes"  # several accounts have the name, and at most the place tells them apart
    UNCERTAIN = "uncertain"  # the best candidate is between the two thresholds
    CONFLICT = "conflict"  # strong evidence points to different accounts
    SHARED_DOMAIN = "shared_domain"  # a domain that several accounts share, and no name to decide
    SUSPECT_INPUT = "suspect_input"  # confusable letters: never matched without a person
    NO_CANDIDATE = "no_candidate"  # nothing in the accounts resembles the contact
    BELOW_REVIEW = "below_review"  # candidates exist, none likely enough


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchResult:
    """The account a contact belongs to, and why.

    ``candidates`` keeps every account worth showing, best first; those that a
    person's word set aside come after the others. ``account_id``
    is the best candidate when the outcome is MATCHED or REVIEW, else None;
    ``score`` is that candidate's probability (0 when there is none).
    ``decisive`` names the tie-breaker when the reason is TIE_BROKEN.
    """

    outcome: MatchOutcome
    reason: MatchReason
    account_id: AccountId | None
    score: float
    candidates: tuple[Candidate, ...]
    decisive: str | None
    policy_version: str

    def __post_init__(self) -> None:
        if (self.account_id is None) != (self.outcome is MatchOutcome.UNMATCHED):
            raise ValueError(f"{self.outcome} with account_id={self.account_id!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The blocking keys of one name-bearing record.

    ``domains`` are registrable domains; ``names`` are 48-bit hashes of
    whole names and of their parts, whose rarity ranks the accounts that share
    them. The kind of a key is part of what is hashed.
    """

    domains: frozenset[str]
    names: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """What the whole set of accounts says, that one candidate does not show.

    ``accounts`` is the number of accounts; ``domain_accounts`` how many
    accounts carry a domain, ``domain_names`` how many unlike core names among
    them; ``frequency`` how many accounts carry a fuzzy key (absent: at most a
    few). Only the keys and domains that this contact's candidates touch are in it.
    """

    accounts: int
    domain_accounts: Mapping[str, int]
    domain_names: Mapping[str, int]
    frequency: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What a person answered before for the contact's company name and domain about one account.

    ``same``: contacts of this company belong to the account; otherwise they never do.
    """

    account_id: AccountId
    same: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """The accounts found for one contact, with what the whole set and people's answers say of them."""

    accounts: tuple[Account, ...]
    corpus: Corpus
    remembered: tuple[Remembered, ...] = ()
