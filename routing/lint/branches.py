"""Parts of conditions that change nothing: alternatives that add no contact, conditions that exclude none."""

from __future__ import annotations

from collections.abc import Iterator

from routing.compiled import Rule
from routing.conditions import All, Any_, Named, Not, Test, Tree, describe
from routing.fields import Field
from routing.lint.context import Context
from routing.lint.trees import definitions
from routing.operators import Operator
from routing.problems import Problem, Severity
from routing.proof.moments import tests_of
from routing.proof.solver import Found, Impossible

MAX_QUESTIONS = 800
"""Parts of conditions that are looked at in one rulebook."""

_DERIVED = ("now", "match", "known", "table", "nearest")
"""Where a field's value hangs together with that of others."""

_SAID_FOR_CLARITY = (Operator.EXISTS, Operator.BLANK)


def branches(context: Context) -> Iterator[Problem]:
    """Yield the parts of conditions and of definitions that could be left out."""
    seen: set[str] = set()
    asked = 0
    for rule in context.in_force:
        trees: list[tuple[str, Tree]] = [(f"rule '{rule.id}'", rule.tree)]
        for named in definitions(rule.tree):
            if named.name not in seen:
                seen.add(named.name)
                trees.append((f"the definition '{named.name}'", named.part))
        for what, tree in trees:
            for part, without, widens in _without(tree):
                if _alone(part, without):
                    continue
                asked += 1
                if asked > MAX_QUESTIONS:
                    message = (
                        f"only {MAX_QUESTIONS} parts of conditions were looked at; the rest is undecided"
                    )
                    yield context.finding("undecided", Severity.NOTE, message, rule=rule)
                    return
                problem = _idle(context, rule, what, tree, part, without, widens=widens)
                if problem is not None:
                    yield problem


def _idle(
    context: Context, rule: Rule, what: str, tree: Tree, part: Tree, without: Tree, *, widens: bool
) -> Problem | None:
    """Return the finding that the tree means the same without the part, if it does.

    ``widens`` says that leaving it out can only let more contacts in.
    """
    reasoner = context.reasoner
    more, less = (without, tree) if widens else (tree, without)
    differs = reasoner.exists([reasoner.holds("more", more), reasoner.holds("less", Not(part=less))])
    if not isinstance(differs, Impossible):
        return None
    alone = reasoner.solve([reasoner.holds("part", part)])
    if isinstance(alone, Impossible):
        why = "no contact has it"
        alone = reasoner.solve([reasoner.holds("tree", tree)])
    elif widens:
        why = "the other conditions say it already"
        alone = reasoner.solve([reasoner.holds("tree", tree)])
    else:
        why = "the other alternatives take every contact that has it"
    if not isinstance(alone, Found):
        return None  # the whole is a contradiction: said elsewhere
    return context.finding(
        "idle_condition",
        Severity.WARNING,
        f"in {what}, '{describe(part)}' has no effect: {why}",
        rule=rule,
        hint="leave it out, or put right what it should say",
        witness=context.witness(alone, rule),
    )


def _without(tree: Tree, *, positive: bool = True) -> Iterator[tuple[Tree, Tree, bool]]:
    """Yield every part of a tree, the tree without it, and whether that widens the tree."""
    match tree:
        case All(parts=parts) | Any_(parts=parts):
            is_all = isinstance(tree, All)
            for place, part in enumerate(parts):
                if len(parts) > 1 and not _for_clarity(part):
                    rest = parts[:place] + parts[place + 1 :]
                    yield part, _again(tree, rest), is_all is positive
                for inner, without, widens in _without(part, positive=positive):
                    yield inner, _again(tree, (*parts[:place], without, *parts[place + 1 :])), widens
        case Not(part=part):
            for inner, without, widens in _without(part, positive=not positive):
                yield inner, Not(part=without), widens


def _again(tree: All | Any_, parts: tuple[Tree, ...]) -> Tree:
    return All(parts=parts) if isinstance(tree, All) else Any_(parts=parts)


def _alone(part: Tree, rest: Tree) -> bool:
    """Whether a part asks for something that nothing beside it speaks of, so that it cannot be idle."""
    if not isinstance(part, Test) or part.field.sources or isinstance(part.operand, Field):
        return False
    about = _about(part.field.name)
    if about in _DERIVED:
        return False
    beside = list(tests_of(rest))
    tied = any(each.field.sources or isinstance(each.operand, Field) for each in beside)
    return not tied and all(_about(each.field.name) != about for each in beside)


def _about(name: str) -> str:
    """Return what a field is about: ``account.owner`` for ``account.owner.role``, and so on."""
    place, _, rest = name.partition(".")
    if place in _DERIVED:
        return place
    if rest.startswith("email"):
        return "contact.email"
    first, _, more = rest.partition(".")
    return f"{place}.{first}.{more.partition('.')[0]}" if first in ("custom", "team") else f"{place}.{first}"


def _for_clarity(part: Tree) -> bool:
    """Whether a part is one that people write although other conditions imply it."""
    if isinstance(part, Named):
        return False
    if isinstance(part, Not):
        return _for_clarity(part.part)
    if not isinstance(part, Test):
        return False
    from_zero = part.operator is Operator.AT_LEAST and part.operand == 0
    return part.operator in _SAID_FOR_CLARITY or part.field.name.startswith("match.") or from_zero
