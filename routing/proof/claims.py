"""When a rule makes a claim: it is in force, its condition holds, and its outcome names somebody or a place.

`claim` says so as one tree. A kind of outcome that is not known here is left
open (`hidden.Open`), and so is what is too involved to say.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from routing.catalogue import Catalogue, find, team_field
from routing.compiled import Rule, Rulebook
from routing.conditions import ALWAYS, All, Any_, Count, Not, Tree
from routing.fields import Field, Scope
from routing.operators import Operator
from routing.proof.hidden import First, Open, answer, fit, of_rep, one_rep, test
from routing.rules.ask import Ask
from routing.rules.base import Away, Outcome
from routing.rules.convert import Convert
from routing.rules.hold import Hold
from routing.rules.manager import Manager
from routing.rules.merge import Merge
from routing.rules.owner import AccountOwner, AncestorOwner, ContactHolder, ItemOwner
from routing.rules.pair import Pair
from routing.rules.pool import FromPool
from routing.rules.pool_in import PoolIn
from routing.rules.queue import ToQueue
from routing.rules.reject import Reject
from routing.rules.rep import NamedRep
from routing.rules.rep_in import RepIn
from routing.rules.team_role import TeamRole
from routing.steps import OVER, SILENCE, after
from routing.types.decision import FALLBACK
from routing.types.pools import PoolName

NEVER = Any_(parts=())


def claim(rule: Rule, rulebook: Rulebook, passing: frozenset[PoolName] = frozenset()) -> Tree:
    """Return the condition under which ``rule`` makes its claim.

    ``passing`` are pools that leave a contact to the next rule when nobody is there.
    """
    named = names(rule.outcome, rule.id, rulebook.catalogue)
    left = sorted(pool for pool in passing if _may_draw(rule.outcome, pool)) if rule.id != FALLBACK else []
    if left:
        named = _open(f"whether somebody of the pool '{left[0]}' is there", named)
    return All(parts=(in_force(rule, rulebook), rule.tree, named))


def _may_draw(outcome: Any, pool: PoolName) -> bool:
    """Whether an outcome, or what follows it, may ask for a turn of a pool."""
    if isinstance(outcome, PoolIn) or getattr(outcome, "pool", None) == pool:
        return True
    inner = [getattr(outcome, "then", None), getattr(outcome, "first", None)]
    inner += getattr(outcome, "answers", {}).values()
    return any(_may_draw(each, pool) for each in inner if each is not None)


def makes_claim(rule: Rule, scope: Scope) -> bool:
    """Whether a rule makes its claim in fact."""
    begun = rule.start is None or rule.start <= scope.now
    over = rule.until is not None and rule.until <= scope.now
    if not begun or over or not rule.when(scope, None)[0]:
        return False
    return rule.outcome.request(scope, rule.id).nobody is None


def in_force(rule: Rule, rulebook: Rulebook) -> Tree:
    """Return the condition that the moment of the decision lies between the rule's from and until."""
    now = rulebook.catalogue.fields["now"]
    parts: list[Tree] = []
    if rule.start is not None:
        parts.append(test(now, Operator.SINCE, rule.start))
    if rule.until is not None:
        parts.append(test(now, Operator.BEFORE, rule.until))
    return All(parts=tuple(parts))


def names(outcome: Outcome, step: str, catalogue: Catalogue) -> Tree:
    """Return the condition under which an outcome asks for somebody or something, not for nobody.

    ``step`` is the rule's id, or the step of it that the outcome is (`routing.steps`).
    """
    match outcome:
        case ToQueue(then=then) if then is not None:
            over = test(answer(step), Operator.IS, OVER)
            return Any_(parts=(Not(part=over), names(then, after(step, OVER), catalogue)))
        case PoolIn(field=field):
            return test(field, Operator.EXISTS, True)
        case FromPool() | ToQueue() | Reject():
            return ALWAYS
        case Hold():
            return _hold(outcome, step, catalogue)
        case Ask():
            return _ask(outcome, outcome.ladder, step, catalogue, silent=False)
        case Convert(then=then) | Merge(then=then) | Pair(first=then):
            return names(then, step, catalogue)
        case _ if getattr(outcome, "away", None) is Away.PASS:
            return _open("an absence without cover", _named(outcome, catalogue))
        case _:
            return _named(outcome, catalogue)


def always_answers(outcome: Outcome) -> bool:
    """Whether an outcome never asks for nobody, whatever the facts."""
    if isinstance(outcome, Hold | Convert | Merge | ToQueue) and outcome.then is not None:
        return always_answers(outcome.then)
    return isinstance(outcome, FromPool | ToQueue | Reject)


def person(outcome: Outcome, catalogue: Catalogue) -> Field | None:
    """Return the field that holds whom an outcome names, None where no single field does."""
    match outcome:
        case NamedRep(rep=rep):
            return one_rep(rep)
        case RepIn(field=field):
            return field
        case AccountOwner(place=place):
            return find(catalogue, f"{place}.owner")
        case TeamRole(place=place, role=role):
            return team_field(place, role)
        case ContactHolder():
            return find(catalogue, "holder")
        case Manager(whose=whose):
            whom = person(whose, catalogue)
            return of_rep(whom, "manager") if whom is not None else None
    return None


def _named(outcome: Outcome, catalogue: Catalogue) -> Tree:
    match outcome:
        case AncestorOwner(ancestors=ancestors, where=where):
            return First(  # type: ignore[return-value]  # a node of this package's own
                collection=ancestors, where=where, then=fit(ancestors.fields["owner"])
            )
        case ItemOwner(collection=collection, where=where, rep_field=rep):
            usable = All(parts=(where, fit(collection.fields[rep])))
            return Count(collection=collection, where=usable, least=1, most=None)
    whom = person(outcome, catalogue)
    return fit(whom) if whom is not None else _open(f"whom '{outcome.kind}' names")


def _hold(hold: Hold, step: str, catalogue: Catalogue) -> Tree:
    waits: Tree = Not(part=test(answer(step), Operator.IS, OVER))
    if isinstance(hold.end, datetime):
        waits = All(parts=(waits, test(catalogue.fields["now"], Operator.BEFORE, hold.end)))
    return Any_(parts=(waits, names(hold.then, after(step, OVER), catalogue)))


def _ask(ask: Ask, ladder: tuple[Outcome, ...], step: str, catalogue: Catalogue, *, silent: bool) -> Tree:
    """Return when the rest of a ladder asks for something; ``silent`` says that somebody above was."""
    if not ladder:
        return names(ask.answers[SILENCE], step, catalogue) if silent else NEVER
    who, *rest = ladder
    further = after(step, SILENCE)
    brought = answer(step)
    unanswered = test(brought, Operator.NOT_IN, tuple(dict.fromkeys([*ask.answers, SILENCE])))
    next_one = _ask(ask, tuple(rest), further, catalogue, silent=silent)
    here = Any_(parts=(names(who, step, catalogue), next_one))
    ways: list[Tree] = [All(parts=(unanswered, here))]
    for word, outcome in ask.answers.items():
        if word != SILENCE:
            then = names(outcome, after(step, word), catalogue)
            ways.append(All(parts=(test(brought, Operator.IS, word), then)))
    after_silence = _ask(ask, tuple(rest), further, catalogue, silent=True)
    ways.append(All(parts=(test(brought, Operator.IS, SILENCE), after_silence)))
    return Any_(parts=tuple(ways))


def _open(what: str, beside: Tree = ALWAYS) -> Tree:
    unknown: Any = Open(what=what)
    return All(parts=(beside, unknown))
