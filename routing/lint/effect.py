"""Rules and distinctions that change nothing: without them every contact would be treated the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from routing.compiled import Rule
from routing.conditions import All, Any_, Not, Tree, describe
from routing.fields import Scope
from routing.lint.context import Context, called
from routing.lint.trees import asks, conjuncts, sign
from routing.problems import Problem, Severity
from routing.proof.claims import makes_claim
from routing.proof.search import Covered, decides, refuses
from routing.proof.solver import Found, Impossible, Part
from routing.rules.ask import Ask

NEAR = 30
"""How many rules below are looked at for one that does the same."""

MAX_SAME = 5


def effect(context: Context) -> Iterator[Problem]:
    """Yield rules without effect, distinctions without effect, questions whose answers are all one."""
    rules = context.in_force
    ask_of = {rule.id: asks(rule) for rule in rules}
    for place, rule in enumerate(rules):
        yield from _answers(context, rule)
        below = rules[place + 1 : place + 1 + NEAR]
        same = [other for other in below if ask_of[other.id] == ask_of[rule.id]][:MAX_SAME]
        if not same or not isinstance(context.decided(rule), Found):
            continue
        if (below[0] is same[0] and (problem := _both_ways(context, rule, below[0])) is not None) or (
            problem := _removable(context, rule, below, same)
        ) is not None:
            yield problem


def _removable(context: Context, rule: Rule, below: Sequence[Rule], same: Sequence[Rule]) -> Problem | None:
    """Without the rule, whatever it decides would be decided by rules that do the same."""
    if any(rule.outcome.kind in conflict.between for conflict in context.rulebook.conflicts):
        return None
    found = context.decided(rule)
    assert isinstance(found, Found)
    if asks(_next(context, rule, found)) != asks(rule):
        return None
    lemmas = [_not_next(context, other, below[: below.index(other)], same) for other in same]
    if not isinstance(decides(context.reasoner, rule, lemmas), Covered):
        return None
    return context.finding(
        "no_effect",
        Severity.WARNING,
        f"rule '{rule.id}' changes nothing: without it {' or '.join(map(called, same))} would do the same",
        rule=rule,
        hint="remove it, or give it another outcome",
        witness=context.witness(found, rule),
    )


def _next(context: Context, rule: Rule, found: Found) -> Rule:
    """Return the rule that would decide a contact without ``rule``, as far as conflicts do not matter."""
    scope = Scope(found.situation.facts, found.situation.now, context.rulebook.zone)
    others = (r for r in context.rulebook.possible(scope) if r is not rule and makes_claim(r, scope))
    return next(iter(others))


def _not_next(context: Context, other: Rule, between: Sequence[Rule], same: Sequence[Rule]) -> Part:
    """Return the part that ``other`` is not the one who would decide next."""
    reasoner = context.reasoner
    refusal = refuses(reasoner, other)
    claims = [reasoner.claims(each) for each in between if each not in same]
    tree: Tree = Any_(parts=(refusal.tree, *(claim.tree for claim in claims)))

    def check(scope: Any) -> bool:
        return refusal.check(scope) or any(claim.check(scope) for claim in claims)

    return Part(f"next {other.id}", tree, check)


def _both_ways(context: Context, rule: Rule, other: Rule) -> Problem | None:
    """Two neighbours that differ in one condition, do the same, and together leave no case of it out."""
    ones, others = list(conjuncts(rule.tree)), list(conjuncts(other.tree))
    signs, other_signs = [sign(part) for part in ones], [sign(part) for part in others]
    mine = [part for part, each in zip(ones, signs, strict=True) if each not in other_signs]
    theirs = [part for part, each in zip(others, other_signs, strict=True) if each not in signs]
    if len(mine) != 1 or len(theirs) != 1 or rule.start != other.start or rule.until != other.until:
        return None
    shared = All(parts=tuple(part for part in ones if part is not mine[0]))
    reasoner = context.reasoner
    neither = [
        reasoner.holds("shared", shared),
        reasoner.holds("not one", Not(part=mine[0])),
        reasoner.holds("not other", Not(part=theirs[0])),
    ]
    if not isinstance(reasoner.solve(neither), Impossible):
        return None
    found = context.decided(rule)
    assert isinstance(found, Found)
    return context.finding(
        "no_distinction",
        Severity.WARNING,
        f"rules '{rule.id}' and {called(other)} do the same, so '{describe(mine[0])}' decides nothing",
        rule=rule,
        hint="make one rule of the two, or give one of them another outcome",
        witness=context.witness(found, rule),
    )


def _answers(context: Context, rule: Rule) -> Iterator[Problem]:
    for ask in _questions(rule.outcome):
        if len({sign(outcome) for outcome in ask.answers.values()}) == 1:
            found = context.decided(rule)
            yield context.finding(
                "no_distinction",
                Severity.WARNING,
                f"rule '{rule.id}' asks '{ask.question}', and every answer leads to the same",
                rule=rule,
                hint="leave the question out, or give an answer another outcome",
                witness=context.witness(found, rule) if isinstance(found, Found) else None,
            )


def _questions(outcome: Any) -> Iterator[Ask]:
    if isinstance(outcome, Ask):
        yield outcome
        for answer in outcome.answers.values():
            yield from _questions(answer)
    elif is_dataclass(outcome):
        for each in fields(outcome):
            if each.name in ("then", "first"):
                yield from _questions(getattr(outcome, each.name))
