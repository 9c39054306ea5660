"""How well a domain's name part spells a company name."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import Indel

from matching import domains, words
from matching.names import initials, squash
from matching.types import CompanyName


def best_fit(label: str, names: tuple[CompanyName, ...]) -> float:
    """Return how well a domain's name part spells the best of several names, 0..1."""
    return max((label_fit(label, name) for name in names), default=0.0)


def host_fit(host: str, names: tuple[CompanyName, ...]) -> float:
    """Return how well a domain spells one of several names; a brand may be its ending (global.canon)."""
    fit = best_fit(domains.label(host), names)
    ending = domains.suffix(host)
    return max(fit, 0.9) if len(ending) >= 4 and any(squash(name) == ending for name in names) else fit


@lru_cache(maxsize=4096)
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
    if joined == "".join(word for word in said if words.weight(words.canonical(word)) >= words.TELLING):
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
