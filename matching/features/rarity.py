"""How much a word says among these accounts: by its meaning, and by how many accounts carry it."""

from __future__ import annotations

from collections.abc import Callable
from math import log

from matching import words
from matching.compare import NameComparison
from matching.keys import key
from matching.types import Corpus


def weigher(corpus: Corpus) -> Callable[[str], float]:
    """Return how much a word says here, 0..1.

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


def rarity(found: NameComparison, corpus: Corpus) -> float:
    """Return how telling the shared words are: 1 when one word is on a single account, 0 when all have it."""
    scale = log(_size(corpus))
    total = 0.0
    for word, like in found.shared:
        count = corpus.frequency.get(key("t", word), 0)
        total += like * log(_size(corpus) / (count + 1)) / scale
    return total


def _size(corpus: Corpus) -> int:
    """Return the number of accounts, at least 1,000: in a small set two do not make a word common."""
    return max(1000, corpus.accounts) + 2
