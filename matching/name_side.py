"""What comparison reads of one company name alone: worked out once, before two names meet."""

from __future__ import annotations

from typing import NamedTuple

from matching import words
from matching.places import NATION_WORDS, nation
from matching.text import ideographs, is_unspaced
from matching.types import CompanyName

Initials = tuple[int, int, int]
"""The place of a word, and the place and number of the words that it is the initials of."""

_ORDINALS = {"second": "2", "third": "3", "fourth": "4"}  # "first" is as often a mere ornament
_NONE: frozenset[str] = frozenset()


class NameSide(NamedTuple):
    """One company name in the forms that comparison reads.

    ``words`` are those of the name, in canonical spelling, ``letters`` the first ones of each as it is said,
    and ``meaning`` how much each says by its meaning alone; ``said`` are its Latin words
    as they are said, ``heads`` their first letters, ``joined`` all without spaces.
    ``spaced`` tells that it is in a script with spaces between words.
    ``han`` are its Chinese characters, simplified, and ``read`` its words that were read from them.
    ``numbers``, ``kinds`` (of organisation) and ``nations`` (ISO 3166-1
    alpha-2) are what its words say of each; ``initials`` its words that are
    initials of others of its words.
    """

    name: CompanyName
    words: tuple[str, ...]
    letters: str
    meaning: tuple[float, ...]
    said: list[str]
    heads: str
    joined: str
    is_latin: bool
    spaced: bool
    han: str
    read: frozenset[str]
    numbers: frozenset[str]
    kinds: frozenset[str]
    nations: frozenset[str]
    initials: tuple[Initials, ...]


def name_side(name: CompanyName) -> NameSide:
    """Return what comparison reads of a name."""
    said, spoken = name.latin.split(), name.words
    meaning, numbers, kinds, nations = zip(*map(_of_word, spoken), strict=True)
    han = "" if name.core.isascii() else ideographs(name.core)
    return NameSide(
        name,
        spoken,
        _letters(said, spoken),
        meaning,
        said,
        "".join([word[0] for word in said]),
        "".join(said),
        name.latin == name.core,
        name.core.isascii() or not any(map(is_unspaced, name.core)),
        han,
        frozenset(spoken).difference(name.tokens, words.KIND) if han else _NONE,
        _set(numbers),
        _set(kinds),
        _set(nations),
        _initials(spoken) if len(spoken) >= 3 else (),
    )


_Told = tuple[float, str | None, str | None, str | None]
"""How much a word says, and the number, the kind of organisation and the nation it tells."""


def _known(word: str) -> _Told:
    kind = word if words.KIND.get(word) in ("class", "entity") else None
    number = word if word[0].isdigit() else None
    return max(0.02, words.weight(word)), _ORDINALS.get(word, number), kind, nation(word)


_NATIONS = [f"@{code}" for code in NATION_WORDS.values()]
_KNOWN = {word: _known(word) for word in (*words.KIND, *_ORDINALS, *NATION_WORDS, *_NATIONS)}
_TELLING: _Told = (1.0, None, None, None)


def _of_word(word: str) -> _Told:
    return _KNOWN.get(word) or ((1.0, word, None, None) if word[0].isdigit() else _TELLING)


def _letters(said: list[str], spoken: tuple[str, ...]) -> str:
    """Return the first letter of each word as said (t of technische, engineering), else as spelled."""
    letters = [word[0] for word in said if word not in words.SILENT]
    return "".join(letters if len(letters) == len(spoken) else [word[0] for word in spoken])


def _set(found: tuple[str | None, ...]) -> frozenset[str]:
    return _NONE if not any(found) else frozenset(filter(None, found))


def _initials(said: tuple[str, ...]) -> tuple[Initials, ...]:
    """Return the words that are the initials of two to six others, side by side: SWE Stadtwerke Esslingen."""
    heads = "".join([word[0] for word in said])
    return tuple(
        [
            (at, start, len(word))
            for at, word in enumerate(said)
            if 2 <= len(word) <= 6 and word in heads
            for start in range(len(said) - len(word) + 1)
            if heads.startswith(word, start) and not start <= at < start + len(word)
        ]
    )
