"""One function per kind of evidence: what it sees in a contact and an account.

A feature yields observations: a kind with a level, and for graded evidence a
figure. What an observation is worth is the policy's to say. Each docstring
is the evidence's public documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log

from rapidfuzz.distance import Indel

from matching import domains, words
from matching.compare import NameComparison, compare
from matching.keys import key
from matching.legal_forms import FAMILY
from matching.names import initials, parse, squash
from matching.places import country_code, nation, place
from matching.policy import MatchPolicy
from matching.types import (
    Account,
    AccountDomain,
    AccountId,
    CompanyName,
    Considered,
    ContactDomain,
    Corpus,
    DomainKind,
    EvidenceKind,
    NormalizedContact,
    Remembered,
)

Kind = EvidenceKind


@dataclass(frozen=True, slots=True)
class Observation:
    """What a feature saw. ``value`` is the figure of graded evidence, read on the curve "kind.level"."""

    kind: EvidenceKind
    level: str
    contact_value: str | None = None
    account_value: str | None = None
    value: float | None = None


@dataclass(frozen=True)
class Pair:
    """A contact's names compared with one account's; `held` is the account's name that fits best.

    ``domains`` are the account's without those in quarantine, which evidence
    does not rest on; ``owns`` says that one of them is the contact's.
    """

    account: Account
    domains: tuple[AccountDomain, ...]
    owns: bool
    names: tuple[CompanyName, ...]
    asked: CompanyName | None
    held: CompanyName
    comparison: NameComparison | None
    left_out: float | None = (
        None  # the heaviest word of the main name that is not the account's, where a part fits
    )

    @property
    def strength(self) -> float:
        """How well the names agree, 0..1; 0 without a name to compare."""
        return self.comparison.strength if self.comparison else 0.0


@dataclass(frozen=True)
class View:
    """A contact among the accounts that are looked at closely, and what all accounts say."""

    contact: NormalizedContact
    corpus: Corpus
    policy: MatchPolicy
    hosts: tuple[str, ...]  # the contact's domains that can speak for a company
    pairs: tuple[Pair, ...]
    owners: dict[str, tuple[Account, ...]]  # of each usable domain of the contact, among all considered
    remembered: dict[AccountId, Remembered]

    @cached_property
    def strengths(self) -> tuple[float, float, str]:
        """How well the best and the second best account fit the contact's company name, and the best's id."""
        ranked = sorted(((pair.strength, pair.account.id) for pair in self.pairs), reverse=True)
        best, second = (*ranked, (0.0, ""), (0.0, ""))[:2]
        return best[0], second[0], best[1]

    @cached_property
    def bearers(self) -> frozenset[str]:
        """The accounts that have exactly the contact's company name."""
        same = ("core", "joined")
        return frozenset(
            pair.account.id
            for pair in self.pairs
            if pair.comparison and pair.comparison.same in same and pair.asked == self.contact.names[0]
        )

    def better(self, pair: Pair) -> float:
        """How much better the best other account fits the contact's company name than this one, 0..1."""
        best, second, best_id = self.strengths
        return max(0.0, (second if best_id == pair.account.id else best) - pair.strength)


def usable(item: ContactDomain, policy: MatchPolicy, owners: dict[str, tuple[Account, ...]]) -> bool:
    """Tell whether a contact's domain can speak for a company under a policy.

    A domain on the free-mail lists that an account owns speaks for it, unless it is a large provider.
    """
    host = item.registrable
    if not host or host in policy.free_domains:
        return False
    if host in policy.company_domains or item.kind is DomainKind.COMPANY:
        return True
    return item.kind is DomainKind.FREEMAIL and host in owners and not domains.is_major_freemail(host)


def _is_garbage(host: str, corpus: Corpus, policy: MatchPolicy) -> bool:
    return corpus.domain_names.get(host, 0) > policy.max_names_on_domain


def view(
    contact: NormalizedContact, shortlist: tuple[Account, ...], considered: Considered, policy: MatchPolicy
) -> View:
    """Compare a contact's names with those of each account on the shortlist."""
    weigh = weigher(considered.corpus)
    held_by: dict[str, list[Account]] = {}
    wanted = {item.registrable for item in contact.domains if item.registrable}
    for account in considered.accounts:
        for item in trusted(account):
            if item.domain in wanted:
                held_by.setdefault(item.domain, []).append(account)
    owners = {host: tuple(accounts) for host, accounts in held_by.items()}
    usable_hosts = (item.registrable for item in contact.domains if usable(item, policy, owners))
    hosts = tuple(
        dict.fromkeys(host for host in usable_hosts if not _is_garbage(host, considered.corpus, policy))
    )
    return View(
        contact=contact,
        corpus=considered.corpus,
        policy=policy,
        hosts=hosts,
        pairs=tuple(_pair(contact, account, hosts, weigh) for account in shortlist),
        owners=owners,
        remembered={item.account_id: item for item in considered.remembered},
    )


def _pair(
    contact: NormalizedContact, account: Account, hosts: tuple[str, ...], weigh: Callable[[str], float]
) -> Pair:
    names = account_names(account)
    best: tuple[float, CompanyName, CompanyName, NameComparison] | None = None
    mine = _places(contact.country, contact.city, contact.state)
    theirs = _places(account.country, account.city, account.state)
    for asked in contact.names:
        for held in names:
            found = compare(asked, held, weigh, mine, theirs)
            if best is None or found.strength > best[0]:
                best = (found.strength, asked, held, found)
    kept = trusted(account)
    owns = any(item.domain in hosts for item in kept)
    if best is None:
        return Pair(
            account=account, domains=kept, owns=owns, names=names, asked=None, held=names[0], comparison=None
        )
    main = contact.names[0]
    left_out = None if best[1] is main else compare(main, best[2], weigh, mine, theirs).missing
    return Pair(
        account=account,
        domains=kept,
        owns=owns,
        names=names,
        asked=best[1],
        held=best[2],
        comparison=best[3],
        left_out=left_out,
    )


@lru_cache(maxsize=16384)
def _places(country: str | None, city: str | None, state: str | None) -> frozenset[str]:
    """Return the words that say where someone is, in the spelling in which names have them."""
    said = [word for text in (city, state) if text for word in (place(text) or "").split()]
    code = country_code(country) if country else None
    return frozenset((*map(words.canonical, said), *((f"@{code}",) if code else ())))


def account_names(account: Account) -> tuple[CompanyName, ...]:
    """Return every name of an account, its own first, aliases after; at least one."""
    found = tuple(name for text in (account.name, *account.aliases) for name in parse(text))
    return found[:12] or parse(str(account.id)) or parse("account")


def weigher(corpus: Corpus) -> Callable[[str], float]:
    """Return how much a word says here, 0..1: by its meaning, and by how many accounts carry it.

    Frequencies are known for the contact's words; others count by meaning alone.
    """
    scale = log(_size(corpus))
    known: dict[str, float] = {}

    def weigh(word: str) -> float:
        worth = known.get(word)
        if worth is None:
            known[word] = worth = weigh_anew(word)
        return worth

    def weigh_anew(word: str) -> float:
        count = corpus.frequency.get(key("t", word))
        rarity = 1.0 if not count else max(0.2, min(1.0, 1.25 * log(_size(corpus) / count) / scale))
        return max(0.02, words.weight(word) * rarity)

    return weigh


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


def trusted(account: Account) -> tuple[AccountDomain, ...]:
    """Return the account's domains without those in quarantine: what evidence rests on."""
    return tuple(item for item in account.domains if not item.quarantined)


def domain_sibling(pair: Pair, seen: View) -> Iterator[Observation]:
    """The account's domain has the same name under another ending (acme.de, acme.com)."""
    if pair.owns:
        return
    held = {domains.label(item.domain): item.domain for item in pair.domains}
    for host in seen.hosts:
        name = domains.label(host)
        if name in held:
            owned = "claimed" if host in seen.owners else "short" if len(name) <= 4 else "long"
            yield Observation(Kind.DOMAIN_SIBLING, owned, host, held[name])
            return


def domain_other(pair: Pair, seen: View) -> Iterator[Observation]:
    """Contact and account both have domains, and they have nothing in common."""
    mine = [domains.label(host) for host in seen.hosts]
    theirs = [domains.label(item.domain) for item in pair.domains]
    if not mine or not theirs or set(mine) & set(theirs) or pair.owns:
        return
    alike = max(Indel.normalized_similarity(one, two) for one in mine for two in theirs)
    starts = any(
        min(len(one), len(two)) >= 4 and (one.startswith(two) or two.startswith(one))
        for one in mine
        for two in theirs
    )
    level = "starts" if starts else "alike" if alike >= 0.75 else "unlike"
    yield Observation(Kind.DOMAIN_OTHER, level, seen.hosts[0], pair.domains[0].domain)


def domain_owner(pair: Pair, seen: View) -> Iterator[Observation]:
    """Another account owns the contact's domain: one of the same family, or a stranger."""
    if pair.owns:
        return
    for host in seen.hosts:
        owners = [account for account in seen.owners.get(host, ()) if account.id != pair.account.id]
        if owners:
            kin = any(_related(pair.account, owner, seen) for owner in owners)
            level = "family" if kin or _label_fit(domains.label(host), pair.names) >= 0.6 else "stranger"
            yield Observation(Kind.DOMAIN_OWNER, level, host, owners[0].name)
            return


def _related(one: Account, two: Account, seen: View) -> bool:
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
    free = [host for host in seen.hosts if host not in seen.owners]
    if free:
        fit, host = max((_host_fit(host, pair.names), host) for host in free)
        level = "other" if pair.domains else "fresh"
        yield Observation(Kind.DOMAIN_NAME, level, host, pair.held.clean, fit)


def domain_contact(pair: Pair, seen: View) -> Iterator[Observation]:
    """How well the contact's domain, which is nobody's, spells the contact's own company name, 0..1.

    Asked where the account's name is another: the better the domain fits the
    name given, the less the name is a slip for the account's.
    """
    if pair.comparison is None or pair.comparison.same or pair.owns:
        return
    free = [host for host in seen.hosts if host not in seen.owners]
    if free:
        fit, host = max((_host_fit(host, seen.contact.names[:1]), host) for host in free)
        theirs = max(_host_fit(host, pair.names) for host in free)
        yield Observation(Kind.DOMAIN_CONTACT, "any", host, pair.held.clean, max(0.0, fit - theirs))


def account_domain_name(pair: Pair, seen: View) -> Iterator[Observation]:
    """How well the account's domain spells the contact's company name, 0..1, where they share no domain."""
    if not seen.contact.names or pair.owns:
        return
    usable_domains = [
        item.domain for item in pair.domains if not _is_garbage(item.domain, seen.corpus, seen.policy)
    ]
    if usable_domains:
        fit, host = max(
            (_label_fit(domains.label(host), seen.contact.names), host) for host in usable_domains
        )
        yield Observation(Kind.ACCOUNT_DOMAIN_NAME, "any", seen.contact.names[0].clean, host, fit)


def _label_fit(label: str, names: tuple[CompanyName, ...]) -> float:
    return max((label_fit(label, name) for name in names), default=0.0)


def _host_fit(host: str, names: tuple[CompanyName, ...]) -> float:
    """Return how well a domain spells one of several names; a brand may be its ending (global.canon)."""
    fit = _label_fit(domains.label(host), names)
    ending = domains.suffix(host)
    return max(fit, 0.9) if len(ending) >= 4 and any(squash(name) == ending for name in names) else fit


@lru_cache(maxsize=65536)
def label_fit(label: str, name: CompanyName) -> float:
    """Return how well a domain's name part spells a company name, 0..1.

    1 for the whole name, 0.95 for its telling words without the kind of
    organisation (chatham, Chatham University), about 0.85 for beginnings of words
    that use up the label (upenn), 0.6 to 0.9 for initials, below 0.5 for chance likeness.
    """
    joined, whole = label.replace("-", ""), squash(name)
    if not joined or not whole:
        return 0.0
    sure = 1.0 if len(joined) >= 5 else 0.92 if len(joined) == 4 else 0.8 if len(joined) == 3 else 0.6
    if joined == whole:
        return sure
    said = name.latin.split()
    if joined == "".join(word for word in said if words.weight(words.canonical(word)) == 1.0):
        return 0.95 * sure
    if len(joined) >= 2 and joined in initials(name):
        return 0.9 if len(joined) >= 4 else 0.8 if len(joined) == 3 else 0.6
    best = 0.75 if "-" in label and len(whole) >= 3 and whole in label.split("-") else 0.0
    best = max(best, _spelled_by(joined, said))
    alike = Indel.normalized_similarity(joined, whole)
    return max(best, alike - 0.1 if alike >= 0.7 else 0.4 * alike)


def _spelled_by(joined: str, parts: list[str]) -> float:
    """Return how far the beginnings of a name's words, in order, spell a label, 0..0.88."""
    at, strong, weak, used = 0, 0, 0, 0
    for part in parts:
        size = 0
        while size < len(part) and at + size < len(joined) and part[size] == joined[at + size]:
            size += 1
        if size >= 3 or (size and size == len(part)):
            strong += size
        elif size:
            size = 1
            weak += 1
        at += size
        used += bool(size)
    if strong == 0:
        return 0.5 * weak / len(joined) if weak >= 2 else 0.0
    if at == len(joined) and strong >= 4:
        return min(0.88, 0.74 + 0.14 * used / len(parts))
    share = (strong + 0.6 * weak) / len(joined)
    return min(0.72, 0.8 * share) if strong >= 4 else 0.6 * share


def name(pair: Pair, seen: View) -> Iterator[Observation]:
    """The company names: the same, or how many telling words and letters they share, and which are left over.

    Each is worth something else where a domain of the contact is the account's ("anchored") than "alone".
    """
    where = "anchored" if pair.owns else "alone"
    found = pair.comparison
    if found is None or pair.asked is None:
        shared = any(seen.corpus.domain_accounts.get(host, 1) > 1 for host in seen.hosts)
        yield Observation(Kind.NAME_ABSENT, "shared" if shared and where == "anchored" else where)
        return
    asked, held = pair.asked.clean, pair.held.clean
    partly = len(pair.asked.words) < len(seen.contact.names[0].words)
    if partly and pair.left_out is not None:
        yield Observation(Kind.NAME_PART, where, asked, held, pair.left_out)
    if found.same:
        yield Observation(Kind.NAME_SAME, f"{'part' if partly else found.same}.{where}", asked, held)
        if seen.bearers - {pair.account.id}:
            yield Observation(Kind.NAME_TWIN, where, asked, held)
    else:
        both = 2 * found.covered * found.explained / (found.covered + found.explained + 1e-9)
        yield Observation(Kind.NAME_WORDS, where, asked, held, both)
        yield Observation(Kind.NAME_SPELLING, where, asked, held, found.spelling)
        yield Observation(Kind.NAME_MISSING, where, asked, held, found.missing)
        yield Observation(Kind.NAME_EXTRA, where, asked, held, found.extra)
        yield Observation(Kind.NAME_SWAPPED, where, asked, held, min(found.missing, found.extra))
        if found.initials:
            yield Observation(Kind.NAME_INITIALS, f"{min(found.initials, 5)}.{where}", asked, held)
        if found.start:
            yield Observation(Kind.NAME_START, f"{found.start}.{where}", asked, held)
        yield Observation(Kind.NAME_TAKEN, where, asked, held, seen.better(pair))
        if seen.bearers - {pair.account.id}:
            yield Observation(Kind.NAME_TAKEN, f"exactly.{where}", asked, held)
        yield from _kinds(pair.asked, pair.held, where)
        if (nations := _nations(pair)) is not None:
            yield Observation(Kind.NAME_NATION, nations, asked, held)
    if "company_placeholder" in seen.contact.flags:
        yield Observation(Kind.NAME_PLACEHOLDER, where, asked, held)
    if found.numbers:
        yield Observation(Kind.NAME_NUMBERS, found.numbers, asked, held)
    if found.shared and where == "alone":
        yield Observation(
            Kind.NAME_RARITY, "same" if found.same else where, asked, held, rarity(found, seen.corpus)
        )


def _kinds(asked: CompanyName, held: CompanyName, where: str) -> Iterator[Observation]:
    """Yield whether the names say that they are different kinds of organisation: city, county."""
    mine, theirs = _kind_words(asked), _kind_words(held)
    if mine - theirs and theirs - mine:
        level = "differ"
    elif any(words.KIND[word] == "entity" for word in mine ^ theirs):
        level = "one_sided"
    else:
        return
    yield Observation(Kind.NAME_KIND, f"{level}.{where}", asked.clean, held.clean)


def _kind_words(name: CompanyName) -> set[str]:
    return {word for word in name.words if words.KIND.get(word) in ("class", "entity")}


def _nations(pair: Pair) -> str | None:
    """Tell whether a country in one of two names agrees with the other's name or country."""
    if pair.asked is None:
        return None
    mine = {code for word in pair.asked.words if (code := nation(word))}
    theirs = {code for word in pair.held.words if (code := nation(word))}
    home = pair.account.country and country_code(pair.account.country)
    if not mine and not theirs:
        return None
    if mine & theirs:
        return "same"
    if mine and theirs:
        return "differ"
    if mine:
        return None if not home else "at_home" if home in mine else "abroad"
    return None


def _size(corpus: Corpus) -> int:
    """Return the number of accounts, at least 1,000: in a small set two do not make a word common."""
    return max(1000, corpus.accounts) + 2


def rarity(found: NameComparison, corpus: Corpus) -> float:
    """Return how telling the shared words are: 1 when one word is on a single account, 0 when all have it."""
    scale = log(_size(corpus))
    total = 0.0
    for word, like in found.shared:
        count = corpus.frequency.get(key("t", word), 0)
        total += like * log(_size(corpus) / (count + 1)) / scale
    return total


def legal_form(pair: Pair, seen: View) -> Iterator[Observation]:
    """The legal forms of the two names: the same, of one family, or different."""
    if pair.comparison is None or pair.asked is None or pair.comparison.strength < 0.6:
        return
    mine, theirs = pair.asked.legal_forms, pair.held.legal_forms
    if not mine or not theirs:
        return
    if set(mine) & set(theirs):
        level = "same"
    elif {FAMILY.get(code) for code in mine} & {FAMILY.get(code) for code in theirs}:
        level = "family"
    else:
        level = "differ"
    yield Observation(Kind.LEGAL_FORM, level, pair.asked.clean, pair.held.clean)


# Territories that trade under one another's name.
_NEAR = (
    frozenset(("GB", "IE", "JE", "GG", "IM")), frozenset(("CN", "HK", "TW", "MO")),
    frozenset(("US", "PR", "GU", "VI")),
    frozenset(("US", "BM", "KY", "VG")), frozenset(("CH", "LI")), frozenset(("FR", "MC", "RE", "GP", "MQ")),
    frozenset(("DK", "FO", "GL")), frozenset(("CN", "HK", "KY", "BM", "VG", "SG")),
    frozenset(("NL", "CW", "AW", "BE")),
)  # fmt: skip


def country(pair: Pair, seen: View) -> Iterator[Observation]:
    """The countries: the same, different, or near (territories that share companies).

    "contradicted" where the countries differ but the city or the domain's ending agrees: a slip, most often.
    Where the contact gave none, the ending of its domain stands in, as a hint.
    """
    theirs = pair.account.country and country_code(pair.account.country)
    if not theirs:
        return
    mine, said = seen.contact.country, ""
    if mine is None:
        hints = {
            domains.country_of(item.registrable) for item in seen.contact.domains if item.registrable
        } - {None}
        if len(hints) != 1:
            return
        mine, said = hints.pop(), "hint_"
    if mine == theirs:
        level = "same"
    else:
        level = "near" if any(mine in group and theirs in group for group in _NEAR) else "different"
        if level == "different" and (_same_city(pair, seen) or theirs in _hints(seen)):
            level = "contradicted"
    where = ".anchored" if pair.owns else ".alone"
    yield Observation(Kind.COUNTRY, said + level + where, mine, theirs)


def _hints(seen: View) -> frozenset[str]:
    found = (domains.country_of(item.registrable) for item in seen.contact.domains if item.registrable)
    return frozenset(code for code in found if code)


def _same_city(pair: Pair, seen: View) -> bool:
    mine, theirs = seen.contact.city, place(pair.account.city) if pair.account.city else None
    if not mine or not theirs:
        return False
    return (
        mine == theirs or mine in theirs or theirs in mine or Indel.normalized_similarity(mine, theirs) > 0.8
    )


def city(pair: Pair, seen: View) -> Iterator[Observation]:
    """The cities: the same, different, or the contact's city is in the account's name."""
    mine = seen.contact.city
    if not mine:
        return
    where = ".anchored" if pair.owns else ".alone"
    theirs = place(pair.account.city) if pair.account.city else None
    if theirs and _same_city(pair, seen):
        yield Observation(Kind.CITY, "same" + where, mine, theirs)
    elif f" {mine} " in f" {pair.held.latin} ":
        yield Observation(Kind.CITY, "in_name" + where, mine, pair.held.clean)
    elif theirs:
        yield Observation(Kind.CITY, "different" + where, mine, theirs)


def state(pair: Pair, seen: View) -> Iterator[Observation]:
    """The states or provinces: the same or different, where both are given in one way of writing."""
    mine, theirs = seen.contact.state, pair.account.state and place(pair.account.state)
    if mine and theirs and (len(mine) > 3) == (len(theirs) > 3):
        yield Observation(Kind.STATE, "same" if mine == theirs else "different", mine, theirs)


def phone(pair: Pair, seen: View) -> Iterator[Observation]:
    """The same phone number, or one switchboard: all but the last three digits alike."""
    mine, theirs = seen.contact.phone, pair.account.phone
    if mine and theirs and theirs.startswith("+"):
        digits = "+" + "".join(char for char in theirs if char.isdigit())
        if digits == mine:
            yield Observation(Kind.PHONE, "same", None, None)
        elif len(mine) > 8 and digits[:-3] == mine[:-3]:
            yield Observation(Kind.PHONE, "switchboard", None, None)


def crm_id(pair: Pair, seen: View) -> Iterator[Observation]:
    """The contact already carries the account's id in the CRM."""
    if seen.contact.account_id is not None and seen.contact.account_id == pair.account.id:
        yield Observation(Kind.CRM_ID, "same", seen.contact.account_id, pair.account.id)


def remembered(pair: Pair, seen: View) -> Iterator[Observation]:
    """A person answered for the contact's company name and domain before: this account or never."""
    said = seen.remembered.get(pair.account.id)
    if said is not None:
        yield Observation(Kind.REMEMBERED, "same" if said.same else "never", said.by, f"{said.at:%Y-%m-%d}")


FEATURES: tuple[Callable[[Pair, View], Iterator[Observation]], ...] = (
    domain, domain_sibling, domain_other, domain_owner, domain_name, domain_contact, account_domain_name,
    name, legal_form, country, city, state, phone, crm_id, remembered,
)  # fmt: skip
"""Every feature, in the order in which evidence is shown."""


def observe(pair: Pair, seen: View) -> Iterator[Observation]:
    """Yield everything that is seen of one account for the contact."""
    yield Observation(Kind.PRIOR, "any")
    for feature in FEATURES:
        yield from feature(pair, seen)
