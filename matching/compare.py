"""Two company names compared word by word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import mul

from rapidfuzz.distance import Indel, JaroWinkler

from matching import words
from matching.names import initials, squash
from matching.places import nation
from matching.text import skeleton
from matching.types import CompanyName

Weigh = Callable[[str], float]
"""How much a canonical word says, 0..1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameComparison:
    """What two names have in common. Shares are of weight, 0..1.

    ``same`` is "core" (letter for letter without legal form), "joined" (but
    for spaces), "words" (the same words by meaning, any order) or None.
    ``covered`` and ``explained`` are the shares of the contact's and the
    account's words found in the other; ``spelling`` the likeness letter by
    letter; ``missing`` and ``extra`` the heaviest word left over on the
    contact's and the account's side; ``numbers`` is "same", "differ", "one_sided" or None;
    ``initials`` the length of the abbreviation that one name is of the other.
    ``start`` tells that one name begins with the other: "cut" inside a word, "whole" at its end.
    ``shared`` are the contact's words found, with how alike each is.
    """

    same: str | None
    covered: float
    explained: float
    spelling: float
    missing: float
    extra: float
    numbers: str | None
    initials: int
    shared: tuple[tuple[str, float], ...]
    start: str | None

    @property
    def strength(self) -> float:
        """Return one figure that orders comparisons, 0..1."""
        if self.same:
            return 1.0
        agreed = 2 * self.covered * self.explained / (self.covered + self.explained + 1e-9)
        return 0.7 * agreed + 0.3 * self.spelling


def compare(
    asked: CompanyName,
    held: CompanyName,
    weigh: Weigh,
    asked_places: frozenset[str] = frozenset(),
    held_places: frozenset[str] = frozenset(),
) -> NameComparison:
    """Compare the contact's company name with an account's. Symmetric but for which side is which.

    The places are words of each side's city and country: a word that one name
    has and the other lacks is no difference when it says where the other is.
    """
    if asked.words == held.words:
        asked_likeness = held_likeness = [1.0] * len(asked.words)
    else:
        asked_likeness, held_likeness = _align(asked.words, held.words)
        _explain_own_initials(asked.words, asked_likeness)
        _explain_own_initials(held.words, held_likeness)
        _explain_places(asked.words, asked_likeness, held_places)
        _explain_places(held.words, held_likeness, asked_places)
    asked_weights = [weigh(word) for word in asked.words]
    held_weights = [weigh(word) for word in held.words]
    mine, theirs = squash(asked), squash(held)
    return NameComparison(
        same=_same(asked, held),
        covered=_share(asked_weights, asked_likeness),
        explained=_share(held_weights, held_likeness),
        spelling=_spelling(asked, held),
        missing=_heaviest_left(asked_weights, asked_likeness),
        extra=_heaviest_left(held_weights, held_likeness),
        numbers=_numbers(asked.words, held.words),
        initials=max(_initials_of(asked, held), _initials_of(held, asked)),
        start=_start(mine, theirs, held.latin) or _start(theirs, mine, asked.latin),
        shared=tuple(
            (word, like) for word, like in zip(asked.words, asked_likeness, strict=True) if like > 0
        ),
    )


def _explain_own_initials(said: tuple[str, ...], likeness: list[float]) -> None:
    """Count a word that is the initials of the others as said with them: SWE Stadtwerke Esslingen.

    Either the words were found, and the initials add nothing; or the initials
    of three words or more were found, and the words spell them out.
    """
    if len(said) < 3:
        return
    for at, word in enumerate(said):
        size = len(word)
        if not 2 <= size <= 6 or size >= len(said):
            continue
        for start in range(len(said) - size + 1):
            run = range(start, start + size)
            if at in run or "".join(said[k][0] for k in run) != word:
                continue
            if likeness[at] == 0 and all(likeness[k] >= 0.7 for k in run):
                likeness[at] = 0.9
            elif likeness[at] == 1.0 and size >= 3 and not any(likeness[k] for k in run):
                for k in run:
                    likeness[k] = 0.85


def _explain_places(said: tuple[str, ...], likeness: list[float], places: frozenset[str]) -> None:
    for at, word in enumerate(said):
        if likeness[at] < 0.85 and (word in places or f"@{nation(word)}" in places):
            likeness[at] = 0.85


def _start(short: str, long: str, spaced: str) -> str | None:
    """Tell whether a name of 8 letters or more begins the other, and whether it ends where a word does."""
    if len(short) < 8 or len(long) <= len(short) or not long.startswith(short):
        return None
    ends, at = set(), 0
    for word in spaced.split():
        at += len(word)
        ends.add(at)
    return "whole" if len(short) in ends else "cut"


def _same(asked: CompanyName, held: CompanyName) -> str | None:
    if asked.core == held.core:
        return "core"
    if squash(asked) == squash(held):
        return "joined"
    if sorted(asked.words) == sorted(held.words):
        return "words"
    return None


def _share(weights: Sequence[float], likeness: Sequence[float]) -> float:
    total = sum(weights)
    return sum(map(mul, weights, likeness)) / total if total else 0.0


def _heaviest_left(weights: Sequence[float], likeness: Sequence[float]) -> float:
    return max([w * (1.0 - like) for w, like in zip(weights, likeness, strict=True)], default=0.0)


def _spelling(asked: CompanyName, held: CompanyName) -> float:
    one, two = squash(asked), squash(held)
    plain = max(Indel.normalized_similarity(one, two), JaroWinkler.similarity(one, two) - 0.1)
    if asked.latin == asked.core and held.latin == held.core:
        return plain
    bones, other = skeleton(one), skeleton(two)
    if len(bones) >= 3 and len(other) >= 3:
        return max(plain, Indel.normalized_similarity(bones, other) - 0.05)
    return plain


_ORDINALS = {"second": "2", "third": "3", "fourth": "4"}  # "first" is as often a mere ornament


def _numbers(asked: Sequence[str], held: Sequence[str]) -> str | None:
    mine = {_ORDINALS.get(word, word) for word in asked if word[0].isdigit() or word in _ORDINALS}
    theirs = {_ORDINALS.get(word, word) for word in held if word[0].isdigit() or word in _ORDINALS}
    if mine == theirs:
        return "same" if mine else None
    return "differ" if mine and theirs and not (mine & theirs) else "one_sided"


def _initials_of(short: CompanyName, long: CompanyName) -> int:
    letters = squash(short)
    if not 2 <= len(letters) <= 8 or len(long.tokens) < 2:
        return 0
    return len(letters) if letters in initials(long) else 0


def _align(asked: tuple[str, ...], held: tuple[str, ...]) -> tuple[list[float], list[float]]:
    """Pair the words of two names, best pairs first; return how alike each word's partner is, 0 for none."""
    left, right = [0.0] * len(asked), [0.0] * len(held)
    free_left, free_right = _pair_equal(asked, held, left, right)
    if free_left and free_right:
        _pair_joined(asked, held, free_left, free_right, left, right)
        _pair_joined(held, asked, free_right, free_left, right, left)
    if free_left and free_right:
        _pair_alike(asked, held, free_left, free_right, left, right)
    if free_left and free_right:
        _pair_initials(asked, held, free_left, free_right, left, right)
        _pair_initials(held, asked, free_right, free_left, right, left)
    return left, right


def _pair_equal(
    asked: tuple[str, ...], held: tuple[str, ...], left: list[float], right: list[float]
) -> tuple[list[int], list[int]]:
    free_right = list(range(len(held)))
    free_left: list[int] = []
    for i, word in enumerate(asked):
        j = next((j for j in free_right if held[j] == word), None)
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
    pairs = [(likeness(asked[i], held[j]), i, j) for i in free_left for j in free_right]
    for like, i, j in sorted(
        (pair for pair in pairs if pair[0] > 0), key=lambda pair: (-pair[0], abs(pair[1] - pair[2]), pair[1])
    ):
        if i in free_left and j in free_right:
            left[i] = right[j] = like
            free_left.remove(i)
            free_right.remove(j)


def _pair_initials(
    short: tuple[str, ...], spelled: tuple[str, ...], free_short: list[int], free_spelled: list[int],
    short_likeness: list[float], spelled_likeness: list[float],
) -> None:  # fmt: skip
    """Pair an abbreviation with the run of words it is the initials of: nc, north carolina."""
    for i in list(free_short):
        size = len(short[i])
        if not 2 <= size <= 6:
            continue
        for start in free_spelled:
            run = list(range(start, start + size))
            if all(k in free_spelled for k in run) and "".join(spelled[k][0] for k in run) == short[i]:
                short_likeness[i] = 0.75
                for k in run:
                    spelled_likeness[k] = 0.75
                    free_spelled.remove(k)
                free_short.remove(i)
                break


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
    if len(short) >= 4:
        alike = Indel.normalized_similarity(short, long)
        if alike >= 0.75:
            best = alike if alike >= 0.85 else alike - 0.1
    if len(short) >= 5 and len(long) > len(short) and short in long:
        best = max(best, 0.7)
    bones = skeleton(short)
    if len(bones) >= 3 and bones == skeleton(long):
        best = max(best, 0.8)
    if best < 0.55 and 2 <= len(short) <= len(long) - 2 and short[0] == long[0] and _within(short, long):
        best = 0.55 if len(short) >= 3 and not words.KIND.get(long) else 0.35
    return best


def _within(short: str, long: str) -> bool:
    letters = iter(long)
    return all(char in letters for char in short)
