"""Countries and towns in the forms that are compared, and the countries that company names mention."""

from __future__ import annotations

import re
from functools import lru_cache

from matching.data import lines
from matching.text import clean, fold


def _load() -> dict[str, str]:
    table: dict[str, str] = {}
    for line in lines("countries.txt"):
        code, spellings = line.split("\t")
        table[code.lower()] = code
        for spelling in spellings.split(";"):
            table.setdefault(spelling, code)
    return table


_COUNTRIES = _load()
_BETWEEN = re.compile(r"[\s,()\-]+")

# Names of countries that are as often something else: a person, a US state, a bird.
_NOT_IN_NAMES = frozenset(
    [
        "georgia",
        "jordan",
        "chad",
        "turkey",
        "guinea",
        "mali",
        "niger",
        "oman",
        "togo",
        "cuba",
        "jersey",
        "monaco",
        "america",
    ]
)
_NATIONS = {
    "german": "DE", "french": "FR", "italian": "IT", "spanish": "ES", "portuguese": "PT", "dutch": "NL",
    "british": "GB", "swiss": "CH", "austrian": "AT", "belgian": "BE", "russian": "RU", "chinese": "CN",
    "japanese": "JP", "korean": "KR", "indian": "IN", "brazilian": "BR", "mexican": "MX", "argentine": "AR",
    "turkish": "TR", "greek": "GR", "polish": "PL", "czech": "CZ", "slovak": "SK", "hungarian": "HU",
    "romanian": "RO", "bulgarian": "BG", "ukrainian": "UA",
    "swedish": "SE", "norwegian": "NO", "danish": "DK",
    "finnish": "FI", "irish": "IE", "canadian": "CA", "australian": "AU",
    "israeli": "IL", "indonesian": "ID", "malaysian": "MY", "thai": "TH", "vietnamese": "VN",
    "philippine": "PH", "pakistani": "PK", "bangladeshi": "BD", "egyptian": "EG", "iranian": "IR",
    "taiwanese": "TW", "hongkong": "HK", "usa": "US",
}  # fmt: skip


@lru_cache(maxsize=4096)
def country_code(value: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of a country named in any usual way, None when it is none."""
    folded = _BETWEEN.sub(" ", fold(clean(value)).replace(".", "").replace("'", "")).strip()
    return _COUNTRIES.get(folded) or _COUNTRIES.get(folded.removeprefix("the "))


@lru_cache(maxsize=16384)
def place(value: str) -> str | None:
    """Return a city or state in the form that is compared: folded words, None when there is no letter."""
    return " ".join(re.findall(r"[^\W_]+", fold(clean(value)))) or None


def _load_states() -> dict[str, str]:
    coded = (line.split("\t") for line in lines("states.txt"))
    return {name: code for code, names in coded for name in names.split(";")}


_STATES = _load_states()


def state_code(state: str) -> str:
    """Return the usual code of a state or province in the form of `place`, itself where none is known."""
    return _STATES.get(state, state)


NATION_WORDS = {
    word: code
    for word, code in _COUNTRIES.items()
    if len(word) >= 4 and word.isascii() and word not in _NOT_IN_NAMES
} | _NATIONS
"""The countries that single words of company names mean for sure."""


def nation(word: str) -> str | None:
    """Return the country that a canonical word of a company name means, None when it means none for sure."""
    return word[1:] if word[:1] == "@" else NATION_WORDS.get(word)
