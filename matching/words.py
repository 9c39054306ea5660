"""Words that mean the same or say little: abbreviations, translations, stop words.

The table is `data/words.txt`; it carries general knowledge of company and
institution names, not of particular companies.
"""

from __future__ import annotations

from collections.abc import Sequence

from matching.data import lines
from matching.places import NATION_WORDS
from matching.text import fold, is_arabic, latin

STOP = "stop"


def _load() -> tuple[dict[str, str], dict[str, str]]:
    canonical: dict[str, str] = {}
    kind: dict[str, str] = {}
    for line in lines("words.txt"):
        sort, head, spellings = line.split("\t")
        kind[head] = sort
        for spelling in (head, *spellings.split()):
            folded = fold(spelling)
            canonical.setdefault(folded, head)
            romanized = latin(folded).replace(" ", "")
            if not folded.isascii() and len(romanized) >= 4 and not is_arabic(folded):
                canonical.setdefault(romanized, head)  # as people write it; of Arabic that has other vowels
    return canonical, kind


CANONICAL, KIND = _load()
WEIGHT = {"stop": 0.0, "generic": 0.3, "class": 0.55, "nation": 0.6, "entity": 0.8, "place": 0.9, "form": 1.0}
"""How much a word of each kind says, against 1 for a word that is in no table."""

TELLING = WEIGHT["place"]
"""A word that says this much tells organisations of one kind apart."""


_CONTRAST = {word: line for line in lines("contrasts.txt") for word in line.split()}
"""Words that tell organisations apart though they mean about the same, and all of their kind."""


def contrast(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether two names, as said, differ by words that tell apart: City of Vienna, Town of Vienna."""
    mine, theirs = ({word for word in said if word in _CONTRAST} for said in (one, other))
    kinds = {_CONTRAST[word] for word in mine - theirs}
    return any(_CONTRAST[word] in kinds for word in theirs - mine)


def is_stop(word: str) -> bool:
    """Tell whether a canonical word carries no meaning of its own."""
    return KIND.get(word) == STOP


_SPELLED = {word: f"@{code}" for word, code in NATION_WORDS.items()} | CANONICAL
TELLING_OF = {word: "" if is_stop(found) else found for word, found in _SPELLED.items()}
"""The folded words whose `telling` spelling is not themselves, and that."""

SILENT = frozenset(word for word, found in TELLING_OF.items() if not found)
"""The folded words that carry no meaning of their own."""

_WEIGHTS = {word: WEIGHT[kind] for word, kind in KIND.items()}
_WEIGHTS |= dict.fromkeys([f"@{code}" for code in NATION_WORDS.values()], WEIGHT["nation"])
FAINT = frozenset(word for word, found in _WEIGHTS.items() if found < 1.0)
"""The canonical words whose `weight` is below 1."""


def canonical(word: str) -> str:
    """Return the spelling that stands for all spellings of a folded word."""
    return _SPELLED.get(word, word)


def telling(word: str) -> str:
    """Return the canonical spelling of a folded word, empty for one that carries no meaning of its own."""
    return TELLING_OF.get(word, word)


def weight(word: str) -> float:
    """Return how much a canonical word says by its meaning alone, 0..1."""
    return _WEIGHTS.get(word, 1.0)
