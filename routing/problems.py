"""What is wrong with a rulebook, said so that its author can put it right.

A `Problem` names the place (file, line, column), what is wrong and what would
be right. Nothing here raises: whoever reads a rulebook collects problems and
reports them all at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from rapidfuzz import process
from rapidfuzz.distance import OSA

from routing.witness import Witness


class Severity(StrEnum):
    """How much a problem weighs. Whether a rulebook can be used at all, reading it tells."""

    ERROR = "error"  # it cannot be used; or a part is proved to do nothing, or to break a guarantee
    WARNING = "warning"  # it does something its author may not mean
    NOTE = "note"  # it does something its author should know, or something could not be decided


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One fault of a rulebook. Lines and columns count from 1.

    ``code`` is a stable word for programs; ``message`` says what is wrong,
    ``hint`` what would be right (None when nothing sensible can be said). What
    lint finds has a ``subject``, the name of the rule, pool, rep, list or guarantee
    it is about, and as far as there can be one a contact that shows it.
    """

    file: str
    line: int
    column: int
    code: str
    message: str
    hint: str | None = None
    severity: Severity = Severity.ERROR
    subject: str | None = field(default=None, compare=False)
    witness: Witness | None = field(default=None, compare=False)

    def __str__(self) -> str:
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.message}{hint}"


class RulebookInvalid(ValueError):
    """The text is no usable rulebook. ``problems`` has every fault that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=lambda p: (p.line, p.column, p.message)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that ``word`` was probably meant to be, or None.

    Two letters may differ, three in long words; letter case and the difference
    between blanks, hyphens and underscores do not count.
    """
    plain = _plain(word)
    allowed = max(0, min(1 if len(plain) < 5 else 2 if len(plain) < 12 else 3, len(plain) - 1))
    near = ((OSA.distance(plain, _plain(other), score_cutoff=allowed), other) for other in known)
    return min((found for found in near if found[0] <= allowed), default=(0, None))[1]


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return ``did you mean 'x'?`` for a near miss, or the known words when they are few."""
    choices = sorted(known)
    close = nearest(word, choices)
    if close is not None:
        return f"did you mean '{close}'?"
    if 0 < len(choices) <= 12:
        return f"use one of {', '.join(choices)}"
    return None


def did_you_mean_field(word: str, choices: Iterable[str]) -> str | None:
    """Return ``did you mean 'x'?`` for a near miss, else for fields with the same last word, or alike."""
    known = list(choices)
    close = did_you_mean(word, known)
    if close is not None or not word:
        return close
    last = word.rsplit(".", 1)[-1]
    same = [name for name in known if name.rsplit(".", 1)[-1] == last]
    found = same or [name for name, _, _ in process.extract(word, known, limit=3, score_cutoff=70)]
    return f"did you mean {' or '.join(repr(name) for name in found[:3])}?" if found else None


def _plain(word: str) -> str:
    return word.casefold().replace("_", " ").replace("-", " ")
