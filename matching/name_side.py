"""What comparison reads of one company name alone: worked out once, before two names meet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from matching import words
from matching.places import nation
from matching.types import CompanyName

Initials = tuple[int, int, int]
"""The place of a word, and the place and number of the words that it is the initials of."""

_ORDINALS = {"second": "2", "third": "3", "fourth": "4"}  # "first" is as often a mere ornament


class NameSide(NamedTuple):
    """One company name in the forms that comparison reads.

    ``words`` are those of the name, in canonical spelling, and ``meaning``
    how much each says by its meaning alone; ``said`` are its Latin words
    as they are said, ``heads`` their first letters, ``joined`` all without spaces.
    ``numbers``, ``kinds`` (of organisation) and ``nations`` (ISO 3166-1
    alpha-2) are what its words say of each; ``initials`` its words that are
    initials of others of its words.
    """

    name: CompanyName
    words: tuple[str, ...]
    meaning: list[float]
    said: list[str]
    heads: str
    joined: str
    is_latin: bool
    numbers: frozenset[str]
    kinds: frozenset[str]
    nations: frozenset[str]
    initials: tuple[Initials, ...]


def name_side(name: CompanyName) -> NameSide:
    """Return what comparison reads of a name."""
    said = name.latin.split()
    meaning, numbers, kinds, nations = [], [], [], []
    for word in name.words:
        meaning.append(max(0.02, words.weight(word)))
        if word in _ORDINALS or word[0].isdigit():
            numbers.append(_ORDINALS.get(word, word))
        if words.KIND.get(word) in ("class", "entity"):
            kinds.append(word)
        if (code := nation(word)) is not None:
            nations.append(code)
    return NameSide(
        name,
        name.words,
        meaning,
        said,
        "".join([word[0] for word in said]),
        "".join(said),
        name.latin == name.core,
        frozenset(numbers),
        frozenset(kinds),
        frozenset(nations),
        tuple(_initials(name.words)) if len(name.words) >= 3 else (),
    )


def _initials(said: tuple[str, ...]) -> Iterator[Initials]:
    """Yield the words that are the initials of two to six others, side by side: SWE Stadtwerke Esslingen."""
    for at, word in enumerate(said):
        size = len(word)
        if 2 <= size <= 6 and size < len(said):
            for start in range(len(said) - size + 1):
                beside = not start <= at < start + size
                if beside and all(said[start + k][0] == word[k] for k in range(size)):
                    yield at, start, size
