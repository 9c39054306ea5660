"""Measure rulebooks, in CPU time: `python -m bench.rules [--rules N] [--rows N]`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

from bench.rules.made import rulebook, situations, table
from routing.cases import Fixtures, Given
from routing.compiled import Rulebook
from routing.explain import explain
from routing.route import route_contact
from routing.rulebook import parse
from routing.situations import Situation, build
from routing.why import why_not_rule

ROUNDS = 30
EXAMPLES = Path(__file__).parents[2] / "examples"


def main() -> None:
    """Print one line for each book: time to load, time of one decision, cold and warm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=2_000)
    parser.add_argument("--rows", type=int, default=2_000)
    asked = parser.parse_args()
    print("| book | load | first decisions | one decision | its sentences |\n|---|---|---|---|---|")
    for name in ("sourcegraph", "gitlab"):
        text = (EXAMPLES / name / "rulebook.yaml").read_text(encoding="utf-8")
        book = parse(text)
        cases = [build(case.given, book.fixtures, book, case.now) for case, _ in book.tests]
        _line(f"examples/{name}, {len(book.rules)} rules", text, cases)
    for called, text in (
        (f"made, {asked.rules:,} rules", rulebook(asked.rules)),
        (f"a territory table of {asked.rows:,} rows", table(asked.rows)),
    ):
        book = parse(text)
        _line(called, text, [build(Given.model_validate(g), Fixtures(), book) for g in situations(200)])


def _line(called: str, text: str, cases: Sequence[Situation]) -> None:
    load = min(_took(lambda: parse(text)) for _ in range(3))
    book = parse(text)
    first = _took(lambda: _route(book, cases)) / len(cases)
    warm = min(_took(lambda: _route(book, cases)) for _ in range(ROUNDS)) / len(cases)
    decisions = [route_contact(c.facts, book, c.rotation, c.now)[0] for c in cases]
    told = min(_took(lambda: [explain(each) for each in decisions]) for _ in range(5)) / len(cases)
    print(f"| {called} | {load:.2f} s | {first * 1e6:.0f} µs | {warm * 1e6:.0f} µs | {told * 1e6:.0f} µs |")
    if book.index is not None:
        case = cases[0]
        took = _took(lambda: [why_not_rule(r.id, case.facts, book, case.now) for r in book.rules[:10]]) / 10
        print(f"\nWhy not a given rule of it, with what would have to be different: {took * 1e3:.0f} ms\n")


def _route(book: Rulebook, cases: Sequence[Situation]) -> None:
    for case in cases:
        route_contact(case.facts, book, case.rotation, case.now)


def _took(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


main()
