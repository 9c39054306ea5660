"""Evidence of the place: country, city, state, and the telephone."""

from __future__ import annotations

from collections.abc import Sequence
from operator import eq

from rapidfuzz.distance import Indel

from matching import words
from matching.features.seen import Look, Pair, Say, View
from matching.features.sides import AccountSide
from matching.places import nation, state_code
from matching.types import EvidenceKind, NormalizedContact

Kind = EvidenceKind

# Kinds of organisation that serve one place: of one name there are many, each in another state.
LOCAL = frozenset(
    ("city", "church", "council", "county", "court", "district", "fire", "highschool", "hospital", "library",
     "office_police", "police", "police_station", "school", "sheriff")
)  # fmt: skip

_ABBREVIATED = 3  # letters of a state that is written as an abbreviation, at most

# Territories that trade under one another's name.
_NEAR = (
    frozenset(("GB", "IE", "JE", "GG", "IM")), frozenset(("CN", "HK", "TW", "MO")),
    frozenset(("US", "PR", "GU", "VI")),
    frozenset(("US", "BM", "KY", "VG")), frozenset(("CH", "LI")), frozenset(("FR", "MC", "RE", "GP", "MQ")),
    frozenset(("DK", "FO", "GL")), frozenset(("CN", "HK", "KY", "BM", "VG", "SG")),
    frozenset(("NL", "CW", "AW", "BE")),
)  # fmt: skip


def _shown(place: str | None) -> str | None:
    """Return a place as people write it, of the form that is compared: WI, Eau Claire."""
    return place and (place.upper() if len(place) <= _ABBREVIATED else place.title())


def country(seen: View) -> Look | None:
    """The countries: the same, different, or near (territories that share companies).

    "contradicted" where the countries differ but the city or the domain's ending agrees: a slip, most often.
    A city that the account is called by says nothing here: Bergen kommune and Gemeente Bergen.
    "local" where the account owns the domain of a brand as one country's or city's (Orange Egypt, orange.com)
    and the contact is in another country, without saying that name; "different.local" where the account
    serves one place, which is elsewhere (Kent County in Michigan, Kent in England).
    Where the contact gave none, the ending of its domain stands in, as a hint.
    """
    hints, mine, said = seen.side.hints, seen.contact.country, ""
    if mine is None and len(hints) == 1:
        (mine,), said = hints, "hint_"
    shown = f"{mine}, by its domain" if said else mine

    def look(pair: Pair, say: Say) -> None:
        theirs = pair.side.country
        if not theirs:
            return
        if mine == theirs:
            level = "same"
        else:
            level = "near" if any(mine in group and theirs in group for group in _NEAR) else "different"
            if level == "different" and (_agrees(seen.contact.city, pair) or theirs in hints):
                level = "contradicted"
        if level != "same" and _is_local(pair, seen.labels):
            say(Kind.COUNTRY, "local", shown, pair.side.names[0].name.clean)
            return
        where = ".anchored" if pair.owns else ".alone"
        if level + where == "different.alone" and not said and not pair.held.kinds.isdisjoint(LOCAL):
            where = ".local"
        say(Kind.COUNTRY, said + level + where, shown, theirs)

    return None if mine is None else look


def _is_local(pair: Pair, labels: tuple[str, ...]) -> bool:
    """Tell whether an account is a brand's in its own country or city, and owns the brand's domain.

    The place stands behind the brand or right before it: not so in Deutsche Post DHL.
    """
    if not pair.owns or (pair.comparison and pair.comparison.same):
        return False
    city = (pair.side.city or "").split()
    said = pair.side.names[0].said
    places = [word in city or nation(words.canonical(word)) == pair.side.country for word in said]
    if not any(places):
        return False
    starts = [at for at in range(len(said)) for label in labels if _spell(said, places, at, label)]
    return any(any(places[at + 1 :]) or any(places[max(at - 1, 0) : at]) for at in starts)


def _spell(said: Sequence[str], places: Sequence[bool], start: int, label: str) -> bool:
    """Tell whether the words from one on, without the places, are a domain's name part."""
    joined = ""
    for word, is_place in zip(said[start:], places[start:], strict=True):
        joined += "" if is_place else word
        if joined == label or not label.startswith(joined):
            break
    return joined == label


def _agrees(city: str | None, pair: Pair) -> bool:
    """Tell whether a contact is in the city of an account that is not called by it."""
    return _same_city(city, pair.side.city) and f" {pair.side.city} " not in f" {pair.held.name.latin} "


def _adds(city: str | None, pair: Pair) -> bool:
    """Tell whether a contact's company is called by its city and the account is not: Toyota of Plano."""
    if pair.asked is None or pair.comparison is None or pair.comparison.same:
        return False
    return f" {city} " in f" {pair.asked.name.latin} " and f" {city} " not in f" {pair.held.name.latin} "


def _same_city(mine: str | None, theirs: str | None) -> bool:
    """Tell whether two cities are one, but for a typo, a part of the name, or the language: Praha, Prague."""
    if not mine or not theirs:
        return False
    if mine in theirs or theirs in mine or Indel.normalized_similarity(mine, theirs) > 0.8:
        return True
    return [*map(words.canonical, mine.split())] == [*map(words.canonical, theirs.split())]


def tells_apart(contact: NormalizedContact, mine: AccountSide, other: AccountSide) -> bool:
    """Tell whether the contact is where one account is and another is not: by country, else state, else city.

    What one of the three does not say tells nothing.
    """
    places = (
        (contact.country, mine.country, other.country, eq),
        (contact.state, mine.state, other.state, _states_agree),
        (contact.city, mine.city, other.city, _same_city),
    )
    told = (
        bool(same(here, home))
        for here, home, there, same in places
        if here and home and there and same(home, there) is False
    )
    return next(told, False)


def city(seen: View) -> Look | None:
    """The cities: the same, different, or the contact's city is in the account's name.

    That they are the same says nothing of an account that is called by its city and is in another country,
    nor of a city of that name in another state.
    """
    mine, country = seen.contact.city, seen.contact.country

    def look(pair: Pair, say: Say) -> None:
        where = ".anchored" if pair.owns else ".alone"
        theirs = pair.side.city
        if _same_city(mine, theirs):
            home = pair.side.country
            if country and home and country != home and not _agrees(mine, pair):
                return
            if _states_agree(seen.contact.state, pair.side.state) is False or _adds(mine, pair):
                return
            say(Kind.CITY, "same" + where, _shown(mine), _shown(theirs))
        elif f" {mine} " in f" {pair.held.name.latin} ":
            say(Kind.CITY, "in_name" + where, _shown(mine), pair.held.name.clean)
        elif theirs:
            say(Kind.CITY, "different" + where, _shown(mine), _shown(theirs))

    return look if mine else None


def state(seen: View) -> Look | None:
    """The states or provinces: the same or different, where both are given in one way of writing, or known.

    People of a company write from other states, too: at its domain ("anchored") a difference says little.
    "local" where they differ alone, and the account serves one place: of Franklin County there are two dozen.
    """
    mine = seen.contact.state

    def look(pair: Pair, say: Say) -> None:
        agree = _states_agree(mine, pair.side.state)
        if agree is None:
            return
        level = ("same" if agree else "different") + (".anchored" if pair.owns else ".alone")
        if level == "different.alone" and not pair.held.kinds.isdisjoint(LOCAL):
            level = "local"
        say(Kind.STATE, level, _shown(mine), _shown(pair.side.state))

    return look if mine else None


def _states_agree(mine: str | None, theirs: str | None) -> bool | None:
    """Tell whether two states are the same, None unless both are known or given in one way of writing."""
    if not mine or not theirs:
        return None
    one, two = state_code(mine), state_code(theirs)
    return one == two if (len(one) > _ABBREVIATED) == (len(two) > _ABBREVIATED) else None


def phone(seen: View) -> Look | None:
    """The same phone number, or one switchboard: all but the last three digits alike."""
    mine = seen.contact.phone

    def look(pair: Pair, say: Say) -> None:
        theirs = pair.side.phone
        if mine and theirs:
            if theirs == mine:
                say(Kind.PHONE, "same", None, None)
            elif len(mine) > 8 and theirs[:-3] == mine[:-3]:
                say(Kind.PHONE, "switchboard", None, None)

    return look if mine else None
