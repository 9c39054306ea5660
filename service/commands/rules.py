"""`muster rules`: check, lint, test, explain, plan, publish, roll back, and the schema for editors.

Exit codes: 0 good, 3 the rulebook is not valid, 4 a test failed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from routing.cases import Given
from routing.compiled import Directory, Rulebook
from routing.explain import explain as sentences
from routing.problems import Problem, RulebookInvalid, Severity
from routing.reading import Node, read
from routing.route import route_contact
from routing.schema import rulebook_schema
from routing.shape import validate
from routing.situations import BadSituation, Situation, build
from routing.testing import TestResult, TestStatus, run_test_file, run_tests
from routing.types.facts import RoutingFacts
from routing.types.people import RepId
from routing.why import why_not_rep, why_not_rule
from service.commands import lifecycle, show
from service.commands.common import FAILED, INVALID, DatabaseOption, fail, services_for
from service.commands.replay import AsJson, compiled_or_fail, plan
from service.commands.rulebook_file import read_rulebook, read_text
from service.db import decisions
from service.db.directory import directory
from service.rulebook.examination import examine
from service.services import now as clock

app = typer.Typer(
    help="The rules of engagement: checked, tested, tried on the past, published.", no_args_is_help=True
)
app.command()(plan)
for command in lifecycle.COMMANDS:
    app.command()(command)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The rulebook.")]

_FAULTS = TypeAdapter(tuple[Problem, ...])
_TESTS = TypeAdapter(tuple[TestResult, ...])
_FACTS = TypeAdapter(RoutingFacts)


@app.command()
def check(
    file: File,
    as_json: AsJson = False,
    quick: Annotated[bool, typer.Option("--quick", help="Look for faults only, without reasoning.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Say what keeps a rulebook from being published, its tests aside.

    Faults, and errors of lint that it does not allow. With --database also which reps and pools do not exist.
    """
    text = read_rulebook(file)
    known = _known(database)
    found = examine(text, clock(), file=str(file), known=known, test=False, reason=not quick)
    wrong = (*found.problems, *found.errors)
    _print_faults(text, wrong, as_json, f"{file} is a valid rulebook, version {found.version}")
    if found.warnings and not as_json:
        count = len(found.warnings)
        typer.echo(f"lint has {count} warning{'s' if count > 1 else ''}; see muster rules lint {file}")
    raise typer.Exit(INVALID if wrong else 0)


@app.command()
def lint(
    file: File,
    as_json: AsJson = False,
    strict: Annotated[bool, typer.Option("--strict", help="End with 3 when there are warnings.")] = False,
    notes: Annotated[bool, typer.Option("--notes", help="Show the notes too.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Say also what a rulebook probably does not mean to do, each with a contact that shows it.

    Rules that never decide, bands with holes, ties, broken guarantees and more: docs/rulebook-lint.md.
    Ends with 3 when the rulebook is not valid or an error is found.
    """
    text = read_rulebook(file)
    found = examine(text, clock(), file=str(file), known=_known(database), test=False)
    said = (*found.problems, *found.findings)
    firm = [problem for problem in said if problem.severity is not Severity.NOTE]
    _print_faults(text, said if notes or as_json else firm, as_json, f"Nothing to remark on in {file}")
    if len(firm) < len(said) and not (notes or as_json):
        count = len(said) - len(firm)
        typer.echo(f"{count} note{'s' if count > 1 else ''}; --notes shows {'them' if count > 1 else 'it'}")
    errors = any(problem.severity is Severity.ERROR for problem in said)
    raise typer.Exit(INVALID if errors or (strict and firm) else 0)


@app.command()
def test(
    file: File,
    more: Annotated[
        list[Path] | None, typer.Argument(metavar="TEST_FILE", help="Further files of tests.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run the tests inside a rulebook, and those in the files NAME*_test.yaml beside it."""
    rulebook = compiled_or_fail(read_rulebook(file), str(file))
    results = list(run_tests(rulebook))
    for path in dict.fromkeys([*sorted(file.parent.glob(f"{file.stem}*_test.yaml")), *(more or ())]):
        text = read_text(path)
        try:
            results += run_test_file(text, rulebook, str(path))
        except RulebookInvalid as invalid:
            _print_faults(text, invalid.problems, as_json, "")
            raise typer.Exit(INVALID) from None
    if as_json:
        typer.echo(_TESTS.dump_json(tuple(results), indent=2))
    else:
        _print(show.tests(results))
    raise typer.Exit(FAILED if any(r.status is not TestStatus.PASSED for r in results) else 0)


@app.command()
def explain(
    file: File,
    situation: Annotated[
        Path | None,
        typer.Argument(
            metavar="SITUATION",
            help="JSON or YAML: a contact, the `given` of a test, or the facts of a stored decision.",
        ),
    ] = None,
    decision: Annotated[
        str | None, typer.Option(metavar="ID", help="A stored decision, instead of SITUATION.")
    ] = None,
    rep: Annotated[
        str | None,
        typer.Option(
            "--why-not",
            metavar="REP",
            help="Say why this rep does not get it, and what would have to differ.",
        ),
    ] = None,
    rule: Annotated[
        str | None,
        typer.Option(
            "--why-not-rule",
            metavar="RULE",
            help="Say why this rule does not decide, and what would make it.",
        ),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--now", metavar="TIME", help="The clock; the decision's own or a test's.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Say who would get a contact under this rulebook, why, and why not the others."""
    rulebook = compiled_or_fail(read_rulebook(file), str(file))
    if (situation is None) == (decision is None):
        fail("Give either a SITUATION file or --decision ID")
    if decision is not None:
        found = _stored(rulebook, decision, database)
    else:
        assert situation is not None
        found = _given(rulebook, situation, at)
    routed, _ = route_contact(found.facts, rulebook, found.rotation, found.now)
    names = {rep: known.name for rep, known in {**found.rotation.reps, **found.facts.reps}.items()}
    if rule is not None:
        if rule not in rulebook.by_id:
            fail(f"There is no rule '{rule}' in {file}")
        _print(why_not_rule(rule, found.facts, rulebook, found.now, names))
    elif rep is not None:
        pools = found.rotation.of(RepId(rep))
        _print(why_not_rep(routed, RepId(rep), found.facts, rulebook, found.now, names, pools))
    else:
        _print(sentences(routed, names))


@app.command()
def schema() -> None:
    """Print the JSON Schema of rulebooks, for completion and help in editors."""
    typer.echo(json.dumps(rulebook_schema(), indent=2, ensure_ascii=False))


# --- what is explained ------------------------------------------------------------


def _given(rulebook: Rulebook, path: Path, at: str | None) -> Situation:
    """The situation in a file: a contact, the `given` of a test, or facts as the API shows them."""
    text = read_text(path)
    root, problems = read(text, str(path))
    if root is not None and "email_domain" in (root.mapping or {}):
        return _from_facts(rulebook, path, text, at)

    def report(place: Node | tuple[int, int], code: str, message: str, hint: str | None = None) -> None:
        line, column = (place.line, place.column) if isinstance(place, Node) else place
        problems.append(
            Problem(file=str(path), line=line, column=column, code=code, message=message, hint=hint)
        )

    given = validate(Given, _as_given(root), "a situation", report) if root is not None else None
    if given is None or problems:
        _print_faults(text, problems, False, "")
        raise typer.Exit(INVALID)
    return _built(rulebook, given, at, path)


def _as_given(root: Node) -> Node:
    """A file that has a contact's fields only is a situation with that contact."""
    entries = root.mapping
    if entries is None or "contact" in entries or entries.keys() <= Given.model_fields.keys():
        return root
    return Node({"contact": root}, root.line, root.column)


def _from_facts(rulebook: Rulebook, path: Path, text: str, at: str | None) -> Situation:
    try:
        facts = _FACTS.validate_json(text)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, fault["loc"])) or "the file" for fault in error.errors()[:5])
        fail(f"{path} does not hold the facts of a decision; see {places}", INVALID)
    tried = _built(rulebook, Given(), at, path)
    rotation = replace(tried.rotation, reps={**tried.rotation.reps, **facts.reps})
    return Situation(facts=facts, rotation=rotation, now=tried.now if at is not None else clock())


def _built(rulebook: Rulebook, given: Given, at: str | None, path: Path) -> Situation:
    try:
        return build(given, rulebook.fixtures, rulebook, at)
    except BadSituation as bad:
        fail(f"{path}: {bad}", INVALID)


def _stored(rulebook: Rulebook, decision_id: str, database: str | None) -> Situation:
    """The facts and the clock of a stored decision, with the reps and pools of today."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        found = decisions.get(connection, decision_id)
        today = directory(connection)
    if found is None:
        fail(f"No decision has the id {decision_id}", FAILED)
    return Situation(facts=found.facts, rotation=today, now=found.at)


# --- small parts --------------------------------------------------------------------


def _known(database: str | None) -> Directory | None:
    """The reps and pools of a database, where one is named: without it a check needs none."""
    if database is None:
        return None
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        return directory(connection)


def _print_faults(text: str, problems: Sequence[Problem], as_json: bool, otherwise: str) -> None:
    if as_json:
        typer.echo(_FAULTS.dump_json(tuple(problems), indent=2))
    else:
        _print([show.fault(problem, text) for problem in problems] or [otherwise])


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)
