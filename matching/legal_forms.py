"""Legal forms: recognised at both ends of a name, in every script, kept as codes.

The table is `data/legal_forms.txt` (ISO 20275 and others, see its header).
"""

from __future__ import annotations

from collections.abc import Callable

from matching.data import lines
from matching.text import is_han


def _load() -> dict[str, tuple[str, str]]:
    table: dict[str, tuple[str, str]] = {}
    for line in lines("legal_forms.txt"):
        form, code, family = line.split("\t")
        table[form] = (code, family)
    return table


_FORMS = _load()
_LONGEST = max(form.count(" ") + 1 for form in _FORMS)
_LAST_WORDS = frozenset(form.rpartition(" ")[2] for form in _FORMS)
FAMILY = dict(_FORMS.values())
"""Code of a legal form to its family: company, corp, llc, jsc, lp, gp, llp, sp, coop, ngo."""

_PREFIX = frozenset(lines("legal_forms_before.txt"))
_FIRST_WORDS = frozenset(form.partition(" ")[0] for form in _PREFIX)
# Ordinary words or initials that are a legal form only in one register: removed nowhere.
_NOT_HERE = frozenset(
    [
        "ii",
        "uu",
        "da",
        "is",
        "i",
        "s",
        "anl",
        "st",
        "sf",
        "mp",
        "ip",
        "id",
        "me",
        "ei",
        "od",
        "sd",
        "kd",
        "et",
        "ga",
        "ca",
        "de",
        "in",
        "est",
        "esp",
        "ips",
    ]
)
# Single words that are a legal form wherever they stand ("Foo Ltd (Kenya)").
ANYWHERE = frozenset(
    [
        "ltd",
        "limited",
        "llc",
        "inc",
        "incorporated",
        "plc",
        "gmbh",
        "corp",
        "corporation",
        "sarl",
        "srl",
        "sro",
        "kft",
        "zrt",
        "nyrt",
        "doo",
        "bhd",
        "pty",
        "pvt",
        "pte",
        "oyj",
        "uab",
        "ltda",
        "oao",
        "ooo",
        "zao",
        "ооо",
        "оао",
        "зао",
        "пао",
        "llp",
        "lllp",
        "gmbh",
        "mbh",
        "aktiengesellschaft",
    ]
)
_GLUED_FRONT = tuple(
    sorted(
        (form for form in _FORMS if (len(form) >= 2 and is_han(form[0])) or form in ("주식회사", "유한회사")),
        key=len,
        reverse=True,
    )
)
_GLUED_BACK = (*_GLUED_FRONT, "gmbh", "aktiengesellschaft")


# Whole words that say "legal form" even when a field was too short for all of them.
_SPELLED_OUT = ("limited", "corporation", "incorporated", "aktiengesellschaft", "public company limited",
                "private limited", "company limited", "joint stock company", "societe anonyme",
                "sociedad anonima", "gesellschaft mit beschrankter haftung",
                "public limited company")  # fmt: skip


def strip(tokens: tuple[str, ...], cut: bool = False) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split folded words into the name and the codes of its legal forms, outermost last.

    A name that is nothing but legal forms keeps its words and has no codes.
    ``cut`` says that the name may have been cut off where a field ended, and a legal form with it.
    """
    rest, codes = list(tokens), []
    if cut and (size := _cut_form(rest)):
        del rest[-size:]
    for _ in range(4):
        size = _suffix(rest)
        if size and size < len(rest):
            codes.append(_FORMS[" ".join(rest[-size:])][0])
            del rest[-size:]
            continue
        size = _prefix(rest)
        if size and size < len(rest):
            codes.append(_FORMS.get(" ".join(rest[:size]), ("co", ""))[0])
            del rest[:size]
            continue
        if not _unglue(rest, codes):
            break
    return tuple(rest), tuple(codes)


def _breaks_off(tail: str) -> Callable[[str], bool]:
    """Return what tells whether a text begins a legal form and ends inside one of its words."""
    return lambda form: form.startswith(tail) and form[len(tail) : len(tail) + 1] not in ("", " ")


def _cut_form(tokens: list[str]) -> int:
    """Return how many words at the end are the beginning of a legal form that was cut off."""
    for size in range(min(3, len(tokens) - 1), 0, -1):
        tail = " ".join(tokens[-size:])
        if len(tail) >= 3 and tail not in _FORMS and any(map(_breaks_off(tail), _SPELLED_OUT)):
            return size
    return 0


def _suffix(tokens: list[str]) -> int:
    if not tokens or tokens[-1] not in _LAST_WORDS:  # as most often
        return 0
    for size in range(min(_LONGEST, len(tokens)), 0, -1):
        form = " ".join(tokens[-size:])
        if form in _FORMS and form not in _NOT_HERE:
            return size
    return 0


def _prefix(tokens: list[str]) -> int:
    if not tokens or tokens[0] not in _FIRST_WORDS:
        return 0
    for size in range(min(5, len(tokens)), 0, -1):
        form = " ".join(tokens[:size])
        if form in _PREFIX and form in _FORMS:
            return size
    return 0


def _unglue(tokens: list[str], codes: list[str]) -> bool:
    """Cut a legal form written together with the name: 株式会社日立, AcmeGmbH."""
    if not tokens or not (tokens[0].startswith(_GLUED_FRONT) or tokens[-1].endswith(_GLUED_BACK)):
        return False
    for form in _GLUED_FRONT:
        if tokens[0].startswith(form) and len(tokens[0]) > len(form):
            tokens[0] = tokens[0][len(form) :]
            codes.append(_FORMS[form][0])
            return True
    for form in _GLUED_BACK:
        if tokens[-1].endswith(form) and len(tokens[-1]) > len(form) + 1:
            tokens[-1] = tokens[-1][: -len(form)]
            codes.append(_FORMS[form][0])
            return True
    return False
