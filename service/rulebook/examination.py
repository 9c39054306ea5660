"""What is found out about a text before it may go live. Pure but for what is kept of lint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from routing.compiled import Directory
from routing.problems import Problem, RulebookInvalid, Severity
from routing.rulebook import parse, version_of
from routing.testing import TestResult, TestStatus, run_tests
from service.db.directory import directory
from service.db.engine import Database
from service.problems import Conflict
from service.rulebook.live import FILE
from service.rulebook.remarks import Remarks, remarks

COME_BACK = 10
"""Seconds after which it is worth asking again about a text that is still looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What was found out about a text.

    ``findings`` are what it probably does not mean to do; those that are errors keep it
    from going live. ``tests`` and ``findings`` are empty where problems keep them from being made.
    While ``pending`` a worker reasons about it, or has ``given_up``: what follows by reasoning is not known.
    """

    version: str
    problems: tuple[Problem, ...]
    findings: tuple[Problem, ...]
    tests: tuple[TestResult, ...]
    pending: bool = False
    given_up: bool = False

    @property
    def failures(self) -> tuple[TestResult, ...]:
        """The tests that did not pass."""
        return tuple(test for test in self.tests if test.status is not TestStatus.PASSED)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The findings that are proved, certainly not meant, and not allowed in the file."""
        return tuple(found for found in self.findings if found.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The findings that are probably not meant."""
        return tuple(found for found in self.findings if found.severity is Severity.WARNING)

    @property
    def good(self) -> bool:
        """Whether the text may go live."""
        return not self.problems and not self.failures and not self.errors and not self.pending


class NotPublishable(Exception):
    """A text that may not go live; ``examination`` says why."""

    def __init__(self, examination: Examination) -> None:
        super().__init__(f"the rulebook {examination.version} may not go live")
        self.examination = examination


def examine(
    text: str,
    now: datetime,
    *,
    file: str = FILE,
    known: Directory | None = None,
    test: bool = True,
    reason: bool = True,
    database: Database | None = None,
) -> Examination:
    """Read and compile a text, lint it as it stands at ``now``, and run its tests, unless told otherwise.

    With a ``database`` to ask and to keep it, the reasoning about a large text is left to a worker.
    With ``known``, the reps, pools and roles it names must exist.
    """
    version = version_of(text)
    try:
        rulebook = parse(text, file, known)
    except RulebookInvalid as invalid:
        return Examination(version=version, problems=invalid.problems, findings=(), tests=())
    said = remarks(rulebook, now, known, database) if reason else Remarks(findings=())
    return Examination(
        version=version,
        problems=(),
        findings=said.findings,
        tests=run_tests(rulebook) if test else (),
        pending=said.pending,
        given_up=said.given_up,
    )


def demand_good(
    database: Database, text: str, now: datetime, file: str = FILE, *, patient: bool = False
) -> Examination:
    """What was found out about a text that may go live at ``now``. Raises NotPublishable.

    What a large text lacks may only be known after a while: StillReasoning is raised until then, unless the
    caller is ``patient`` and waits for it.
    """
    with database.read() as connection:
        known = directory(connection)
    examination = examine(text, now, file=file, known=known, database=None if patient else database)
    if examination.problems or examination.failures or examination.errors:
        raise NotPublishable(examination)
    if examination.pending:
        raise StillReasoning.about(examination)
    return examination


class StillReasoning(Conflict):
    """Lint is not done with a large rulebook, which may not go live before. Come back after `Retry-After`."""

    title = "Lint is not done with the rulebook yet"

    @classmethod
    def about(cls, examination: Examination) -> StillReasoning:
        """Return what to say of a text that is still looked at."""
        if examination.given_up:
            return cls(
                "A worker could not find out what lint says of this rulebook; its log says why. "
                "`muster rules publish` on the command line tries it there and then"
            )
        return cls(
            "Lint is looking at this rulebook, which takes up to a minute for thousands of rules; "
            "nothing has changed: do the same again in a moment",
            headers={"Retry-After": str(COME_BACK)},
        )


def refusals(examination: Examination) -> list[str]:
    """Why a text may not go live, a sentence for each fault, error of lint and test that does not pass."""
    faults = [f"Line {fault.line}: {fault.message}" for fault in (*examination.problems, *examination.errors)]
    failed = [f"The test '{test.name}' fails: {'; '.join(test.differences)}" for test in examination.failures]
    return faults + failed
