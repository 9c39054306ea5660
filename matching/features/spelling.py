"""How well a domain's name part spells a company name."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz.distance import Indel

from matching import domains, words
from matching.name_side import NameSide
from matching.names import initials
from matching.text import bare

SPELLS = 0.75
"""How well a domain spells a company name at least that is the company's own."""

HINTS_AT = 0.6
"""How well it spells one at least that it may have to do with: by two letters that are its initials."""

LONG = 5
"""Letters from which on a domain that spells a name does so by no chance; shorter ones may be another's."""


def best_fit(label: str, names: Sequence[NameSide]) -> float:
    """Return how well a domain's name part spells the best of several names, 0..1."""
    return max([label_fit(label, name) for name in names], default=0.0)


def host_fit(host: str, names: Sequence[NameSide]) -> float:
    """Return how well a domain spells one of several names; a brand may be its ending (global.canon)."""
    fit = best_fit(domains.label(host), names)
    ending = domains.suffix(host)
    return max(fit, 0.9) if len(ending) >= 4 and any(name.joined == ending for name in names) else fit


def label_fit(label: str, name: NameSide) -> float:
    """Return how well a domain's name part spells a company name, 0..1.

    1 for the whole name, 0.95 for its telling words without the kind of
    organisation (chatham, Chatham University), about 0.85 for beginnings of words
    that use up the label (upenn), 0.6 to 0.9 for initials, below 0.5 for chance likeness.
    """
    joined, whole, said, best = label, name.joined, name.said, 0.0
    if "-" in label:
        joined = domains.joined(label)
        if len(whole) >= 3 and whole in label.split("-"):
            best = 0.75
    if not joined or not whole:
        return 0.0
    if _is(joined, name):
        return _sure(joined)
    if joined[0] in name.heads:  # else it spells neither words nor initials
        if joined == "".join([word for word in said if _tells(word)]):
            return 0.95 * _sure(joined)
        if 2 <= len(joined) <= len(said) and joined in initials(name.name):
            return 0.9 if len(joined) >= 4 else 0.8 if len(joined) == 3 else 0.6
        best = max(best, _spelled_by(joined, said))
    alike = Indel.normalized_similarity(joined, whole)
    return max(best, alike - 0.1 if alike >= 0.7 else 0.4 * alike)


def likeness(one: str, two: str) -> str:
    """Return how much the name parts of two domains have in common: "starts", "alike" or "unlike".

    "starts" where one of four letters or more begins the other (acme, acme-robotics).
    """
    if min(len(one), len(two)) >= 4 and (one.startswith(two) or two.startswith(one)):
        return "starts"
    return "alike" if Indel.normalized_similarity(one, two) >= 0.75 else "unlike"


def spells(label: str, name: NameSide) -> bool:
    """Tell whether a domain's name part is a company name letter for letter, one too long for chance."""
    joined = domains.joined(label)
    return len(joined) >= LONG and _is(joined, name)


def _is(joined: str, name: NameSide) -> bool:
    """Tell whether letters are the whole name, in either way in which its umlauts are spelled."""
    return joined == name.joined or (not name.name.clean.isascii() and bare(joined) == bare(name.joined))


def _sure(joined: str) -> float:
    """Return how far a label that spells a name is no chance."""
    return 1.0 if len(joined) >= LONG else 0.92 if len(joined) == 4 else 0.8 if len(joined) == 3 else 0.6


def _tells(word: str) -> bool:
    return words.weight(words.canonical(word)) >= words.TELLING


def _spelled_by(joined: str, parts: Sequence[str]) -> float:
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
