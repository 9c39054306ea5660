"""What a rulebook probably does not mean to do, found once for each text.

Reasoning about a book of thousands of rules takes the better part of a minute,
and the same text is looked at again and again: checked, approved, published. What
follows from the text is kept for a day, or until one of its rules begins or
ends. What depends on the reps and pools of the moment is looked at every time.

A book of up to `AT_ONCE` rules is reasoned about in the call that asks. For a larger one that would
hold a request up for too long: a worker does it (`service.rulebook.linting`), the database keeps it, and
whoever asks before it is done is told so. What only the reasoning can tell is then not known, so such a text
cannot go live: `service.rulebook.examination` sees to it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from routing.compiled import Directory, Rulebook
from routing.lint import lint, passing, standing
from routing.problems import Problem
from routing.proof.moments import dates_of
from service.db import lint_results
from service.db.engine import Database
from service.db.lint_results import Question

AT_ONCE = 60
"""Rules that are reasoned about in the call that asks: a second or two of work."""

LANGUAGE = "2"
"""Counted up when lint finds something else in the same text, so that nothing kept before is taken for it."""

_KEPT = 32
"""Texts whose findings are kept in a process."""

_known: dict[str, tuple[Problem, ...]] = {}
_turns: dict[str, threading.Lock] = {}
_guard = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    """The findings of lint that the rulebook does not allow, in order of the lines.

    While ``pending``, only those that need no reasoning; with ``given_up`` it will stay so, because
    workers tried and failed.
    """

    findings: tuple[Problem, ...]
    pending: bool = False
    given_up: bool = False


def remarks(
    rulebook: Rulebook, now: datetime, directory: Directory | None, database: Database | None = None
) -> Remarks:
    """What is found out about a rulebook as it stands at ``now``.

    With a ``database`` a large book is left to a worker; without one, reasoned about here and now.
    """
    question = question_of(rulebook, now, directory)
    found = _known.get(question.digest)
    if found is None and database is not None and len(rulebook.rules) > AT_ONCE:
        kept = _asked(database, question, now)
        if kept is None or kept.findings is None:
            quick = lint(rulebook, now, directory, ())
            known = tuple(each for each in quick if each.code != "idle_allowance")
            return Remarks(findings=known, pending=True, given_up=kept is not None and kept.given_up)
        found = _remember(question, kept.findings)
    if found is None:
        found = reasoned(rulebook, question)
    return Remarks(findings=lint(rulebook, now, directory, found))


def reasoned(rulebook: Rulebook, question: Question) -> tuple[Problem, ...]:
    """Work out what follows from the text, once in a process.

    Whoever asks about the same text meanwhile waits for it; about another text, a small one beside a large
    one, nobody waits.
    """
    with _guard:
        turn = _turns.setdefault(question.digest, threading.Lock())
    with turn:
        found = _known.get(question.digest)
        if found is None:
            found = _remember(question, standing(rulebook, question.moment, question.passing))
    with _guard:
        _turns.pop(question.digest, None)
    return found


def question_of(rulebook: Rulebook, now: datetime, directory: Directory | None) -> Question:
    """What there is to find out about a text as it stands at ``now``."""
    moment, passed = _since(rulebook, now), passing(directory)
    rests_on = (LANGUAGE, rulebook.file, moment.isoformat(), *sorted(passed), rulebook.text)
    digest = hashlib.sha256("\0".join(rests_on).encode()).hexdigest()
    return Question(digest=digest, text=rulebook.text, moment=moment, passing=passed)


def _asked(database: Database, question: Question, now: datetime) -> lint_results.Result | None:
    """What is kept of a question; where nothing is, have it found out."""
    with database.read() as connection:
        kept = lint_results.get(connection, question.digest)
    if kept is None or kept.findings is None:
        database.transact(lambda connection: lint_results.ask(connection, question, now))
    return kept


def _remember(question: Question, found: tuple[Problem, ...]) -> tuple[Problem, ...]:
    with _guard:
        _known[question.digest] = found
        if len(_known) > _KEPT:
            del _known[next(iter(_known))]
    return found


def _since(rulebook: Rulebook, now: datetime) -> datetime:
    """Since when the text has stood as it does: the day began, or something in the text began or ended."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return max([day, *(edge for edge in _edges(rulebook) if edge <= now)])


def _edges(rulebook: Rulebook) -> Iterator[datetime]:
    for rule in rulebook.rules:
        yield from (edge for edge in (rule.start, rule.until) if edge is not None)
        yield from dates_of(rule.tree)
