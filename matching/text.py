"""Text into the plain forms that comparison needs: clean, folded, Latin."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

import numpy as np
from anyascii import anyascii

from matching import data

MAX_NAME = 256
"""Longest text that is compared, in characters, after cleaning (rapidfuzz is quadratic in length)."""

# Letters that Unicode does not decompose, spelled the way their own language does without them.
_SPELLED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss", "ħ": "h",
     "ŧ": "t", "ŋ": "n", "ə": "e", "ĸ": "k", "ſ": "s", "ё": "е", "й": "й"}
)  # fmt: skip
_QUOTES = str.maketrans(dict.fromkeys("‘’‛ʼʹ`´′＇ʻ", "'") | dict.fromkeys("“”„‟«»″", '"') | dict.fromkeys(
    "‐‑‒–—―−﹘﹣－", "-"))  # fmt: skip
# The bytes that Windows-1252 leaves undefined stand for themselves, as browsers have it. What begins a letter
# of a living alphabet in UTF-8 and is followed by what goes on in one is garbled; É® is not.
_BYTES = {bytes([byte]).decode("cp1252", "ignore") or chr(byte): byte for byte in range(256)}
_LATER = re.escape("".join(char for char, byte in _BYTES.items() if 0x80 <= byte < 0xC0))
_GARBLED = re.compile(f"[\u00c2-\u00c5\u00ce-\u00d1\u00d7-\u00d9\u00e0-\u00ef][{_LATER}]")
_SPACES = re.compile(r"\s+")
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,6});")


def clean(raw: str) -> str:
    """Return what a person would have seen: entities, compatibility forms and invisible marks resolved.

    Idempotent. Case and accents stay. At most `MAX_NAME` characters.
    """
    value = raw[: MAX_NAME * 4]
    if value.isascii() and value.isprintable() and "&" not in value and "`" not in value:
        return " ".join(value.split())[:MAX_NAME].rstrip()
    value, before = _seen(value), value
    while value != before and (_ENTITY.search(value) or _GARBLED.search(value)):  # "&amp;amp;" is about
        value, before = _seen(value), value
    return value[:MAX_NAME].rstrip()


def _seen(text: str) -> str:
    value = html.unescape(text) if _ENTITY.search(text) else text
    value = unicodedata.normalize("NFKC", _repaired(value)).translate(_QUOTES)
    value = "".join(_visible(char) for char in value)
    return unicodedata.normalize("NFC", _SPACES.sub(" ", value).strip())


def _repaired(text: str) -> str:
    """Return what was meant by UTF-8 that somebody read as Windows-1252: MÃ¼ller is Müller."""
    return " ".join(map(_meant, text.split(" "))) if _GARBLED.search(text) else text


def _meant(word: str) -> str:
    """Return a word that is UTF-8 in the bytes of its letters, read as such; any other as it is."""
    try:
        return _meant(bytes(map(_BYTES.__getitem__, word)).decode("utf-8")) if _GARBLED.search(word) else word
    except (KeyError, UnicodeDecodeError):
        return word


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cf" or char == "\u00ad" or "\ufe00" <= char <= "\ufe0f":
        return ""
    return " " if category == "Cc" or category in ("Zl", "Zp", "Zs", "Cs", "Co") else char


def fold(text: str) -> str:
    """Return `text` in lower case without the accents of Latin, Greek and Cyrillic letters.

    Marks of other scripts are letters there (Indic vowel signs) and stay.
    """
    return text.lower() if text.isascii() else _folded(text)


# One letter for those that are written for one another; at the end of a word h for the a of the feminine.
_ARABIC_LETTERS = str.maketrans(
    "\u0622\u0623\u0625\u0671\u0649\u06a9\u06cc", "\u0627\u0627\u0627\u0627\u064a\u0643\u064a"
)
_ARABIC_END = re.compile(r"(?<=\w\w)\u0647\b")


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    lowered = unicodedata.normalize("NFKC", text).casefold()
    if lowered.isascii():
        return lowered
    if is_arabic(lowered):
        lowered = _ARABIC_END.sub("\u0629", lowered.translate(_ARABIC_LETTERS))
    out: list[str] = []
    after_alphabet = True
    for char in unicodedata.normalize("NFKD", lowered.translate(_SPELLED)):
        if unicodedata.combining(char) and after_alphabet:
            continue
        after_alphabet = char < "\u0530" or "\u1e00" <= char <= "\u1fff"
        out.append(char)
    return unicodedata.normalize("NFC", "".join(out))


def is_mark(char: str) -> bool:
    """Tell whether a character is a mark that belongs to the letter before it."""
    return unicodedata.category(char)[0] == "M"


def latin(text: str) -> str:
    """Return folded `text` in Latin letters, itself when it is Latin already.

    Transliterates by letter (anyascii, ISC licence), Arabic with its long vowels. Han is read as
    Mandarin, which is right for Chinese names only; callers compare originals first.
    """
    return text if text.isascii() else _transliterated(text)


def is_arabic(text: str) -> bool:
    """Tell whether a text has letters of the Arabic script, in which also Persian and Urdu are written."""
    return any("\u0600" <= char <= "\u06ff" for char in text)


# Arabic writes the long vowels, but for a with letters that are consonants at the start of a word; and an h
# behind t, d, z, s or k is a sound of its own, where anyascii would leave two letters for one.
_ARABIC = [
    (re.compile(f"(?<=[{behind}]){letters}" if behind else letters), spelled)
    for letters, behind, spelled in (
        ("[\u0622\u0623\u0625\u0627\u0629\u0649]", "", "a"),
        ("\u0648", "\u0620-\u06d3a", "ou"),
        ("[\u064a\u06cc]", "\u0620-\u06d3au", "i"),
        ("\u0647", "\u062a\u062f\u0632\u0633\u0643", "ah"),
    )
]


@lru_cache(maxsize=4096)
def _transliterated(text: str) -> str:
    if any("\uac00" <= char <= "\ud7a3" or "\u3040" <= char <= "\u30ff" for char in text):
        text = unicodedata.normalize("NFC", text)
    if is_arabic(text):
        for letters, spelled in _ARABIC:
            text = letters.sub(spelled, text)
    return _SPACES.sub(" ", re.sub(r"[^a-z0-9 ]+", "", anyascii(text).casefold())).strip()


def is_han(char: str) -> bool:
    """Tell whether a character is of a script without spaces: Han, Kana, Thai, Khmer, Lao, Burmese."""
    return (
        is_ideograph(char)
        or "\u3040" <= char <= "\u30ff"
        or "\u0e00" <= char <= "\u0eff"
        or "\u1000" <= char <= "\u109f"
        or "\u1780" <= char <= "\u17ff"
    )


def is_unspaced(char: str) -> bool:
    """Tell whether a character is of a script in which names may be written without spaces: also Hangul."""
    return is_han(char) or "\uac00" <= char <= "\ud7a3"


def is_ideograph(char: str) -> bool:
    """Tell whether a character is a Chinese one: it says a word, and many are read alike."""
    return "\u3400" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff"


_SIMPLIFIED = str.maketrans(
    {pair[0]: pair[1] for line in data.lines("traditional.txt") for pair in line.split()}
)


def ideographs(text: str) -> str:
    """Return the Chinese characters of a text, for a traditional one the simplified."""
    return "".join(filter(is_ideograph, text)).translate(_SIMPLIFIED)


def bare(text: str) -> str:
    """Return folded Latin `text` with one vowel for two that may spell an umlaut or a ring: mueller, muller.

    Other words become equal too: it says something only beside a name that has such letters.
    """
    return text.replace("ae", "a").replace("oe", "o").replace("ue", "u").replace("aa", "a")


# In the order in which they are replaced, by a letter without which none of some is there.
_SOUNDS = (
    ("c", (("ck", "k"),)), ("h", (("sch", "s"), ("sh", "s"), ("ch", "k"), ("ph", "f"), ("th", "t"))),
    ("t", (("ts", "s"),)), ("z", (("tz", "s"), ("cz", "s"), ("sz", "s"), ("dz", "z"))), ("d", (("dj", "j"),)),
    ("h", (("zh", "j"), ("kh", "k"), ("gh", "g"))), ("q", (("qu", "k"),)), ("x", (("x", "ks"),)),
    ("c", (("ce", "se"), ("ci", "si"), ("cy", "sy"))),
)  # fmt: skip
_BONES = str.maketrans("cqvwz", "kkffs", "aeiouyh'")


@lru_cache(maxsize=4096)
def skeleton(word: str) -> str:
    """Return the consonants of a Latin word, sounds that scripts confuse made equal.

    Two spellings of one foreign name (Qatar / Katar, bnk / bank) share it.
    """
    return "".join([bone for bone, _ in groupby(_sounds(word))])


def skeletons(words: Sequence[str]) -> list[str]:
    """Return the `skeleton` of every word, a quarter of the cost for thousands. None holds a line break."""
    if not words:
        return []
    bones = np.frombuffer(_sounds("\n".join(words)).encode("utf-32-le"), np.uint32)
    kept = np.append(True, bones[1:] != bones[:-1]) | (bones == ord("\n"))
    joined: str = bones[kept[: len(bones)]].tobytes().decode("utf-32-le")
    return joined.split("\n")


def _sounds(text: str) -> str:
    """Return the consonants of words, sounds that scripts confuse made equal."""
    for letter, sounds in _SOUNDS:
        if letter in text:
            for spelled, sound in sounds:
                text = text.replace(spelled, sound)
    return text.translate(_BONES)
