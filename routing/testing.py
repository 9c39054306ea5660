"""Runs the tests of a rulebook: given a situation, expect a rule, a rep, verdicts.

One runner for the tests inside a rulebook, for ``*_test.yaml`` files beside it
and for Muster's own cases. A difference is a sentence that names what was
expected, what came instead, and why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from routing.cases import Expected, Fixtures, TestCase, TestFile, read_case
from routing.compiled import Directory, Rulebook
from routing.durations import parse_moment
from routing.explain import claim_sentence, summary
from routing.problems import Problem, RulebookInvalid
from routing.reading import CannotGoOn, Faults, read_tree
from routing.route import judge, route_contact
from routing.rulebook import parse
from routing.shape import validate
from routing.situations import BadSituation, Situation, build
from routing.types.decision import Claim, RoutingDecision, Verdict


class TestStatus(StrEnum):
    """What became of a test."""

    __test__ = False

    PASSED = "passed"
    FAILED = "failed"
    BROKEN = "broken"  # the situation could not be built


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """A test with its result. ``differences`` say in words what was not as expected."""

    __test__ = False

    name: str
    file: str
    line: int
    status: TestStatus
    differences: tuple[str, ...]
    decision: RoutingDecision | None


def run_tests(rulebook: Rulebook) -> tuple[TestResult, ...]:
    """Run the tests inside a rulebook."""
    fixtures = rulebook.fixtures
    return tuple(_result(case, line, fixtures, rulebook, rulebook.file) for case, line in rulebook.tests)


def run_test_file(text: str, rulebook: Rulebook, file: str = "rulebook_test.yaml") -> tuple[TestResult, ...]:
    """Run a test file against a rulebook. Raises `RulebookInvalid` for the test file's faults."""
    faults = Faults(file)
    cases, more = [], None
    with suppress(CannotGoOn):
        root = read_tree(text, faults)
        validate(TestFile, root, "a test file", faults.report)
        sections = root.mapping or {}
        given, nodes = sections.get("fixtures"), sections.get("tests")
        more = validate(Fixtures, given, "'fixtures'", faults.report) if given is not None else None
        for number, node in enumerate((nodes.items if nodes is not None else None) or (), 1):
            cases.append((read_case(node, number, faults.report), node.line))
    if faults.found:
        raise RulebookInvalid(faults.found)
    fixtures = _joined(rulebook.fixtures, more)
    return tuple(_result(case, line, fixtures, rulebook, file) for case, line in cases if case is not None)


def check_tests(
    text: str, file: str = "rulebook.yaml", directory: Directory | None = None
) -> tuple[tuple[Problem, ...], tuple[TestResult, ...]]:
    """Check a rulebook and, where it is sound, run its tests: what publishing asks for."""
    try:
        return (), run_tests(parse(text, file, directory))
    except RulebookInvalid as invalid:
        return invalid.problems, ()


def _joined(shared: Fixtures, more: Fixtures | None) -> Fixtures:
    """Return a rulebook's fixtures with those of a test file on top."""
    if more is None:
        return shared
    return Fixtures(
        now=more.now if "now" in more.model_fields_set else shared.now,
        reps={**shared.reps, **more.reps},
        pools={**shared.pools, **more.pools},
        accounts={**shared.accounts, **more.accounts},
    )


def _result(case: TestCase, line: int, fixtures: Fixtures, rulebook: Rulebook, file: str) -> TestResult:
    passed = TestResult(
        name=case.name, file=file, line=line, status=TestStatus.PASSED, differences=(), decision=None
    )
    try:
        situation = build(case.given, fixtures, rulebook, case.now)
        decision, _ = route_contact(situation.facts, rulebook, situation.rotation, situation.now)
        differences = tuple(_differences(case.expect, decision, situation, rulebook))
    except BadSituation as fault:
        return replace(passed, status=TestStatus.BROKEN, differences=(str(fault),))
    status = TestStatus.FAILED if differences else TestStatus.PASSED
    return replace(passed, status=status, differences=differences, decision=decision)


def _differences(
    expected: Expected, decision: RoutingDecision, situation: Situation, rulebook: Rulebook
) -> Iterator[str]:
    said = expected.model_fields_set
    for name in ("outcome", "rule", "assignee", "partner", "pool", "queue", "code", "asked", "kept"):
        wanted, found = getattr(expected, name), getattr(decision, name)
        if name in said and wanted != found:
            why = _why(name, wanted, decision, _claims(decision, situation, rulebook, [wanted]))
            yield f"{name}: expected {_word(wanted)}, got {_word(found)}. {why}"
    if expected.notify is not None and sorted(expected.notify) != sorted(decision.notify):
        yield f"notify: expected {_word(expected.notify)}, got {_word(list(decision.notify))}"
    yield from _effects(expected, decision)
    if expected.until is not None:
        yield from _time("until", expected.until, decision.until, situation, rulebook)
    due = expected.due if not isinstance(expected.due, str) else {"first_touch": expected.due}
    clocks = {clock.name: clock.due_at for clock in decision.clocks}
    for name, text in (due or {}).items():
        yield from _time(f"due {name}", text, clocks.get(name.replace(" ", "_")), situation, rulebook)
    claims = _claims(decision, situation, rulebook, expected.verdicts)
    yield from _verdict_differences(expected, claims)


def _claims(
    decision: RoutingDecision, situation: Situation, rulebook: Rulebook, asked: Collection[object]
) -> dict[str, Claim]:
    """Return the claims by rule; of the rules asked about also those that a large book does not record."""
    claims = {claim.rule: claim for claim in decision.claims}
    if any(rule in rulebook.by_id and rule not in claims for rule in asked):
        every = judge(situation.facts, rulebook, situation.now, every=True).claims
        return {claim.rule: claim for claim in every} | claims
    return claims


def _effects(expected: Expected, decision: RoutingDecision) -> Iterator[str]:
    advice = [f"{each.kind} {each.into}" for each in decision.advice]
    if expected.advice is not None and expected.advice != advice:
        yield f"advice: expected {_word(expected.advice)}, got {_word(advice)}"
    credit: dict[str, dict[str, float]] = {}
    for each in decision.credits:
        credit.setdefault(each.kind, {})[each.rep] = each.share
    if expected.credit is not None and expected.credit != credit:
        yield f"credit: expected {expected.credit}, got {credit}"


def _verdict_differences(expected: Expected, claims: Mapping[str, Claim]) -> Iterator[str]:
    for rule, wanted in expected.verdicts.items():
        verdict = str(wanted).replace(" ", "_")
        if rule not in claims:
            yield f"verdicts: there is no rule '{rule}'"
        elif verdict not in list(Verdict):
            yield f"verdicts: '{wanted}' is not one of {', '.join(Verdict)}"
        elif claims[rule].verdict != verdict:
            claim = claims[rule]
            yield f"verdict of '{rule}': expected {verdict}, got {claim.verdict}. {claim_sentence(claim)}"


def _time(
    name: str, text: str, found: datetime | None, situation: Situation, rulebook: Rulebook
) -> Iterator[str]:
    wanted = parse_moment(text, situation.now, rulebook.zone)
    if wanted is None:
        yield f"{name}: '{text}' is no time; write a date, a time or 'in 2 hours'"
    elif wanted != found:
        got = found.isoformat() if found is not None else "nothing"
        yield f"{name}: expected {wanted.isoformat()}, got {got}"


def _why(name: str, wanted: object, decision: RoutingDecision, claims: Mapping[str, Claim]) -> str:
    """Say what became of the rule that was expected to decide, else what was decided."""
    if name == "rule" and wanted in claims:
        return claim_sentence(claims[str(wanted)])
    if name == "rule" and any(c.conflict == wanted for c in decision.claims):
        return (
            f"The conflict '{wanted}' decided for the rule '{decision.rule}', and that is the rule to expect."
        )
    if name == "rule" and wanted is not None:
        return f"There is no rule '{wanted}'."
    return summary(decision)


def _word(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nobody"
    return f"'{value}'"
