"""How much a word says among these accounts: by its meaning, and by how many accounts carry it."""

from __future__ import annotations

from collections.abc import Iterable
from math import log

from matching import words
from matching.keys import FEW, key
from matching.types import Corpus


class Rarities:
    """How rare the words are among all accounts that were looked up for a contact.

    ``worths`` is how much each of them says here, 0..1, if another than by its meaning alone.
    """

    def __init__(self, corpus: Corpus, looked_up: Iterable[str]) -> None:
        size = max(FEW, corpus.accounts) + 2
        self._scale = scale = log(size)
        self.worths: dict[str, float] = {}
        self._telling: dict[str, float] = {}
        for word in looked_up:
            count = corpus.frequency.get(key("t", word), 0)
            self._telling[word] = log(size / (count + 1))
            if count:
                rarity = max(0.2, min(1.0, 1.25 * log(size / count) / scale))
                self.worths[word] = max(0.02, words.weight(word) * rarity)

    def of(self, shared: Iterable[tuple[str, float]]) -> float:
        """Return how telling shared words are, each with how alike it is.

        1 when one word is on a single account, 0 when all have it.
        """
        return sum([like * words.weight(word) * self._telling[word] / self._scale for word, like in shared])
