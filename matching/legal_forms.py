"""Legal forms: recognised at both ends of a name, in every script, kept as codes.

The table is `data/legal_forms.txt` (ISO 20275 and others, see its header).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from matching.data import lines
from matching.text import is_han


def _load() -> dict[str, tuple[str, str]]:
    table: dict[str, tuple[str, str]] = {}
    for line in lines("legal_forms.txt"):
        form, code, family = line.split("\t")
        table[form] = (code, family)
    return table


_FORMS = _load()
FAMILY = dict(_FORMS.values())
"""Code of a legal form to its family: company, corp, llc, jsc, lp, gp, llp, sp, coop, ngo."""

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


def _sizes(forms: Iterable[str], word: int) -> dict[str, tuple[int, ...]]:
    """Return how many words the forms of a word at one end may have, most first."""
    sizes: dict[str, set[int]] = {}
    for form in forms:
        said = form.split(" ")
        sizes.setdefault(said[word], set()).add(len(said))
    return {said: tuple(sorted(found, reverse=True)) for said, found in sizes.items()}


_PREFIX = frozenset(form for form in lines("legal_forms_before.txt") if form.count(" ") < 5)
_BEHIND = _sizes((form for form in _FORMS if form not in _NOT_HERE), -1)
_BEFORE = _sizes(_PREFIX, 0)
# Single words that are a legal form wherever they stand ("Foo Ltd (Kenya)").
ANYWHERE = frozenset(
    ["ltd", "limited", "llc", "inc", "incorporated", "plc", "gmbh", "corp", "corporation", "sarl", "srl",
     "sro", "kft", "zrt", "nyrt", "doo", "bhd", "pty", "pvt", "pte", "oyj", "uab", "ltda", "oao", "ooo",
     "zao", "ооо", "оао", "зао", "пао", "llp", "lllp", "mbh", "aktiengesellschaft"]
)  # fmt: skip
_GLUED_LATIN = ("gmbh", "aktiengesellschaft")
_GLUED_FRONT = tuple(
    sorted(
        (form for form in _FORMS if (len(form) >= 2 and is_han(form[0])) or form in ("주식회사", "유한회사")),
        key=len,
        reverse=True,
    )
)
_GLUED_BACK = (*_GLUED_FRONT, *_GLUED_LATIN)


# Whole words that say "legal form" even when a field was too short for all of them.
_SPELLED_OUT = ("limited", "corporation", "incorporated", "aktiengesellschaft", "public company limited",
                "private limited", "company limited", "joint stock company", "societe anonyme",
                "sociedad anonima", "gesellschaft mit beschrankter haftung",
                "public limited company")  # fmt: skip


_CUT_FROM = 3  # letters that must be left of a legal form that was cut off
_CUT_STARTS = frozenset(form[:_CUT_FROM] for form in _SPELLED_OUT)


def strip(tokens: Sequence[str], cut: bool = False) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split folded words into the name and the codes of its legal forms, outermost last.

    A name that is nothing but legal forms keeps its words and has no codes.
    ``cut`` says that the name may have been cut off where a field ended, and a legal form with it.
    """
    if not tokens:
        return (), ()
    rest, codes = list(tokens), []
    if cut and (size := _cut_form(rest)):
        del rest[-size:]
    for _ in range(4):
        if rest[-1] in _BEHIND and 0 < (size := _suffix(rest)) < len(rest):
            codes.append(_FORMS[" ".join(rest[-size:])][0])
            del rest[-size:]
        elif rest[0] in _BEFORE and 0 < (size := _prefix(rest)) < len(rest):
            codes.append(_FORMS[" ".join(rest[:size])][0])
            del rest[:size]
        elif not _unglue(rest, codes):
            break
    return tuple(rest), tuple(codes)


def _breaks_off(tail: str) -> Callable[[str], bool]:
    """Return what tells whether a text begins a legal form and ends inside one of its words."""
    return lambda form: form.startswith(tail) and form[len(tail) : len(tail) + 1] not in ("", " ")


def _cut_form(tokens: list[str]) -> int:
    """Return how many words at the end are the beginning of a legal form that was cut off."""
    for size in range(min(3, len(tokens) - 1), 0, -1):
        if tokens[-size][:_CUT_FROM] not in _CUT_STARTS:  # no form begins with a shorter word
            continue
        tail = " ".join(tokens[-size:])
        if tail not in _FORMS and any(map(_breaks_off(tail), _SPELLED_OUT)):
            return size
    return 0


def _suffix(tokens: list[str]) -> int:
    """Return how many words at the end are a legal form, 0 for none; the last ends one."""
    for size in _BEHIND[tokens[-1]]:
        if size == 1 or (size <= len(tokens) and " ".join(tokens[-size:]) in _FORMS):
            return size
    return 0


def _prefix(tokens: list[str]) -> int:
    """Return how many words at the start are a legal form that may stand there, 0 for none.

    The first begins one.
    """
    for size in _BEFORE[tokens[0]]:
        if size == 1 or (size <= len(tokens) and " ".join(tokens[:size]) in _PREFIX):
            return size
    return 0


def _unglue(tokens: list[str], codes: list[str]) -> bool:
    """Cut a legal form written together with the name: 株式会社日立, AcmeGmbH."""
    first, last = tokens[0], tokens[-1]
    if not first.isascii() and first.startswith(_GLUED_FRONT) and _unglue_front(tokens, codes):
        return True
    return last.endswith(_GLUED_LATIN if last.isascii() else _GLUED_BACK) and _unglue_back(tokens, codes)


def _unglue_front(tokens: list[str], codes: list[str]) -> bool:
    first = tokens[0]
    for form in _GLUED_FRONT:
        if first.startswith(form) and len(first) > len(form):
            tokens[0] = first[len(form) :]
            codes.append(_FORMS[form][0])
            return True
    return False


def _unglue_back(tokens: list[str], codes: list[str]) -> bool:
    last = tokens[-1]
    for form in _GLUED_LATIN if last.isascii() else _GLUED_BACK:
        if last.endswith(form) and len(last) > len(form) + 1:
            tokens[-1] = last[: -len(form)]
            codes.append(_FORMS[form][0])
            return True
    return False
