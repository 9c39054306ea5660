"""What people write of themselves before or behind a company's name: that they are there, or only near it.

"Engineer at Acme" and "Engineer II, Acme" are of Acme. "Consultant to Acme", "ex-Acme", "Acme (retired)",
"Acme reseller" and "c/o Acme" have to do with Acme, and may be anybody. The words are
`data/relations.txt`:

======  ===================================================================
job     what a person is in a company, before a word of the sort "at"
title   what a person or a desk is called, set off from a name: Engineer, Acme
member  the same, also before one of the sort "of": owner of, employee of
apart   what a person is who is near a company: consultant to, student at
both    what is near it before "of", and in it before "at": partner
once    what was: former Acme, ex-Acme
behind  what says near without a bracket behind a name: Acme reseller
body    what those are together: Acme Alumni Association, Acme Employees Union
phrase  what one organisation says of another: Zenith, part of Acme
======  ===================================================================
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from matching.data import lines
from matching.text import fold


class Relation(NamedTuple):
    """What a text says: ``name`` is of the company that its writer is of, or only ``near``.

    ``own`` is what stands before it as a name of another: Zenith, part of Acme.
    """

    name: str
    near: bool
    own: str | None = None


def _load() -> tuple[dict[str, set[str]], list[str]]:
    sorts: dict[str, set[str]] = defaultdict(set)
    phrases: list[str] = []
    for line in lines("relations.txt"):
        sort, said = line.split("\t")
        if sort == "phrase":
            phrases.append(said)
        else:
            sorts[sort].update(map(fold, said.split()))
    return dict(sorts), sorted(phrases, key=len, reverse=True)


_SORTS, _PHRASES = _load()
_NEAR = _SORTS["apart"] | _SORTS["once"]
_POSTS = _SORTS["job"] | _SORTS["title"]
_TITLES = _POSTS | _SORTS["of"] | _SORTS["member"]
_OF_PERSONS = _NEAR | _SORTS["both"] | _SORTS["member"] | _POSTS
_SAID = _OF_PERSONS | _SORTS["at"] | _SORTS["of"]
_OF_PHRASES = {word for phrase in _PHRASES for word in re.findall(r"\w+", fold(phrase))}
# Words of phrases each of which stands beside one that is not common.
_COMMON = {*_SORTS["of"], "a", "an", "by", "company", "off", "on"}

HINTS = frozenset(
    _NEAR | _SORTS["both"] | _SORTS["behind"] | _SORTS["member"] | _SORTS["at"] | (_OF_PHRASES - _COMMON)
)
"""A name in one section without any of these words says nothing of its writer."""

_WORD = re.compile(r"[^\W_]+|@")
_APART = re.compile(r"[,;:()\[\]/|–—]|\s-\s")  # what parts two sections of a text
_PHRASE = re.compile(
    r"(?P<own>.*?)(?<!\w)(?:" + "|".join(map(re.escape, _PHRASES)) + r")(?!\w):?\s+(?P<name>.+)",
    re.IGNORECASE,
)
_KIN = re.compile(
    r"(?P<own>.+?)[,;(–—-]\s*(?:an?|part of the)\s+(?P<name>\S.*?)\s+"
    r"(?:group\s+)?(?:company|brand|business|subsidiary|franchise|affiliate)\)?",
    re.IGNORECASE,
)


def relation(text: str) -> Relation | None:
    """Return what a company field says of its writer and a company, None where it is but a name."""
    is_apart = _APART.search(text) is not None
    found = _KIN.fullmatch(text) if is_apart else None
    words = [(each.start(), each.end(), fold(each.group())) for each in _WORD.finditer(text)]
    used = {word for _, _, word in words}
    telling = not used.isdisjoint(HINTS)
    if found is None and telling:
        found = _PHRASE.fullmatch(text)
    if found is not None:
        return Relation(_bare(found["name"]), near=True, own=_bare(found["own"]) or None)
    said = (_before(text, words) or _behind(text, words)) if telling else None
    return _titled(text) if said is None and is_apart and not used.isdisjoint(_SORTS["title"]) else said


_Words = list[tuple[int, int, str]]


def _before(text: str, words: _Words) -> Relation | None:
    """Read what a person is from the beginning of a text, up to the last place where a name may begin."""
    said = 0
    while said < len(words) and words[said][2] in _SAID:
        said += 1
    for count in range(min(said, len(words) - 1), 0, -1):
        roles = {word for _, _, word in words[:count]}
        near = _is_near(roles, words[count - 1][2], text[words[count - 1][1] : words[count][0]])
        if near is not None and words[0][2] in _OF_PERSONS:
            return Relation(_bare(text[words[count][0] :]), near)
    return None


def _is_near(roles: set[str], last: str, gap: str) -> bool | None:
    """Tell whether words of which one is the last before a name say near it; None: no name follows."""
    near = not roles.isdisjoint(_NEAR)
    if last in _SORTS["once"]:
        return True
    if last in _SORTS["at"]:
        return near
    if last in _SORTS["of"]:
        if near or not roles.isdisjoint(_SORTS["both"]):
            return True
        return None if roles.isdisjoint(_SORTS["member"]) else False
    return True if near and _APART.search(gap) else None


def _behind(text: str, words: _Words) -> Relation | None:
    """Read what a person is from the end of a text."""
    body = len(words) - (bool(words) and words[-1][2] in _SORTS["body"])
    said = body
    while said and words[said - 1][2] in _OF_PERSONS | _SORTS["behind"]:
        said -= 1
    if not 0 < said < body:
        return None
    roles = {word for _, _, word in words[said:body]}
    name, gap = _bare(text[: words[said - 1][1]]), text[words[said - 1][1] : words[said][0]]
    telling = set(_SORTS["once"])
    if body < len(words):
        telling |= _NEAR | _SORTS["member"]
    elif _APART.search(gap):
        telling |= _NEAR | _SORTS["both"]
    if not roles.isdisjoint(telling) or roles <= _SORTS["behind"]:
        return Relation(name, near=True)
    return Relation(name, near=False) if roles in ({"employee"}, {"staff"}) else None


def _titled(text: str) -> Relation | None:
    """Read a name without the sections at either end that say what a person or a desk is called."""
    starts = [0, *(cut.end() for cut in _APART.finditer(text))]
    ends = [*(cut.start() for cut in _APART.finditer(text)), len(text)]
    parts = [(start, end) for start, end in zip(starts, ends, strict=True) if text[start:end].strip()]
    sections = [{fold(word) for word in _WORD.findall(text[start:end])} for start, end in parts]
    front, back = _titles(sections), _titles(sections[::-1])
    if front + back == 0 or front + back >= len(parts):
        return None
    name = text[parts[front][0] : parts[len(parts) - back - 1][1]]
    return Relation(_bare(name), near=False)


def _titles(sections: Sequence[set[str]]) -> int:
    """Return how many sections from the first on are titles or desks, and nothing else."""
    titled = False
    for count, words in enumerate(sections):
        titled = titled or not words.isdisjoint(_SORTS["title"])
        if not titled or not words <= _TITLES:
            return count
    return len(sections)


def _bare(text: str) -> str:
    """Return a text without what a cut left hanging at its ends."""
    text = text.strip(" ,;:-–—/|")
    return text.strip("()[] ,;-") if text.count("(") != text.count(")") else text
