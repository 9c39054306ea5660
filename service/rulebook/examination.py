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
from service.rulebook.remarks import remarks
from service.rulebooks import FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What was found out about a text.

    ``findings`` are what it probably does not mean to do; those that are errors keep it
    from going live. ``tests`` and ``findings`` are empty where problems keep them from being made.
    """

    version: str
    problems: tuple[Problem, ...]
    findings: tuple[Problem, ...]
    tests: tuple[TestResult, ...]

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
        return not self.problems and not self.failures and not self.errors


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
) -> Examination:
    """Read and compile a text, lint it as it stands at ``now``, and run its tests, unless told otherwise.

    Without ``reason`` it is not linted, which for thousands of rules takes most of a minute.

    With ``known``, the reps, pools and roles it names must exist.
    """
    version = version_of(text)
    try:
        rulebook = parse(text, file, known)
    except RulebookInvalid as invalid:
        return Examination(version=version, problems=invalid.problems, findings=(), tests=())
    return Examination(
        version=version,
        problems=(),
        findings=remarks(rulebook, now, known) if reason else (),
        tests=run_tests(rulebook) if test else (),
    )


def demand_good(database: Database, text: str, now: datetime, file: str = FILE) -> Examination:
    """What was found out about a text that may go live at ``now``. Raises NotPublishable."""
    with database.read() as connection:
        known = directory(connection)
    examination = examine(text, now, file=file, known=known)
    if not examination.good:
        raise NotPublishable(examination)
    return examination


def refusals(examination: Examination) -> list[str]:
    """Why a text may not go live, a sentence for each fault, error of lint and test that does not pass."""
    faults = [f"Line {fault.line}: {fault.message}" for fault in (*examination.problems, *examination.errors)]
    failed = [f"The test '{test.name}' fails: {'; '.join(test.differences)}" for test in examination.failures]
    return faults + failed
