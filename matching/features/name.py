"""Evidence of the company name: what the contact typed against what the account is called."""

from __future__ import annotations

from collections.abc import Iterator

from matching import words
from matching.features.rarity import rarity
from matching.features.seen import Observation, Pair, View
from matching.legal_forms import FAMILY
from matching.places import nation
from matching.types import CompanyName, EvidenceKind

Kind = EvidenceKind


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
        if seen.others(pair):
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
        yield from _taken(pair, seen, where)
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


def _taken(pair: Pair, seen: View, where: str) -> Iterator[Observation]:
    """Yield how much better another account fits the company name, and whether it bears exactly that name.

    An account that no domain speaks against ("free") takes more than one at home on another domain.
    """
    asked, held = seen.contact.names[0].clean, pair.held.clean
    rival = seen.better(pair)
    if rival is not None and rival.strength > pair.strength:
        free = "free." if seen.is_free(rival) else ""
        yield Observation(Kind.NAME_TAKEN, free + where, asked, held, rival.strength - pair.strength)
    if others := seen.others(pair):
        free = "free." if any(map(seen.is_free, others)) else ""
        yield Observation(Kind.NAME_TAKEN, f"exactly.{free}{where}", asked, held)


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
    home = pair.side.country
    if not mine and not theirs:
        return None
    if mine & theirs:
        return "same"
    if mine and theirs:
        return "differ"
    if mine:
        return None if not home else "at_home" if home in mine else "abroad"
    return None


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
