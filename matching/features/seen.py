"""A contact and the accounts looked at closely, compared once: what every feature reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

from matching import domains, words
from matching.candidates import worth_comparing
from matching.compare import LOOSE, NameComparison, Worths, compare
from matching.features.holdings import Holdings, holdings
from matching.features.rarity import Rarities
from matching.features.sides import AccountSide, ContactSide, contact_side
from matching.features.spelling import HINTS_AT, SPELLS, best_fit, likeness
from matching.name_side import NameSide
from matching.policy import MatchPolicy
from matching.sites import Standing
from matching.types import (
    Account,
    AccountId,
    Considered,
    Corpus,
    EvidenceKind,
    NormalizedContact,
    Remembered,
)


class Observation(NamedTuple):
    """What a feature saw. ``value`` is the figure of graded evidence, read on the curve "kind.level"."""

    kind: EvidenceKind
    level: str
    contact_value: str | None = None
    account_value: str | None = None
    value: float | None = None


class Say(Protocol):
    """What takes in an observation: the fields of `Observation`."""

    def __call__(
        self,
        kind: EvidenceKind,
        level: str,
        contact_value: str | None = None,
        account_value: str | None = None,
        value: float | None = None,
        /,
    ) -> None: ...


class Pair(NamedTuple):
    """A contact's names compared with one account's; `held` is the account's name that fits best.

    ``owns`` says that one of the account's trusted domains, or its part of one, may be the contact's.
    ``strength`` is how well the names agree, 0..1; 0 without a name to compare.
    ``left_out`` is the heaviest word of the contact's main name that is not
    the account's, where only a part of it fits.
    """

    account: Account
    side: AccountSide
    owns: bool
    asked: NameSide | None
    held: NameSide
    comparison: NameComparison | None
    strength: float = 0.0
    left_out: float | None = None


FAINT = 0.05
"""A word that says less than this tells no two organisations apart."""

TELLING = 0.3
"""How much a word says at least that tells two organisations apart."""

_AHEAD = 0.05  # how much better in strength a name fits at least that is another's

Look = Callable[[Pair, Say], None]
"""What looks at one account and says its observations."""


@dataclass(frozen=True)
class View:
    """A contact among the accounts that are looked at closely, and what all accounts say."""

    contact: NormalizedContact
    side: ContactSide
    corpus: Corpus
    policy: MatchPolicy
    rarities: Rarities
    held: Holdings
    labels: tuple[str, ...]  # the name part of each of the contact's hosts
    pairs: tuple[Pair, ...]
    remembered: dict[AccountId, Remembered]

    @property
    def hosts(self) -> tuple[str, ...]:
        """The contact's domains that can speak for a company."""
        return self.held.hosts

    @property
    def owners(self) -> dict[str, tuple[Account, ...]]:
        """Who owns each domain of the contact, among all considered."""
        return self.held.owners

    @cached_property
    def free(self) -> tuple[str, ...]:
        """The contact's hosts that no account owns."""
        return tuple([host for host in self.hosts if host not in self.owners])

    @cached_property
    def free_labels(self) -> tuple[str, ...]:
        """The name part of each host that no account owns."""
        return tuple(map(domains.label, self.free))

    @cached_property
    def ranked(self) -> tuple[Pair, ...]:
        """The two accounts that fit the contact's company name best; of equals the lower id."""
        return tuple(sorted(self.pairs, key=lambda pair: (-pair.strength, pair.account.id))[:2])

    @cached_property
    def bearers(self) -> tuple[Pair, ...]:
        """The accounts that have exactly the contact's company name."""
        same = ("core", "joined", "words")
        return tuple(
            [
                pair
                for pair in self.pairs
                if pair.comparison and pair.comparison.same in same and pair.asked is self.side.names[0]
            ]
        )

    @cached_property
    def outdone(self) -> frozenset[AccountId]:
        """The accounts that own a domain of the contact and must leave it to one of exactly its company name.

        Their own name (no alias) is the company name without a word or more (Larkspur, of Larkspur Police),
        or they are kin of the bearer by their parents: a domain of a family says nothing inside it. Not
        where the bearer is their parent: people of a subsidiary write the name of the group, too. Or theirs
        is but a part of a domain that spells the company name, and the contact is above it.
        """
        bearers = [pair.account for pair in self.bearers]
        if not bearers:
            return frozenset()
        spelled = any(best_fit(label, self.side.names[:1]) >= SPELLS for label in self.labels)
        return frozenset(
            [
                pair.account.id
                for pair in self.pairs
                if pair.owns
                and (names := pair.comparison)
                and not names.same
                and pair.asked is self.side.names[0]
                and (
                    _is_shorter(pair, names)
                    or (spelled and self.held.is_part(pair.side))
                    or any(_leaves_to(pair.account, each) for each in bearers)
                )
            ]
        )

    @cached_property
    def disputed(self) -> dict[AccountId, str]:
        """The accounts that own a domain of the contact whose company name is another's, and how surely.

        "exactly": another has exactly the name, and the owner lacks a word of it or says it in another way.
        "better": the owner lacks a telling word of the company name, and another account has all of that
        name, or nothing but words of it, that one among them (DeepMind, of Google DeepMind).
        """
        is_told = self.contact.is_named and not self.contact.is_near
        owners = [pair for pair in self.pairs if pair.owns] if is_told else []
        said = {pair.account.id: self._disputes(pair) for pair in owners}
        return {owner: how for owner, how in said.items() if how and owner not in self.outdone}

    def _disputes(self, owner: Pair) -> str | None:
        names = owner.comparison
        if names is None or (names.same and names.same not in LOOSE):
            return None
        if others := self.others(owner):
            other = names.missing >= FAINT or _is_other(owner, names, others)
            return "exactly" if names.same or other else None
        if names.missing < TELLING or self._is_spelled(owner):
            return None
        others = [other for other in self.pairs if not other.owns and other.comparison]
        return "better" if any(_fits_better(other, owner) for other in others) else None

    def _is_spelled(self, owner: Pair) -> bool:
        """Tell whether a domain of the account is the company name by the letter: GE at ge.com."""
        name = self.side.names[0].joined
        return any(name == domains.joined(label) for label in owner.side.labels)

    def is_another(self, account_id: AccountId) -> bool:
        """Tell whether an account's name and the contact's each have a telling word that the other lacks."""
        names = next((pair.comparison for pair in self.pairs if pair.account.id == account_id), None)
        return names is not None and not names.same and min(names.missing, names.extra) >= TELLING

    def is_elsewhere(self, account_id: AccountId) -> bool:
        """Tell whether the contact names another part of a domain of which accounts have parts.

        Another country than the account's, or words that the account's name lacks, which lacks some of its:
        who keeps Acme Nigeria (ng.acme.com) apart from Acme has no account for Acme Ghana yet.
        """
        pair = next(each for each in self.pairs if each.account.id == account_id)
        whole = {host for host in self.hosts if self.held.stands(pair.account, host) is Standing.WHOLE}
        if whole.isdisjoint(host for _, host in self.held.standings):
            return False
        named = pair.asked.nations if pair.asked else frozenset()
        return bool(named - pair.held.nations - {pair.side.country}) or self.is_another(account_id)

    def is_guest(self, account_id: AccountId) -> bool:
        """Tell whether a contact gives an account's website, and writes from a company that is another.

        Its mailbox is at a domain that nobody owns and that has nothing of the account, and it gives no
        company name, or one that is not the account's: an agency's address, and the website of its client.
        """
        mail = [each.registrable for each in self.contact.domains if each.origin == "email"]
        named = [each.registrable for each in self.contact.domains if each.origin == "company"]
        if not any(host in self.free for host in mail) or any(host in self.owners for host in named):
            return False
        pair = next(each for each in self.pairs if each.account.id == account_id)
        for label in map(domains.label, mail):
            if any(likeness(label, each) != "unlike" for each in pair.side.labels):
                return False
            if best_fit(label, pair.side.names) >= HINTS_AT:
                return False
        return not self.contact.is_named or self.is_another(account_id)

    def is_left(self, pair: Pair) -> bool:
        """Tell whether a domain of the contact is left to an account by all that own one of them."""
        if not self.outdone or pair not in self.bearers:
            return False
        return all(owner.id in self.outdone for owners in self.owners.values() for owner in owners)

    def others(self, pair: Pair) -> list[Pair]:
        """The bearers of the contact's company name without the account of this pair."""
        return [other for other in self.bearers if other is not pair]

    def crowd(self, pair: Pair) -> int:
        """How many other accounts fit the contact's company name at least half as well as this one."""
        least = pair.strength / 2
        return sum([other.strength >= least for other in self.pairs]) - 1

    def better(self, pair: Pair) -> Pair | None:
        """The account that fits the contact's company name best beside this one."""
        return next((other for other in self.ranked if other is not pair), None)

    def is_free(self, pair: Pair) -> bool:
        """Tell whether no domain of the account speaks against the contact."""
        return pair.owns or not pair.side.domains


def view(
    contact: NormalizedContact, shortlist: Iterable[AccountSide], considered: Considered, policy: MatchPolicy
) -> View:
    """Compare a contact's names with those of each account on the shortlist."""
    asking = contact_side(contact)
    held = holdings(asking, considered, policy)
    rarities = Rarities(considered.corpus, _looked_up(asking))
    remembered = {item.account_id: item for item in considered.remembered}
    named = {*remembered, contact.account_id}
    pairs = [_pair(asking, side, held.owns(side), rarities.worths) for side in shortlist]
    return View(
        contact=contact,
        side=asking,
        corpus=considered.corpus,
        policy=policy,
        rarities=rarities,
        held=held,
        labels=tuple(map(domains.label, held.hosts)),
        pairs=tuple([pair for pair in pairs if pair.account.id in named or not _is_stray(pair, held)]),
        remembered=remembered,
    )


def _looked_up(side: ContactSide) -> list[str]:
    """Return the words whose frequency is known: those of the contact's names and of its domains."""
    found = [word for name in side.names for word in name.words]
    for item in side.contact.domains:
        found += map(words.canonical, domains.label(item.registrable).split("-"))
    return found


def _is_shorter(pair: Pair, names: NameComparison) -> bool:
    """Tell whether an account's own name is the contact's company name without a word or more.

    What says little may stand in their place: Larkspur Group, of Larkspur Egypt.
    """
    return pair.held is pair.side.names[0] and names.missing >= FAINT and names.extra <= TELLING


def _fits_better(other: Pair, owner: Pair) -> bool:
    """Tell whether an account has of the company name what the owner of the contact's domain lacks."""
    its, names = other.comparison, owner.comparison
    if its is None or names is None:
        return False
    if its.missing < FAINT:
        return True
    found = {word for word, like in names.shared if like >= TELLING}
    more = {word for word, like in its.shared if like == 1.0 and words.weight(word) == 1.0} - found
    return its.extra < FAINT and bool(more or (its.missing <= names.missing and _is_ahead(other, owner)))


def _is_other(owner: Pair, names: NameComparison, bearers: list[Pair]) -> bool:
    """Tell whether one word more makes the owner another organisation than a bearer of the company name.

    That is where places and kinds are all the two have in common: University of Washington, and the owner
    is Washington State University; where people say the name of a group, it has a word of its own.
    """
    if names.extra < TELLING or any(words.weight(word) == 1.0 for word, _ in names.shared):
        return False
    return any(
        each.side.domains and not each.owns and not kin(owner.account, each.account) for each in bearers
    )


def _is_ahead(other: Pair, owner: Pair) -> bool:
    return other.strength >= owner.strength + _AHEAD


def _leaves_to(owner: Account, bearer: Account) -> bool:
    return kin(owner, bearer) and owner.parent_id != bearer.id


def kin(one: Account, two: Account) -> bool:
    """Tell whether one of two accounts is the other's parent, or both have one parent."""
    return (
        one.parent_id == two.id
        or two.parent_id == one.id
        or bool(one.parent_id and one.parent_id == two.parent_id)
    )


def _is_stray(pair: Pair, held: Holdings) -> bool:
    """Tell whether an account was found by nothing but a domain that speaks for nobody (naver.com)."""
    if pair.owns or not any(item.domain in held.owners for item in pair.side.domains):
        return False
    names = pair.comparison
    return names is None or not (names.agreed or names.initials or names.start)


def _pair(asking: ContactSide, side: AccountSide, owns: bool, worths: Worths) -> Pair:
    best: tuple[NameSide, NameSide, NameComparison] | None = None
    for asked, held in worth_comparing(asking.names, side.names):
        found = compare(asked, held, worths, asking.places, side.places)
        if best is None or found.strength > best[2].strength:
            best = asked, held, found
    if best is None:
        return Pair(side.account, side, owns, None, side.names[0], None)
    asked, held, found = best
    main, left_out = asking.names[0], None
    if asked is not main:
        left_out = compare(main, held, worths, asking.places, side.places).missing
    return Pair(side.account, side, owns, asked, held, found, found.strength, left_out)
