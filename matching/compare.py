"""Two company names compared word by word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import mul
from typing import NamedTuple

from rapidfuzz.distance import Indel, JaroWinkler

from matching import words
from matching.name_side import Initials, NameSide
from matching.names import initials
from matching.places import nation
from matching.text import bare, skeleton

Worths = Mapping[str, float]
"""How much canonical words say, 0..1, that say something else here than by their meaning alone."""

LOOSE = frozenset(("turned", "contrast"))
"""Ways of being the same in which two organisations may be."""

_NOWHERE: frozenset[str] = frozenset()
SHARED = 0.7
"""How alike two words are at least to be one."""

_READ_ALIKE = 0.5  # of 华源 and 华远: the same sounds say little


class NameComparison(NamedTuple):
    """What two names have in common. Shares are of weight, 0..1.

    ``strength`` is one figure that orders comparisons, 0..1.
    ``same`` is "core" (letter for letter without legal form), "joined" (but
    for spaces), "words" (the same words by meaning, any order), "turned" (the same words of
    one language in another order: University of Miami, Miami University), "contrast" (the same
    by meaning, but said in words that tell apart: City of Vienna, Town of Vienna) or None.
    ``covered`` and ``explained`` are the shares of the contact's and the
    account's words found in the other, ``agreed`` both in one; ``spelling`` the likeness letter by
    letter; ``missing`` and ``extra`` the heaviest word left over on the
    contact's and the account's side; ``numbers`` is "same", "differ", "one_sided" or None;
    ``initials`` the length of the abbreviation that one name is of the other.
    ``start`` tells that one name begins with the other: "cut" inside a word, "whole" at its end.
    ``shared`` are the contact's words found, with how alike each is.
    """

    strength: float
    same: str | None
    covered: float
    explained: float
    agreed: float
    spelling: float
    missing: float
    extra: float
    numbers: str | None
    initials: int
    shared: tuple[tuple[str, float], ...]
    start: str | None


def compare(
    asked: NameSide,
    held: NameSide,
    worths: Worths,
    asked_places: frozenset[str] = _NOWHERE,
    held_places: frozenset[str] = _NOWHERE,
) -> NameComparison:
    """Compare the contact's company name with an account's. Symmetric but for which side is which.

    The places are words of each side's city and country: a word that one name
    has and the other lacks is no difference when it says where the other is.
    """
    mine, theirs = asked.words, held.words
    homophones = bool(asked.han and held.han and asked.han != held.han)
    if mine == theirs:
        left = right = [1.0] * len(mine)
    else:
        left, right = _align(asked, held)
        if asked.initials:
            _explain_own_initials(asked.initials, left)
        if held.initials:
            _explain_own_initials(held.initials, right)
        if (asked.nations or not held_places.isdisjoint(mine)) and _is_called(mine, left, held_places):
            _explain_places(asked, left, held_places)
        if (held.nations or not asked_places.isdisjoint(theirs)) and _is_called(theirs, right, asked_places):
            _explain_places(held, right, asked_places)
    if homophones:
        _doubt_read(asked, left)
        _doubt_read(held, right)
    covered, missing = _found(list(map(worths.get, mine, asked.meaning)), left)
    explained, extra = _found(list(map(worths.get, theirs, held.meaning)), right)
    agreed = 2 * covered * explained / (covered + explained + 1e-9)
    spelling = Indel.normalized_similarity(asked.han, held.han) if homophones else _spelling(asked, held)
    same = None if homophones else _same(asked, held)
    return NameComparison(
        1.0 if same else 0.7 * agreed + 0.3 * spelling,
        same,
        covered,
        explained,
        agreed,
        spelling,
        missing,
        extra,
        _numbers(asked.numbers, held.numbers),
        _initials_of(asked, held) or _initials_of(held, asked),
        tuple([(word, like) for word, like in zip(mine, left, strict=True) if like]),
        _start(asked.joined, held) or _start(held.joined, asked),
    )


def _found(weights: Sequence[float], likeness: Sequence[float]) -> tuple[float, float]:
    """Return the share of a side's weight that the other side has, and its heaviest word that it lacks."""
    share = sum(map(mul, weights, likeness)) / sum(weights)
    return share, max(map(mul, weights, [1.0 - like for like in likeness]))


def _doubt_read(side: NameSide, likeness: list[float]) -> None:
    """Count a word that was read from Chinese characters as half found: others are read the same way."""
    for at, word in enumerate(side.words):
        if word in side.read:
            likeness[at] = min(likeness[at], _READ_ALIKE)


def _explain_own_initials(initials: Sequence[Initials], likeness: list[float]) -> None:
    """Count a word that is the initials of the others as said with them: SWE Stadtwerke Esslingen.

    Either the words were found, and the initials add nothing; or the initials
    of three words or more were found, and the words spell them out.
    """
    for at, start, size in initials:
        run = likeness[start : start + size]
        if likeness[at] == 0 and min(run) >= 0.7:
            likeness[at] = 0.9
        elif likeness[at] == 1.0 and size >= 3 and not any(run):
            likeness[start : start + size] = [0.85] * size


def _is_called(said: Sequence[str], likeness: Sequence[float], places: frozenset[str]) -> bool:
    """Tell whether two names share a word that is neither a place nor a kind of organisation.

    Names without one are told apart by places: Universidad de Chile, Universidad de Santiago de Chile.
    """
    return any(
        like >= SHARED and words.weight(word) == 1.0 and word not in places and nation(word) is None
        for word, like in zip(said, likeness, strict=True)
    )


def _explain_places(name: NameSide, likeness: list[float], places: frozenset[str]) -> None:
    """Count a word as found that says where the other is, unless a branch is called by it: Acme of Plano."""
    said = f" {name.name.latin} "
    for at, word in enumerate(name.words):
        tells = word in places or ((code := nation(word)) and f"@{code}" in places)
        if tells and likeness[at] < 0.85 and f" of {word} " not in said:
            likeness[at] = 0.85


def _start(short: str, long: NameSide) -> str | None:
    """Tell whether a name of 8 letters or more begins the other, and whether it ends where a word does.

    In scripts without spaces a word may end behind every sign.
    """
    if len(short) < 8 or len(long.joined) <= len(short) or not long.joined.startswith(short):
        return None
    if not long.spaced:
        return "whole"
    ends, at = set(), 0
    for word in long.said:
        at += len(word)
        ends.add(at)
    return "whole" if len(short) in ends else "cut"


def _same(asked: NameSide, held: NameSide) -> str | None:
    if asked.name.core == held.name.core:
        return "core"
    if asked.joined == held.joined or (_accented(asked, held) and bare(asked.joined) == bare(held.joined)):
        return "joined"
    if len(asked.words) == len(held.words) and sorted(asked.words) == sorted(held.words):
        return _by_words(asked, held)
    return None


def _by_words(asked: NameSide, held: NameSide) -> str:
    """Tell how names of the same words by meaning differ, if in a way that tells organisations apart."""
    if asked.words != held.words and _said(asked) == _said(held):
        return "turned"
    return "contrast" if words.contrast(asked.said, held.said) else "words"


def _said(side: NameSide) -> list[str]:
    """Return the words of a name as it says them, sorted, without those of no meaning; of a nation, which."""
    return sorted([nation(word) or word for word in side.said if word not in words.SILENT])


def _accented(asked: NameSide, held: NameSide) -> bool:
    """Tell whether one of two names has letters that others spell with two: Müller, Mueller."""
    return not (asked.name.clean.isascii() and held.name.clean.isascii())


def _spelling(asked: NameSide, held: NameSide) -> float:
    one, two = asked.joined, held.joined
    plain = max(Indel.normalized_similarity(one, two), JaroWinkler.similarity(one, two) - 0.1)
    if asked.is_latin and held.is_latin:
        return plain
    bones, other = skeleton(one), skeleton(two)
    if len(bones) >= 3 and len(other) >= 3:
        return max(plain, Indel.normalized_similarity(bones, other) - 0.05)
    return plain


def _numbers(mine: frozenset[str], theirs: frozenset[str]) -> str | None:
    if mine == theirs:
        return "same" if mine else None
    return "differ" if mine and theirs and not (mine & theirs) else "one_sided"


def _initials_of(short: NameSide, long: NameSide) -> int:
    size = len(short.joined)
    if not 2 <= size <= 8 or size > len(long.said) or len(long.name.tokens) < 2:
        return 0
    return size if short.joined in initials(long.name) else 0


def _align(one: NameSide, other: NameSide) -> tuple[list[float], list[float]]:
    """Pair the words of two names, best pairs first; return how alike each word's partner is, 0 for none."""
    asked, held = one.words, other.words
    left, right = [0.0] * len(asked), [0.0] * len(held)
    free_left, free_right = _pair_equal(asked, held, left, right)
    if free_left and free_right:
        _pair_joined(asked, held, free_left, free_right, left, right)
        _pair_joined(held, asked, free_right, free_left, right, left)
    if free_left and free_right:
        _pair_alike(asked, held, free_left, free_right, left, right)
    if free_left and free_right:
        _pair_initials(asked, other, free_left, free_right, left, right)
        _pair_initials(held, one, free_right, free_left, right, left)
    return left, right


def _pair_equal(
    asked: tuple[str, ...], held: tuple[str, ...], left: list[float], right: list[float]
) -> tuple[list[int], list[int]]:
    free_left: list[int] = []
    free_right = list(range(len(held)))
    for i, word in enumerate(asked):
        j = next((j for j in free_right if held[j] == word), None) if word in held else None
        if j is None:
            free_left.append(i)
        else:
            left[i] = right[j] = 1.0
            free_right.remove(j)
    return free_left, free_right


def _pair_joined(
    split: tuple[str, ...], joined: tuple[str, ...], free_split: list[int], free_joined: list[int],
    split_likeness: list[float], joined_likeness: list[float],
) -> None:  # fmt: skip
    """Pair two or three neighbouring words with one that is them written together."""
    if len(free_split) < 2:
        return
    for j in list(free_joined):
        whole = joined[j]
        for i in free_split:
            if len(split[i]) < len(whole) and whole.startswith(split[i]):
                size = _run_that_spells(whole, split, i, free_split)
                if size:
                    for k in range(i, i + size):
                        split_likeness[k] = 1.0
                        free_split.remove(k)
                    joined_likeness[j] = 1.0
                    free_joined.remove(j)
                    break


def _run_that_spells(whole: str, split: tuple[str, ...], start: int, free: list[int]) -> int:
    """Return how many words from `start` are `whole` written apart: 2, 3, or 0 for none."""
    for size in (2, 3):
        if (
            all(k in free for k in range(start, start + size))
            and "".join(split[start : start + size]) == whole
        ):
            return size
    return 0


def _pair_alike(
    asked: tuple[str, ...], held: tuple[str, ...], free_left: list[int], free_right: list[int],
    left: list[float], right: list[float],
) -> None:  # fmt: skip
    pairs = [
        (-like, abs(i - j), i, j)
        for i in free_left
        for j in free_right
        if (like := likeness(asked[i], held[j])) > 0
    ]
    pairs.sort()
    for unlike, _, i, j in pairs:
        if i in free_left and j in free_right:
            left[i] = right[j] = -unlike
            free_left.remove(i)
            free_right.remove(j)


def _pair_initials(
    short: tuple[str, ...], spelled: NameSide, free_short: list[int], free_spelled: list[int],
    short_likeness: list[float], spelled_likeness: list[float],
) -> None:  # fmt: skip
    """Pair an abbreviation with the run of words it is the initials of: nc, north carolina."""
    for i in list(free_short):
        size = len(short[i])
        if not 2 <= size <= min(6, len(free_spelled)):
            continue
        for start in free_spelled:
            run = list(range(start, start + size))
            if all(k in free_spelled for k in run) and _are_initials(short[i], spelled, start):
                short_likeness[i] = 0.75
                for k in run:
                    spelled_likeness[k] = 0.75
                    free_spelled.remove(k)
                free_short.remove(i)
                break


def _are_initials(short: str, name: NameSide, start: int) -> bool:
    """Tell whether letters are those that the words from one on begin with, as said or as spelled."""
    if name.letters.startswith(short, start):
        return True
    return all(word[0] == letter for word, letter in zip(name.words[start:], short, strict=False))


@lru_cache(maxsize=16384)
def likeness(one: str, two: str) -> float:
    """Return how surely two different words stand for one, 0..1: typo, cut off, abbreviated, other script."""
    short, long = (one, two) if len(one) <= len(two) else (two, one)
    if short[0].isdigit() or long[0].isdigit():
        return 0.0
    if long.startswith(short):
        if long[len(short) :] in words.CANONICAL and len(short) >= 3:  # a compound: kreis, kreis-sparkasse
            return 0.45
        return 0.3 if len(short) == 1 else min(0.95, 0.45 + 0.1 * len(short))
    best = 0.0
    if len(short) >= 4 and 5 * len(short) >= 3 * len(long):  # else they are less alike than 0.75
        alike = Indel.normalized_similarity(short, long, score_cutoff=0.75)
        if alike:
            best = alike if alike >= 0.85 else alike - 0.1
    if len(short) >= 5 and len(long) > len(short) and short in long:
        best = max(best, 0.7)
    if best < 0.8 and len(bones := skeleton(short)) >= 3 and bones == skeleton(long):
        best = 0.8
    if best < 0.55 and 2 <= len(short) <= len(long) - 2 and short[0] == long[0] and _within(short, long):
        best = 0.55 if len(short) >= 3 and not words.KIND.get(long) else 0.35
    return best


def _within(short: str, long: str) -> bool:
    letters = iter(long)
    return all(char in letters for char in short)
