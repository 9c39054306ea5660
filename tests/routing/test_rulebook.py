"""Rulebooks that are wrong say where and how; those that are right compile once and for all."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.explain import explain
from routing.lint import lint
from routing.problems import RulebookInvalid
from routing.reading import MAX_BYTES, MAX_FAULTS, read
from routing.route import judge
from routing.rulebook import check, parse, version_of
from routing.testing import run_tests
from tests.routing.situations import facts, rotation

BAD = Path(__file__).parents[1] / "cases" / "bad_rulebooks"

GOOD = """\
version: 1
lists:
  nordics: [NO, SE, DK, FI]
rules:
  - id: north
    because: The north has a pool of its own
    when: {contact.country: {in: nordics}}
    then: {pool: north}
  - id: ana
    because: Ana takes what names her
    when: {contact.source: ana}
    then: {rep: ana}
fallback: {then: {queue: nobody}}
"""


@pytest.mark.parametrize("path", sorted(BAD.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_bad_rulebook_says_where_and_what_would_be_right(path: Path) -> None:
    """The file's name says the fault; the file beside it has the message, word for word."""
    problems = check(path.read_text(), path.name)
    assert "".join(f"{problem}\n" for problem in problems) == path.with_suffix(".expected").read_text()


def test_every_bad_rulebook_is_refused() -> None:
    for path in BAD.glob("*.yaml"):
        assert path.with_suffix(".expected").read_text(), path.name
        with pytest.raises(RulebookInvalid):
            parse(path.read_text())


def test_the_version_is_the_texts_hash() -> None:
    assert parse(GOOD).version == version_of(GOOD)
    assert version_of(GOOD) != version_of(GOOD + "\n")
    assert len(version_of(GOOD)) == 12


def test_no_is_a_country() -> None:
    """YAML 1.2: NO is text, not false."""
    judgement = judge(facts(country="NO"), parse(GOOD), datetime(2026, 6, 15, tzinfo=UTC))
    assert judgement.rule == "north"


def test_what_the_text_names_is_known() -> None:
    rulebook = parse(GOOD)
    assert rulebook.reps == {"ana"}
    assert rulebook.pools == {"north"}
    assert rulebook.queues == {"nobody"}


def test_with_a_directory_unknown_references_are_faults_with_suggestions() -> None:
    known = rotation(pools={"nort": ["anna"]})
    assert check(GOOD) == ()
    assert [(p.code, p.hint) for p in check(GOOD, directory=known)] == [
        ("unknown_pool", "did you mean 'nort'?"),
        ("unknown_rep", "did you mean 'anna'?"),
    ]


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    [problem] = check("#" * (MAX_BYTES + 1))
    assert problem.code == "too_large"


def test_no_more_than_so_many_faults_are_listed() -> None:
    rules = "".join(
        f"  - {{id: r{i}, because: x, when: {{field{i}: 5}}, then: {{pool: p}}}}\n" for i in range(500)
    )
    problems = check(GOOD.replace("rules:\n", f"rules:\n{rules}"))
    assert len(problems) == MAX_FAULTS + 1
    assert problems[-1].message == f"there are more than {MAX_FAULTS} faults; no more are listed"


def test_definitions_that_multiply_are_refused() -> None:
    """Each definition uses the one before twice: 2 to the power of 20 comparisons written out."""
    lines = ["  d0: {contact.country: DE}"]
    lines += [f"  d{i}: {{any: [{{is: d{i - 1}}}, {{is: d{i - 1}}}]}}" for i in range(1, 21)]
    text = GOOD.replace("rules:", "definitions:\n" + "\n".join(lines) + "\nrules:").replace(
        "{contact.source: ana}", "{is: d20}"
    )
    assert [problem.code for problem in check(text)] == ["too_large"]


@pytest.mark.parametrize(
    "text", ["\x00", "\udcff", "a: \u2028b: c", "%YAML 9.9\n---\n", "? [a]\n: b\n", "-\n" * 50]
)
def test_odd_text_is_a_problem_not_a_crash(text: str) -> None:
    assert check(text)


SOUND = [read(path.read_text(), path.name)[0] for path in sorted((BAD.parent / "routing").glob("*.yaml"))]
ODD = [None, True, 0, -1, 1.5, "", "x", [], {}, [None], {"x": None}, "30 days", "0001-01-01", "200 years ago"]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, part in inner for found in places(part, (*path, key)))]


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_whatever_is_written_is_accepted_or_a_problem_and_never_a_crash(data: st.DataObject) -> None:
    """A sound rulebook with some of its values replaced by others, or by nonsense."""
    root = data.draw(st.sampled_from(SOUND))
    assert root is not None
    text: dict[str, Any] = root.plain()
    for _ in range(data.draw(st.integers(1, 3))):
        *above, last = data.draw(st.sampled_from(places(text)[1:]))
        part: Any = text
        for step in above:
            part = part[step]
        part[last] = deepcopy(data.draw(st.sampled_from([*ODD, [part[last]]])))
        if not places(text)[1:]:
            break
    written = json.dumps(text)
    if not check(written):
        rulebook = parse(written)
        for result in run_tests(rulebook):
            assert result.decision is None or explain(result.decision)
        lint(rulebook, datetime(2026, 6, 15, tzinfo=UTC))


def test_a_rulebook_is_shared_by_threads() -> None:
    rulebook = parse(GOOD)
    now = datetime(2026, 6, 15, tzinfo=UTC)
    countries = ["NO", "DE", None, "se"] * 50
    alone = [judge(facts(country=country), rulebook, now) for country in countries]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda country: judge(facts(country=country), rulebook, now), countries))
    assert together == alone


def test_a_rulebook_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        parse(GOOD).version = "other"  # type: ignore[misc]
