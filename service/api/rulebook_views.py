"""What the API shows of rulebooks: what is in them, what is wrong with them, who published them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.compiled import Rule, Rulebook
from routing.explain import explain
from routing.problems import Problem as Fault
from routing.testing import TestResult, TestStatus
from routing.types.people import RepId
from routing.types.pools import PoolName
from service.db.approvals import Review
from service.db.rulebooks import Draft, Publication, StoredRulebook
from service.problems import FieldError, Invalid
from service.rulebook.examination import Examination
from service.rulebook.publishing import Published


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """A rule in short. ``kind`` is what it asks for, ``line`` where it stands in the text."""

    id: str
    kind: str
    because: str
    reference: str | None
    owner: str | None
    group: str | None
    start: datetime | None
    until: datetime | None
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is in a rulebook: the rules in order of precedence, the fallback last, and what they name."""

    timezone: str
    rules: Sequence[RuleView]
    conflicts: Sequence[str]
    pools: Sequence[PoolName]
    reps: Sequence[RepId]
    queues: Sequence[str]
    roles: Sequence[str]
    tests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionView:
    """One version. ``summary`` is None when this program cannot read it any more."""

    version: str
    text: str
    live: bool
    created_at: datetime
    summary: Summary | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationView:
    """One time that a version was put live. ``reviews`` is what people said of it before."""

    version: str
    live: bool
    author: str
    reason: str | None
    at: datetime
    reviews: Sequence[Review]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedView(PublicationView):
    """What was just put live; ``findings`` is what lint warns of."""

    findings: Sequence[Fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """The rulebook that decides now, and how it came to."""

    version: str
    text: str
    published: PublicationView
    summary: Summary | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Publications, newest first. ``next_cursor`` is None on the last page."""

    publications: Sequence[PublicationView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestView:
    """A test and what became of it. ``explanation`` says why, for one that did not pass."""

    name: str
    line: int
    status: TestStatus
    differences: Sequence[str]
    explanation: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """What is wrong with a text, and what it may not mean to say.

    ``valid`` says that it can be used; publishing also asks its tests. While ``pending``, a worker
    reasons about a large book, and the findings are only those that need no reasoning.
    """

    version: str
    valid: bool
    problems: Sequence[Fault]
    findings: Sequence[Fault]
    pending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TestsView:
    """The tests of a text. They are not run while it has problems."""

    version: str
    passed: bool
    problems: Sequence[Fault]
    tests: Sequence[TestView]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """The draft. Where nobody has begun one, it is the live text and has no author.

    ``live`` is the version it would replace, ``changed`` whether it differs from it.
    ``authors`` is everyone who saved it since it was begun, ``reviews`` what was said
    of this revision, ``lacking`` what of that keeps it from going live.
    """

    version: str
    text: str
    live: str | None
    changed: bool
    author: str | None
    at: datetime | None
    authors: Sequence[str]
    reviews: Sequence[Review]
    lacking: str | None
    problems: Sequence[Fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackView:
    """What is live again. What is wrong with it today did not stand in its way, and should be seen to."""

    published: PublicationView
    problems: Sequence[Fault]
    findings: Sequence[Fault]
    failures: Sequence[TestView]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffView:
    """What is different between two texts, as a unified diff; empty when nothing is."""

    before: str
    after: str
    diff: str


def summary(rulebook: Rulebook) -> Summary:
    """What is in a rulebook."""
    return Summary(
        timezone=rulebook.zone.key,
        rules=[_rule(rule) for rule in rulebook.rules],
        conflicts=[conflict.id for conflict in rulebook.conflicts],
        pools=sorted(rulebook.pools),
        reps=sorted(rulebook.reps),
        queues=sorted(rulebook.queues),
        roles=sorted(rulebook.roles),
        tests=len(rulebook.tests),
    )


def _rule(rule: Rule) -> RuleView:
    return RuleView(
        id=rule.id,
        kind=rule.outcome.kind,
        because=rule.because,
        reference=rule.reference,
        owner=rule.owner,
        group=rule.group,
        start=rule.start,
        until=rule.until,
        line=rule.line,
    )


def version(stored: StoredRulebook, live: str | None, content: Summary | None) -> VersionView:
    """One version, whole."""
    return VersionView(
        version=stored.version,
        text=stored.text,
        live=stored.version == live,
        created_at=stored.created_at,
        summary=content,
    )


def publication(said: Publication, live: str | None, reviews: Sequence[Review] = ()) -> PublicationView:
    """One publication; its version may be live by a later one."""
    return PublicationView(
        version=said.version,
        live=said.version == live,
        author=said.author,
        reason=said.reason,
        at=said.at,
        reviews=reviews,
    )


def published(done: Published, reviews: Sequence[Review]) -> PublishedView:
    """What was just put live, and by that is."""
    said = done.publication
    return PublishedView(
        version=said.version,
        live=True,
        author=said.author,
        reason=said.reason,
        at=said.at,
        reviews=reviews,
        findings=done.examination.warnings,
    )


def test(result: TestResult) -> TestView:
    """A test's result."""
    failed = result.status is TestStatus.FAILED and result.decision is not None
    return TestView(
        name=result.name,
        line=result.line,
        status=result.status,
        differences=result.differences,
        explanation=explain(result.decision) if failed and result.decision is not None else (),
    )


def check(examination: Examination) -> CheckView:
    """What was found out about a text, its tests aside."""
    return CheckView(
        version=examination.version,
        valid=not examination.problems,
        problems=examination.problems,
        findings=examination.findings,
        pending=examination.pending,
    )


def tests(examination: Examination) -> TestsView:
    """The results of a text's tests."""
    return TestsView(
        version=examination.version,
        passed=examination.good,
        problems=examination.problems,
        tests=[test(result) for result in examination.tests],
    )


def draft(
    seen: Draft,
    examination: Examination,
    authors: Sequence[str],
    reviews: Sequence[Review],
    lacking: str | None,
) -> DraftView:
    """The draft with what is wrong with it."""
    return DraftView(
        version=examination.version,
        text=seen.text,
        live=seen.live,
        changed=examination.version != seen.live,
        author=seen.author,
        at=seen.at,
        authors=authors,
        reviews=reviews,
        lacking=lacking,
        problems=examination.problems,
    )


def refusal(examination: Examination) -> Invalid:
    """Why a text may not go live, each fault, failed test and error of lint with its place."""
    errors = [
        FieldError(detail=_said(fault), line=fault.line, column=fault.column)
        for fault in (*examination.problems, *examination.errors)
    ]
    errors += [
        FieldError(
            detail=f"The test '{failed.name}' fails: {'; '.join(failed.differences)}", line=failed.line
        )
        for failed in examination.failures
    ]
    return Invalid("The rulebook may not go live; nothing has changed", errors=errors)


def _said(fault: Fault) -> str:
    hint = f" ({fault.hint})" if fault.hint else ""
    witness = f"; e.g. {fault.witness}" if fault.witness is not None else ""
    return f"{fault.message}{hint}{witness}"
