"""A text is found that answers as wanted, or it is told whether there is none."""

from __future__ import annotations

import pytest
import re2
import z3  # type: ignore[import-untyped]

from routing.operators import Operator, fold
from routing.proof.encoding import Atom
from routing.proof.texts import NoSuchText, find_text

HOLDS = {
    Operator.STARTS_WITH: lambda text, part: fold(text).startswith(fold(part)),
    Operator.ENDS_WITH: lambda text, part: fold(text).endswith(fold(part)),
    Operator.CONTAINS: lambda text, part: fold(part) in fold(text),
    Operator.MATCHES: lambda text, part: re2.search(part, text) is not None,
}


def atom(operator: Operator, operand: str) -> Atom:
    """A question about a text."""
    return Atom(operator, operand, lambda text: bool(HOLDS[operator](text, operand)), None)


def found(
    *wanted: tuple[Operator, str, bool], avoid: tuple[str, ...] = (), name: str = "contact.city"
) -> str:
    """The text that answers as wanted."""
    atoms = [atom(operator, operand) for operator, operand, _ in wanted]
    answers = {number: want for number, (_, _, want) in enumerate(wanted)}
    text = find_text(answers, atoms, avoid, name, z3.Context())
    assert all(atoms[number].holds(text) is want for number, want in answers.items())
    return text


START, END, HAS, FITS = Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.CONTAINS, Operator.MATCHES


@pytest.mark.parametrize(
    "wanted",
    [
        [(START, "VP", True), (END, "Sales", True), (HAS, "of", True)],
        [(START, "head", True), (START, "head of", False)],
        [(HAS, "sales", False), (HAS, "ops", True), (END, "ops", False)],
        [(FITS, "^(vp|chief) ", True), (HAS, "revenue", True)],
        [(START, "a", True), (END, "a", True), (HAS, "a a", False)],
    ],
)
def test_a_text_that_answers_so(wanted: list[tuple[Operator, str, bool]]) -> None:
    assert found(*wanted).strip()


def test_it_is_none_of_those_in_use_and_reads_like_a_value_of_its_field() -> None:
    first = found((END, ".example", True), name="contact.email")
    assert "@" in first
    assert found((END, ".example", True), name="contact.email", avoid=(fold(first),)) != first


@pytest.mark.parametrize(
    "wanted",
    [
        [(START, "north", True), (START, "south", True)],
        [(END, "ltd", True), (END, "gmbh", True)],
        [(HAS, "sales ops", True), (HAS, "ops", False)],
    ],
)
def test_that_there_is_none_is_proved_without_patterns(wanted: list[tuple[Operator, str, bool]]) -> None:
    with pytest.raises(NoSuchText) as none:
        found(*wanted)
    assert none.value.sure


def test_that_a_pattern_has_none_is_not_said_for_sure() -> None:
    with pytest.raises(NoSuchText) as none:
        found((FITS, "^a+$", True), (HAS, "b", True))
    assert not none.value.sure
