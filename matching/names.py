"""Company names into the forms that comparison needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import chain, repeat

from matching import legal_forms, words
from matching.places import country_code
from matching.relations import HINTS, relation
from matching.text import clean, fold, is_han, is_mark, is_unspaced, latin
from matching.types import CompanyName

MOST_WORDS = 20
"""Words of a name that are compared at most."""

CUT_FROM = 24
"""Characters from which on a name may have been cut off by the field that held it."""

_AKA = re.compile(
    r"\b(?:d[./ ]?b[./ ]?a\b\.?|doing business as|trading as|t/as?\b|aka\b|a[./]k[./]a\b\.?|also known as|"
    r"formerly known as|previously known as|formerly|previously|f[./]k[./]a\b\.?|fka\b|n[./]k[./]a\b\.?|"
    r"now known as|(?:(?<=\()|(?<=[,;–-] ))(?:now|jetzt|maintenant|ahora)(?! (?:an?|part)\b)|vormals|"
    r"anciennement|antes|ex[- ](?=[A-Z])|opererend als|handelnd als|nom commercial)"
    r"[:.]?\s+",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"[(\[{（【〔][^()\[\]{}（）【】〔〕]*[)\]}）】〕]")
_UND = re.compile(r"(?<=\S) u\. (?!of\b)")  # Müller u. Söhne
_DOTTED = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.\s?){2,}(?:[^\W\d_](?![^\W_]))?")
_ELISION = re.compile(r"(?<![^\W_])(d|l|dell|dall|nell|sull|all|un|qu|j|s|n)'(?=[^\W\d_]{3})")
_APOSTROPHE = re.compile(r"(?<=[^\W_])'(?=[^\W_]|$|\s)")
_STATUS = re.compile(
    r"[\s,(\[-]+(?:in (?:voluntary |members'? voluntary )?liquidation|in administration|in receivership|"
    r"i\. ?l\.?|"
    r"(?:class [a-c] )?(?:common stock|ordinary shares|american depositary shares)|"
    r"in liquidazione|en liquidation|en liquidación|w likwidacji|in liquidatie|i likvidation|\.\.\.|…)"
    r"[\])]*\s*$",
    re.IGNORECASE,
)
# A unit that people add behind the company they work for.
_UNIT = re.compile(
    r"\s(?:[-–|/]\s|\()(?:sales|marketing|hr|human resources|it|finance|purchasing|procurement|"
    r"accounts payable|support|"
    r"legal|operations|engineering|accounting|customer service)(?: (?:team|dept\.?|department|office|group))?"
    r"\)?$",
    re.IGNORECASE,
)
# Words without which a name of letters and digits alone is one name, whole.
_SAYS_MORE = frozenset(
    ["dba", "d", "db", "doing", "trading", "aka", "also", "formerly", "previously", "fka", "now", "vormals",
     "anciennement", "antes", "ex", "opererend", "handelnd", "nom", "liquidation", "administration",
     "receivership", "stock", "shares", "liquidazione", "likwidacji", "liquidatie", "likvidation"]
)  # fmt: skip
_PERSONS_SAY_MORE = _SAYS_MORE | HINTS
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "xi": "11",
          "xii": "12",
          "xiii": "13", "xiv": "14", "xv": "15"}  # fmt: skip
# What a word of letters without accents is among the meaningful ones, where that is not itself.
_SAID = {**words.TELLING_OF, **{numeral: words.telling(number) for numeral, number in _ROMAN.items()}}
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th|er|e|eme)")


def parse_new(raw: str, *, sections: bool = False) -> tuple[CompanyName, ...]:
    """Return what `parse` does, for one who goes through many strings and meets few again."""
    return _parse(clean(raw), sections)


@lru_cache(maxsize=4096)
def parse(raw: str, *, sections: bool = False) -> tuple[CompanyName, ...]:
    """Return the names a string carries: the main one first, then "dba", "formerly" and bracketed ones.

    With ``sections`` also its first and last section ("Institute of Physics, University of
    Riga"), as people type them. Empty only when the string has no letter or digit at all.
    """
    return parse_new(raw, sections=sections)


def _parse(cleaned: str, sections: bool) -> tuple[CompanyName, ...]:
    more = _PERSONS_SAY_MORE if sections else _SAYS_MORE
    if _is_plain(cleaned) and more.isdisjoint(said := cleaned.lower().split()):  # as most: one name
        return (_named(cleaned, _join_initials(said)),)
    shown = _STATUS.sub("", cleaned) or cleaned
    shown = _UNIT.sub("", shown) or shown
    found: list[CompanyName] = []
    for variant, near in _related(shown) if sections else zip(_variants(shown, sections), repeat(False)):
        name = _name(variant)
        if name is not None and all(name.core != other.core for other in found):
            found.append(replace(name, near=True) if near else name)
    if not found and (name := _name(cleaned)) is not None:
        found.append(name)
    return tuple(found[:5])


def _related(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the names in what a person typed, and of each whether its writer is only near that company."""
    said = relation(text)
    if said is None:
        yield from zip(_variants(text, sections=True), repeat(False))
        return
    if said.own is not None:
        yield from zip(_variants(said.own, sections=True), repeat(False))
    elif said.near:
        yield text, True
    yield from zip(_variants(said.name, sections=True), repeat(said.near))
    yield text, False


def _variants(text: str, sections: bool) -> Iterator[str]:
    """Yield the names in a text: around "dba" and "formerly", in and out of brackets, of its sections."""
    for part in (_trim(part) for part in _AKA.split(text)):
        yield from _bracket_variants(part)
        if sections:
            yield from _sections(part)


def _is_plain(text: str) -> bool:
    """Tell whether a text is words of Latin letters and digits, with spaces between them."""
    return text.isascii() and text.replace(" ", "").isalnum()


def _trim(part: str) -> str:
    """Return a part of a name without what the split left hanging at its ends."""
    part = part.strip(" ,;-")
    if part.count("(") != part.count(")"):
        part = part.strip("() ,;-")
    return part


def _bracket_variants(text: str) -> tuple[str, ...]:
    """Return a text whole, without its brackets, and what a bracket holds when that can be a name."""
    brackets = _BRACKETS.findall(text)
    if not brackets:
        return (text,)
    bare = _BRACKETS.sub(" ", text).strip(" ,;-")
    inner = tuple(part[1:-1].strip() for part in brackets)
    names = tuple(part for part in inner if len(part) >= 3 and _can_be_name(part))
    if bare and all(country_code(part) for part in inner):
        return (bare,)
    return (bare, text, *names) if bare else (text, *names)


_SECTION = re.compile(r"\s*(?:,|;|\||\s[-/]|[-/]\s)\s+")


def _sections(text: str) -> tuple[str, ...]:
    """Return the first and last part of a text in sections, where each could be a name by itself."""
    parts = [part.strip() for part in _SECTION.split(_BRACKETS.sub(" ", text))]
    if len(parts) < 2:
        return ()
    return tuple(
        part for part in dict.fromkeys((parts[0], parts[-1])) if part.count(" ") and _can_be_name(part)
    )


def _can_be_name(part: str) -> bool:
    """Tell whether a part says more than a place, a legal form or a kind of business alone."""
    name = _name(part)
    if name is None or name.legal_forms or country_code(part):
        return False
    kinds = {words.KIND.get(word) for word in name.words}
    return any(words.weight(word) == 1.0 for word in name.words) or {"place", "class"} <= kinds


def _tokens(folded: str) -> list[str]:
    """Split a folded text into words: letters with their marks, digits; initials joined (a.b.c. -> abc)."""
    if _is_plain(folded):
        return _join_initials(folded.split())
    text = (_ELISION.sub(r"\1 ", folded) if "'" in folded else folded).replace("co-op", "coop")
    if "'" in text:
        text = _APOSTROPHE.sub("", text)
    if "." in text:
        text = _UND.sub(" und ", text)
        text = _DOTTED.sub(lambda found: found.group().replace(".", "").replace(" ", "") + " ", text)
    if text.isascii():
        text = text.replace("&", " and ").replace("+", " plus ").replace("@", " at ")
        tokens = re.findall(r"[a-z0-9]+", text)
    else:
        text = text.replace("&", " and ").replace("+", " plus ").replace("@", " at ")
        tokens = "".join(char if char.isalnum() or is_mark(char) else " " for char in text).split()
    return _join_initials(tokens)


def _join_initials(tokens: list[str]) -> list[str]:
    """Join runs of single letters, and letters around an ampersand: i b m -> ibm, at and t -> att."""
    if "and" not in tokens and 1 not in map(len, tokens):
        return tokens
    for place in [at for at, token in enumerate(tokens) if token == "and"][::-1]:
        if not 0 < place < len(tokens) - 1:
            continue
        around = tokens[place - 1] + tokens[place + 1]
        if len(around) <= 3 and around.isalpha():
            tokens[place - 1 : place + 2] = [around]
    out: list[str] = []
    run = ""
    for token in [*tokens, ""]:
        if len(token) == 1 and token.isalpha() and not is_han(token):
            run += token
            continue
        if run:
            out.append(run)
            run = ""
        if token:
            out.append(token)
    return out


@lru_cache(maxsize=4096)
def _name(text: str) -> CompanyName | None:
    tokens = _tokens(fold(text))
    return _named(text, tokens) if tokens else None


def _named(text: str, tokens: list[str]) -> CompanyName:
    """Return the name that a text is, of which these are the words; one at least."""
    core, codes = legal_forms.strip(tokens, cut=len(text) >= CUT_FROM)
    core_text = " ".join(core)
    romanized = latin(core_text) or core_text
    return CompanyName(
        raw=text,
        clean=text,
        core=core_text,
        latin=romanized,
        tokens=core,
        legal_forms=codes,
        words=_words(core, romanized),
    )


def restored(
    text: str, core: tuple[str, ...], legal_forms: tuple[str, ...], words: tuple[str, ...]
) -> CompanyName:
    """Return the name that `parse` read from a text, of what it read there: all else follows."""
    core_text = " ".join(core)
    return CompanyName(
        raw=text,
        clean=text,
        core=core_text,
        latin=latin(core_text) or core_text,
        tokens=core,
        legal_forms=legal_forms,
        words=words,
    )


def _words(core: tuple[str, ...], romanized: str) -> tuple[str, ...]:
    """Return the meaningful words of a name in canonical Latin spelling; all when none is."""
    if legal_forms.ANYWHERE.isdisjoint(core) and _is_letters(core):  # as most
        said = tuple([word for token in core if (word := _SAID.get(token, token))])
        if said:
            return said[:MOST_WORDS]
    plain = list(chain.from_iterable(map(_spelled, core)))
    inner = plain[:1] + [word for word in plain[1:] if word not in legal_forms.ANYWHERE]
    meaningful = tuple([word for word in map(words.telling, inner) if word])
    return (meaningful or tuple(plain) or (romanized,))[:MOST_WORDS]


def _is_letters(tokens: tuple[str, ...]) -> bool:
    """Tell whether words are of nothing but letters without accents."""
    joined = "".join(tokens)
    return joined.isascii() and joined.isalpha()


def _spelled(token: str) -> tuple[str, ...]:
    """Return a token as Latin words: numerals alike, Han and others romanised unless a known word."""
    if token.isascii():
        if token.isalpha():
            return (_ROMAN.get(token, token),)
        ordinal = None if token in words.CANONICAL else _ORDINAL.fullmatch(token)
        return (ordinal.group(1),) if ordinal else (token,)
    bare = _ARABIC_ARTICLE.sub("", token)
    known = next(
        (each for each in (token, bare, _ARABIC_PREFIX.sub("", token)) if each in words.CANONICAL), None
    )
    if known is not None:
        return (words.canonical(known),)
    if any(map(is_unspaced, token)):
        parts = _LETTERS_OR_NOT.findall(token)
        return tuple(chain.from_iterable((part,) if part.isascii() else _segmented(part) for part in parts))
    return tuple(latin(bare).split()) or (token,)


_ARABIC_ARTICLE = re.compile("^(?:وال|بال|ال|لل)(?=..)")
_ARABIC_PREFIX = re.compile("^[وبل](?=...)")  # and, in, for: of a word that is known without
_LETTERS_OR_NOT = re.compile("[a-z0-9]+|[^a-z0-9]+")  # LG화학, JR東日本


def _segmented(token: str) -> tuple[str, ...]:
    """Cut a name written without spaces at known words, longest first: 大分県警察 -> oita, county, police."""
    out: list[str] = []
    unknown, at = "", 0
    while at <= len(token):
        known = next(
            (token[at : at + n] for n in (5, 4, 3, 2, 1) if token[at : at + n] in words.CANONICAL), ""
        )
        if known or at == len(token):
            out.extend(latin(unknown).replace(" ", "") for _ in range(bool(unknown)))
            unknown = ""
            if known:
                out.append(words.canonical(known))
            at += max(1, len(known))
        else:
            unknown += token[at]
            at += 1
    return tuple(word for word in out if word) or (token,)


def squash(name: CompanyName) -> str:
    """Return the Latin core without spaces: what joined and split spellings share."""
    return name.latin.replace(" ", "")


def initials(name: CompanyName) -> tuple[str, ...]:
    """Return the abbreviations that a name's first letters make: of the words that count, and of all."""
    said = name.latin.split()
    if len(said) < 2:
        return ()
    if words.SILENT.isdisjoint(said) and said[0] != "the":
        return ("".join([word[0] for word in said]),)
    counting = "".join([word[0] for word in said if words.telling(word)])
    everything = "".join([word[0] for word in said])
    after_article = everything[1:] if said[0] == "the" else everything
    return tuple([some for some in dict.fromkeys((counting, everything, after_article)) if len(some) > 1])
