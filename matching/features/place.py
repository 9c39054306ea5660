"""Evidence of the place: country, city, state, and the telephone."""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz.distance import Indel

from matching.features.seen import Observation, Pair, View
from matching.types import EvidenceKind

Kind = EvidenceKind

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
    theirs = pair.side.country
    if not theirs:
        return
    mine, said = seen.contact.country, ""
    if mine is None:
        if len(seen.side.hints) != 1:
            return
        (mine,), said = seen.side.hints, "hint_"
    if mine == theirs:
        level = "same"
    else:
        level = "near" if any(mine in group and theirs in group for group in _NEAR) else "different"
        if level == "different" and (_same_city(pair, seen) or theirs in seen.side.hints):
            level = "contradicted"
    where = ".anchored" if pair.owns else ".alone"
    yield Observation(Kind.COUNTRY, said + level + where, mine, theirs)


def _same_city(pair: Pair, seen: View) -> bool:
    mine, theirs = seen.contact.city, pair.side.city
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
    theirs = pair.side.city
    if theirs and _same_city(pair, seen):
        yield Observation(Kind.CITY, "same" + where, mine, theirs)
    elif f" {mine} " in f" {pair.held.latin} ":
        yield Observation(Kind.CITY, "in_name" + where, mine, pair.held.clean)
    elif theirs:
        yield Observation(Kind.CITY, "different" + where, mine, theirs)


def state(pair: Pair, seen: View) -> Iterator[Observation]:
    """The states or provinces: the same or different, where both are given in one way of writing."""
    mine, theirs = seen.contact.state, pair.side.state
    if mine and theirs and (len(mine) > 3) == (len(theirs) > 3):
        yield Observation(Kind.STATE, "same" if mine == theirs else "different", mine, theirs)


def phone(pair: Pair, seen: View) -> Iterator[Observation]:
    """The same phone number, or one switchboard: all but the last three digits alike."""
    mine, theirs = seen.contact.phone, pair.side.phone
    if mine and theirs:
        if theirs == mine:
            yield Observation(Kind.PHONE, "same", None, None)
        elif len(mine) > 8 and theirs[:-3] == mine[:-3]:
            yield Observation(Kind.PHONE, "switchboard", None, None)
