"""A text that answers questions as wanted: begins so, does not contain that, fits this pattern.

First texts that are put together from the questions themselves are tried; where
none will do and no pattern is asked for, the solver's theory of strings decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, islice, product
from typing import Any

import z3  # type: ignore[import-untyped]

from routing.operators import Operator, fold
from routing.proof.contact import NICE
from routing.proof.encoding import Atom
from routing.proof.patterns import samples

MAX_TRIED = 2_000
EFFORT = 2_000_000
"""The solver's steps for one text."""

FILLERS = ("", "x", "-", " ", "other", "zz", "1", "example", "ada@example")
IN_ADDRESSES = ("ada", "ada@example", "")


class NoSuchText(Exception):
    """There is no text that answers so. ``sure`` says that this was decided, not given up on."""

    def __init__(self, sure: bool) -> None:
        super().__init__()
        self.sure = sure


def find_text(
    wanted: Mapping[int, bool], atoms: list[Atom], avoid: Collection[str], name: str, ctx: Any
) -> str:
    """Return a text whose answers to the numbered ``atoms`` are as ``wanted``.

    It is none of ``avoid`` (folded), and reads like a value of the field ``name`` if such
    a one will do. Raises NoSuchText.
    """
    if _apart(wanted, atoms):
        raise NoSuchText(sure=True)
    nice = NICE.get(name.rsplit(".", 1)[-1], ())
    fillers = (*(IN_ADDRESSES if name.endswith("email") else ()), *FILLERS)
    asked = {number: atoms[number] for number in wanted}
    for text in islice(chain(nice, _put_together(wanted, asked, fillers)), MAX_TRIED):
        if fold(text) not in avoid and all(asked[n].holds(text) is want for n, want in wanted.items()):
            return text
    if any(atom.operator is Operator.MATCHES for atom in asked.values()):
        raise NoSuchText(sure=False)
    return _solved(wanted, asked, avoid, ctx)


def _apart(wanted: Mapping[int, bool], atoms: list[Atom]) -> bool:
    """Whether two beginnings, or two ends, are asked for of which neither contains the other."""
    for operator, within in ((Operator.STARTS_WITH, str.startswith), (Operator.ENDS_WITH, str.endswith)):
        parts = [
            fold(atoms[n].operand) for n, want in wanted.items() if want and atoms[n].operator is operator
        ]
        longest = max(parts, key=len, default="")
        if not all(within(longest, part) for part in parts):
            return True
    return False


def _put_together(
    wanted: Mapping[int, bool], asked: Mapping[int, Atom], fillers: Sequence[str]
) -> Iterator[str]:
    yes = [asked[number] for number, want in wanted.items() if want]
    begins = [a.operand for a in yes if a.operator is Operator.STARTS_WITH]
    ends = [a.operand for a in yes if a.operator is Operator.ENDS_WITH]
    middles = [a.operand for a in yes if a.operator is Operator.CONTAINS]
    fitting = [list(samples(a.operand)) or [""] for a in yes if a.operator is Operator.MATCHES]
    begin, end = max(begins, key=len, default=""), max(ends, key=len, default="")
    for chosen in product(*fitting):
        middle = " ".join([*chosen, *middles])
        for filler, more in product(fillers, FILLERS):
            yield f"{begin}{filler}{middle}{more}{end}".strip() or "x"
        yield " ".join(part for part in (begin, *middles, *chosen, end) if part)


def _solved(wanted: Mapping[int, bool], asked: Mapping[int, Atom], avoid: Collection[str], ctx: Any) -> str:
    solver = z3.Solver(ctx=ctx)
    solver.set("rlimit", EFFORT)
    text = z3.String("text", ctx)
    solver.add(z3.Length(text) > 0)
    for blank in (" ", "\t", "\n"):
        space = z3.StringVal(blank, ctx)
        solver.add(z3.Not(z3.PrefixOf(space, text)), z3.Not(z3.SuffixOf(space, text)))
    for number, want in wanted.items():
        part = z3.StringVal(fold(asked[number].operand), ctx)
        question = {
            Operator.STARTS_WITH: z3.PrefixOf(part, text),
            Operator.ENDS_WITH: z3.SuffixOf(part, text),
            Operator.CONTAINS: z3.Contains(text, part),
        }[asked[number].operator]
        solver.add(question if want else z3.Not(question))
    solver.add(*(text != z3.StringVal(other, ctx) for other in sorted(avoid)))
    answer = solver.check()
    if answer == z3.unsat:
        raise NoSuchText(sure=True)
    if answer == z3.sat:
        found: str = solver.model().eval(text, model_completion=True).as_string()
        if fold(found) not in avoid and all(asked[n].holds(found) is want for n, want in wanted.items()):
            return found
    raise NoSuchText(sure=False)
