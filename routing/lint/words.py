"""Names and values that look like slips: used nowhere, spelt in two ways, lists that disagree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from rapidfuzz.distance import OSA

from routing.compiled import Directory, Rule
from routing.conditions import Test
from routing.fields import FieldType
from routing.lint.context import Context
from routing.operators import Operator, fold
from routing.problems import Problem, Severity, did_you_mean
from routing.proof.hidden import test
from routing.proof.moments import tests_of
from routing.proof.solver import Found
from routing.witness import Witness

_COMPARED = (Operator.IS, Operator.IS_NOT, Operator.IN, Operator.NOT_IN)
Words = dict[str, tuple[str, Rule, Test]]
"""Texts in their folded form: as written, with the rule and the test that has them."""

SHORTEST = 5
"""Letters of a value below which another that differs by one is no slip: DE and BE, AE and AM."""


def unused(context: Context) -> Iterator[Problem]:
    """Yield lists and definitions that nothing uses."""
    for what, node in context.rulebook.unused:
        message = f"the {what} is used nowhere"
        place = (node.line, node.column)
        name = what.partition("'")[2].rstrip("'")
        yield context.finding(
            "unused", Severity.WARNING, message, subject=name, place=place, hint="remove it"
        )


def spellings(context: Context) -> Iterator[Problem]:
    """Yield values of one field that differ by a slip of the pen."""
    for field, words in _compared(context).items():
        yield from _alike(context, field, words)


def nobodys(context: Context) -> Iterator[Problem]:
    """Yield roles and teams that no rep has."""
    if context.directory is not None:
        for field, words in _compared(context).items():
            yield from _of_nobody(context, context.directory, field, words)


def _compared(context: Context) -> Mapping[str, Words]:
    """Return the texts that fields without declared values are compared with, by field."""
    seen: dict[str, Words] = {}
    for rule in context.in_force:
        for each in tests_of(rule.tree):
            if each.operator in _COMPARED and each.field.type is FieldType.TEXT and not each.field.values:
                for word in each.operand if isinstance(each.operand, tuple) else (each.operand,):
                    seen.setdefault(each.field.name, {}).setdefault(fold(word), (word, rule, each))
    return seen


def lists(context: Context) -> Iterator[Problem]:
    """Yield pairs of named lists for one field that mostly agree, and differ."""
    used: dict[str, dict[str, tuple[Rule, Test]]] = {}
    for rule in context.in_force:
        for each in tests_of(rule.tree):
            name, _, rest = each.wanted.partition(" (")
            if each.operator in (Operator.IN, Operator.NOT_IN) and rest.endswith(")"):
                used.setdefault(each.field.name, {}).setdefault(name, (rule, each))
    for field, named in used.items():
        for (one, (rule, test_)), (other, (second, other_test)) in combinations(named.items(), 2):
            apart = _disagree(set(map(_plain, test_.operand)), set(map(_plain, other_test.operand)))
            if apart:
                word = sorted(apart)[0]
                spelt = next(v for v in (*test_.operand, *other_test.operand) if _plain(v) == word)
                yield context.finding(
                    "lists_disagree",
                    Severity.WARNING,
                    f"the lists '{one}' and '{other}', both for '{field}', mostly agree, "
                    f"and differ in {', '.join(sorted(apart))}",
                    subject=other,
                    place=(second.line, second.column),
                    hint="make one list of the two, or say what the difference means",
                    witness=_with(context, rule, (spelt, rule, test_))
                    or _with(context, second, (spelt, second, other_test)),
                )


def _disagree(one: set[str], other: set[str]) -> set[str]:
    """Return the values in which two lists differ, if they share more than they differ in."""
    apart = one ^ other
    return apart if len(one & other) >= 2 and len(one & other) > len(apart) else set()


def _plain(value: object) -> str:
    return fold(str(value))


def _alike(context: Context, field: str, words: Words) -> Iterator[Problem]:
    if len(words) > 200:
        return
    for one, other in combinations(words, 2):
        if min(len(one), len(other)) >= SHORTEST and OSA.distance(one, other, score_cutoff=1) <= 1:
            if one.rstrip("0123456789") == other.rstrip("0123456789"):
                continue  # tier 1 and tier 2
            word, rule, _ = words[other]
            yield context.finding(
                "near_value",
                Severity.WARNING,
                f"'{field}' is compared with '{words[one][0]}' and with '{word}': is one of them a slip?",
                rule=rule,
                hint="declare the values of the field under 'fields'",
                witness=_with(context, rule, words[other]),
            )


def _of_nobody(context: Context, directory: Directory, field: str, words: Words) -> Iterator[Problem]:
    attribute = field.rpartition(".")[2]
    if attribute not in ("role", "team"):
        return
    known = {value for rep in directory.reps.values() if (value := getattr(rep, attribute))}
    for folded, (word, rule, _) in words.items():
        if known and folded not in set(map(fold, known)):
            yield context.finding(
                f"unknown_{attribute}",
                Severity.WARNING,
                f"'{field}' is compared with '{word}', and no rep has this {attribute}",
                rule=rule,
                hint=did_you_mean(word, known),
                witness=_with(context, rule, words[folded]),
            )


def _with(context: Context, rule: Rule, word: tuple[str, Rule, Test]) -> Witness | None:
    """Return a contact with the value that is decided by the rule, or for which it makes its claim."""
    field, reasoner = word[2].field, context.reasoner
    if field.name not in context.rulebook.catalogue.fields:
        return None
    has = reasoner.holds("value", test(field, Operator.IS, word[0]))
    found = reasoner.solve([reasoner.claims(rule), has])
    return context.witness(found, rule) if isinstance(found, Found) else None
