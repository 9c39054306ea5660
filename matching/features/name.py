"""Evidence of the company name: what the contact typed against what the account is called."""

from __future__ import annotations

from matching import words
from matching.compare import LOOSE, SHARED, NameComparison
from matching.features.place import LOCAL, tells_apart
from matching.features.seen import TELLING, Look, Pair, Say, View
from matching.features.spelling import spells
from matching.legal_forms import FAMILY
from matching.name_side import NameSide
from matching.types import EvidenceKind

Kind = EvidenceKind

_WITHIN = LOCAL - {"city", "council", "county", "district"}
"""Kinds of organisation that a town or a county has, or a church or a school."""


def name(seen: View) -> Look | None:
    """The company names: the same, or how many telling words and letters they share, and which are left over.

    Who says to be near the company ("ex-Acme", "consultant to Acme") may be of another.
    Each is worth something else where a domain of the contact is the account's ("anchored") than "alone".
    Without a company name a domain that is nobody's may be the account's name by the letter ("spelled"),
    or there is no domain to go by either ("nothing"). What people write for no company is none
    beside a domain of the account's, and so is another company that they are only near.
    """
    main = seen.side.names[0] if seen.side.names else None
    placeholder = bool(seen.contact.names) and not seen.contact.is_named
    no_own = placeholder or seen.contact.is_near

    def look(pair: Pair, say: Say) -> None:
        where = "anchored" if pair.owns else "alone"
        found = pair.comparison
        if found is None or pair.asked is None or main is None or (no_own and pair.owns and not found.same):
            say(Kind.NAME_ABSENT, _absent(pair, seen))
            return
        asked, held = pair.asked.name.clean, pair.held.name.clean
        partly = len(pair.asked.words) < len(main.words)
        if pair.asked.name.near and not (found.same and pair.asked is main):
            say(Kind.NAME_NEAR, where, main.name.clean, held)
        elif partly and pair.left_out is not None:
            say(Kind.NAME_PART, where, asked, held, pair.left_out)
        if found.same:
            say(Kind.NAME_SAME, f"{'part' if partly else found.same}.{where}", asked, held)
            if found.same in LOOSE:
                _taken(pair, seen, where, main.name.clean, say)
            elif twins := seen.others(pair):
                told = all(tells_apart(seen.contact, pair.side, twin.side) for twin in twins)
                say(Kind.NAME_TWIN, ("told." if told else "") + where, asked, held)
        else:
            _unlike(found, where, asked, held, say)
            _taken(pair, seen, where, main.name.clean, say)
            _kinds(pair.asked, pair.held, found, where, say)
            if not pair.owns and _shares_place_alone(pair, seen, found):
                say(Kind.NAME_PLACE, "alone", asked, held)
            elif not pair.owns and _begins(pair.asked, pair.held, found):
                say(Kind.NAME_PLACE, "begins", asked, held)
            _nations(pair.asked, pair.held, pair.side.country, say)
        if placeholder:
            say(Kind.NAME_PLACEHOLDER, where, asked, held)
        say(Kind.NAME_CROWD, where, asked, held, float(seen.crowd(pair)))
        if found.numbers:
            say(Kind.NAME_NUMBERS, found.numbers, asked, held)
        if found.shared and where == "alone":
            figure = seen.rarities.of(found.shared)
            say(Kind.NAME_RARITY, "same" if found.same else where, asked, held, figure)

    return look


def _absent(pair: Pair, seen: View) -> str:
    """Return what stands in for a company name: a domain that is the account's or that spells its name."""
    if pair.owns:
        shared = any(seen.held.is_shared(pair.account, host) for host in seen.hosts)
        return "shared" if shared else "anchored"
    if not seen.hosts:
        return "nothing"
    spelled = any(spells(label, name) for label in seen.free_labels for name in pair.side.names)
    return "spelled" if spelled else "alone"


def _unlike(found: NameComparison, where: str, asked: str, held: str, say: Say) -> None:
    """Say in which ways two names that are not the same agree and differ."""
    say(Kind.NAME_WORDS, where, asked, held, found.agreed)
    say(Kind.NAME_SPELLING, where, asked, held, found.spelling)
    say(Kind.NAME_MISSING, where, asked, held, found.missing)
    say(Kind.NAME_EXTRA, where, asked, held, found.extra)
    say(Kind.NAME_SWAPPED, where, asked, held, min(found.missing, found.extra))
    if found.initials:
        say(Kind.NAME_INITIALS, f"{min(found.initials, 5)}.{where}", asked, held)
    if found.start:
        say(Kind.NAME_START, f"{found.start}.{where}", asked, held)


def _taken(pair: Pair, seen: View, where: str, asked: str, say: Say) -> None:
    """Say how much better another account fits the company name, and whether it bears exactly that name.

    An account that no domain speaks against ("free") takes more than one at home on another domain,
    and from a sibling that owns the domain ("family") one of exactly the name takes the most.
    """
    held, rival = pair.held.name.clean, seen.better(pair)
    if rival is not None and rival.strength > pair.strength:
        free = "free." if seen.is_free(rival) else ""
        say(Kind.NAME_TAKEN, free + where, asked, held, rival.strength - pair.strength)
    if pair.account.id in seen.outdone:
        say(Kind.NAME_TAKEN, f"exactly.family.{where}", asked, held)
    elif pair.account.id in seen.disputed:
        say(Kind.NAME_TAKEN, f"{seen.disputed[pair.account.id]}.disputed", asked, held)
    elif others := seen.others(pair):
        free = "free." if any(map(seen.is_free, others)) else ""
        say(Kind.NAME_TAKEN, f"exactly.{free}{where}", asked, held)


def _shares_place_alone(pair: Pair, seen: View, found: NameComparison) -> bool:
    """Tell whether two names have no telling word in common but where one of both is: Houston, @US.

    That both are there is said by the place; who else is there has such a name, too.
    """
    if found.initials or found.start or min(found.missing, found.extra) < TELLING:
        return False
    shared = {word for word, like in found.shared if like >= SHARED and words.weight(word) >= TELLING}
    return bool(shared) and shared <= seen.side.places | pair.side.places


def _begins(asked: NameSide, held: NameSide, found: NameComparison) -> bool:
    """Tell whether names of bodies that serve one place share no telling word but one that begins another.

    A place is not cut off as a trade is: Gemeente Haarlem, Gemeente Haarlemmermeer.
    """
    if LOCAL.isdisjoint(asked.kinds & held.kinds):
        return False
    mine = [(word, like) for word, like in found.shared if words.weight(word) >= words.TELLING]
    theirs = [word for word in held.words if words.weight(word) >= words.TELLING]
    return bool(mine) and all(
        like < 1.0 and any(_is_longer(word, each) for each in theirs) for word, like in mine
    )


def _is_longer(one: str, two: str) -> bool:
    """Tell whether one of two words is the other and two letters or more behind it."""
    return abs(len(one) - len(two)) >= 2 and (one.startswith(two) or two.startswith(one))


def _kinds(asked: NameSide, held: NameSide, found: NameComparison, where: str, say: Say) -> None:
    """Say whether the names tell that they are different kinds of organisation: city, county.

    "asked" where only the contact's says one: an insurer, of what may be the bank of its group. "within"
    where the account's is a body of what the contact's is: City of Columbus, Columbus City Schools.
    A kind that the account's name has in a word of more (United Health, Unitedhealth) is in both.
    """
    inside = {word for word, like in found.shared if like == 1.0}
    theirs = held.kinds
    mine = asked.kinds - (inside - theirs)
    if mine == theirs:
        return
    if mine - theirs and theirs - mine:
        level = "differ"
    elif not LOCAL.isdisjoint(mine) and not _WITHIN.isdisjoint(theirs - mine):
        level = "within"
    elif any(words.KIND[word] == "entity" for word in mine ^ theirs):
        level = "one_sided"
    elif mine - theirs:
        level = "asked"
    else:
        return
    say(Kind.NAME_KIND, f"{level}.{where}", asked.name.clean, held.name.clean)


def _nations(asked: NameSide, held: NameSide, home: str | None, say: Say) -> None:
    """Say whether a country in one of two names agrees with the other's name or country."""
    mine, theirs = asked.nations, held.nations
    if not mine:
        return
    if theirs:
        level = "differ" if mine.isdisjoint(theirs) else "same"
    elif home:
        level = "at_home" if home in mine else "abroad"
    else:
        return
    say(Kind.NAME_NATION, level, asked.name.clean, held.name.clean)


def legal_form(seen: View) -> Look | None:
    """The legal forms of the two names: the same, of one family, or different."""

    def look(pair: Pair, say: Say) -> None:
        if pair.asked is None or pair.strength < 0.6:
            return
        mine, theirs = pair.asked.name.legal_forms, pair.held.name.legal_forms
        if not mine or not theirs:
            return
        if not set(mine).isdisjoint(theirs):
            level = "same"
        elif {FAMILY.get(code) for code in mine} & {FAMILY.get(code) for code in theirs}:
            level = "family"
        else:
            level = "differ"
        say(Kind.LEGAL_FORM, level, pair.asked.name.clean, pair.held.name.clean)

    return look if any(name.legal_forms for name in seen.contact.names) else None
