"""Which font sets which letters of a PDF.

DejaVu Sans, which is shipped and put into the file, has Latin, Greek, Cyrillic, Armenian and Georgian
letters. Chinese, Japanese and Korean are set in the standard fonts that readers of PDF bring (Adobe's
CID fonts), by what else the text has: kana make it Japanese, hangul Korean. Letters of any other script
would need shaping or another font: they are written in Latin letters, by sound (anyascii, ISC licence).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import as_file, files
from itertools import groupby
from xml.sax.saxutils import escape

from anyascii import anyascii
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

SANS = "DejaVuSans"
CHINESE, JAPANESE, KOREAN = "STSong-Light", "HeiseiKakuGo-W5", "HYSMyeongJo-Medium"
_KANA = re.compile("[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f]")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
_WIDE = re.compile("[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_SHAPED = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
"""Scripts that run from right to left and whose letters join: DejaVu has them, nothing here sets them."""


@cache
def ready() -> frozenset[int]:
    """Have the fonts known to the PDF library, once; the characters that the shipped one has."""
    with as_file(files("service.account_report").joinpath("fonts", "DejaVuSans.ttf")) as path:
        sans = TTFont(SANS, str(path))
    pdfmetrics.registerFont(sans)
    for name in (CHINESE, JAPANESE, KOREAN):
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    return frozenset(sans.face.charToGlyph)


def markup(text: str) -> str:
    """A text as a paragraph of a PDF takes it: its own markup is escaped, each font has its letters."""
    wide = JAPANESE if _KANA.search(text) else KOREAN if _HANGUL.search(text) else CHINESE
    known, clean = ready(), unicodedata.normalize("NFC", text)
    runs = groupby(clean, key=lambda letter: _font(letter, wide, known))
    return "".join(_run(font, "".join(letters)) for font, letters in runs)


def _font(letter: str, wide: str, known: frozenset[int]) -> str | None:
    """The font that has a letter; None where it is to be written in others."""
    if _WIDE.match(letter):
        return wide
    return SANS if ord(letter) in known and not _SHAPED.match(letter) else None


def _run(font: str | None, text: str) -> str:
    if font is None:
        return escape("".join(each if each.isprintable() else " " for each in anyascii(text)))
    clean = "".join(each if each.isprintable() else " " for each in text)
    return escape(clean) if font == SANS else f'<font name="{font}">{escape(clean)}</font>'
